"""PhotoSums: what one photograph contributes to every figure; a value that can be written and read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import EvaluationError

Array = NDArray[np.float64]

# Histograms of a photograph and their lengths; measures_pool.py says what their bins are.
LENGTHS = {
    "cells": 576,
    "cell_errors": 576,
    "cells_result": 576,
    "chroma": 201,
    "chroma_truth": 201,
    "errors": 152,
    "differences": 401,
}

NUMBERS = (
    *("pixels", "auc", "auc_151", "auc_trapezoid", "alpha", "beta", "psnr", "ssim", "ciede2000"),
    *("colorful", "colorful_truth", "colorful_abs", "colorful_abs_truth", "colorful_gap"),
    *("a", "b", "a_truth", "b_truth", "drift", "drift_999", "gamut"),
    *("edges", "edges_astray", "edges_truth", "edges_astray_truth"),
)


@dataclass(frozen=True, eq=False)
class PhotoSums:
    """What one photograph contributes to every figure: some twenty numbers and seven small histograms.

    name        of the photograph, "" if nobody gave one
    numbers     by name; those that are a measure of their own (auc, psnr, ssim, ciede2000, ...) are this photograph's
    histograms  by name, float64: sums over the photograph's pixels
    """

    name: str
    numbers: Mapping[str, float]
    histograms: Mapping[str, Array]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, about 7 kB: of histograms the bins that hold something, and their sums. See `from_json`."""
        sparse = {}
        for name, sums in self.histograms.items():
            where = np.flatnonzero(sums)
            sparse[name] = [where.tolist(), [round(float(value), 6) for value in sums[where]]]
        return {"name": self.name, "numbers": dict(self.numbers), "histograms": sparse}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "PhotoSums":
        """The row that `to_json` wrote. EvaluationError if it is none."""
        try:
            histograms = {name: np.zeros(length) for name, length in LENGTHS.items()}
            for name, (where, sums) in row["histograms"].items():
                histograms[name][np.asarray(where, np.intp)] = sums
            numbers = {name: float(row["numbers"][name]) for name in NUMBERS}
            return cls(str(row["name"]), numbers, histograms)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            raise EvaluationError("This is no row of measured sums; measure the photograph again.") from None
