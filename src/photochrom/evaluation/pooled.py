"""What the figures of a report are drawn from: distributions over all photographs, summed up as rows come."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation.photo_sums import PhotoSums

Array = NDArray[np.float64]

THRESHOLDS = 151  # of the cumulative error: 0, 1, ..., 150
_SHARES = ("errors", "cells", "cells_result", "chroma", "chroma_truth")


class Pooled:
    """Sums of histograms over photographs."""

    def __init__(self) -> None:
        self._photographs = 0
        self._shares: dict[str, Array] = {}
        self._counts: dict[str, Array] = {}

    def add(self, rows: Sequence[PhotoSums]) -> None:
        """Take in the rows of some photographs."""
        self._photographs += len(rows)
        for row in rows:
            for name in _SHARES:
                share = row.histograms[name] / row.numbers["pixels"]
                self._shares[name] = self._shares.get(name, np.zeros(share.shape)) + share
            for name in ("cells", "cell_errors"):
                count = row.histograms[name]
                self._counts[name] = self._counts.get(name, np.zeros(count.shape)) + count

    def finish(self) -> dict[str, list[float]]:
        """The distributions, in which every photograph counts alike, to six digits.

        error_curve     share of pixels with an ab error of at most 0, 1, ..., 150
        cells           share of the originals' pixels in each cell of the ab plane; cells_result: of the results'
        cell_error      mean ab error of the pixels of a cell, Lab units; NaN where there are none
        chroma, chroma_truth   shares in steps of 1
        """
        told = {name: share / self._photographs for name, share in self._shares.items()}
        told["error_curve"] = np.cumsum(told.pop("errors"))[:THRESHOLDS]
        count, wrong = self._counts["cells"], self._counts["cell_errors"]
        told["cell_error"] = np.divide(wrong, count, out=np.full(count.shape, np.nan), where=count > 0)
        return {name: [float(f"{value:.6g}") for value in values] for name, values in told.items()}


def mean_chroma(row: PhotoSums) -> float:
    """Of an original, Lab units, rounded down pixel by pixel."""
    chroma = row.histograms["chroma_truth"]
    return float(chroma @ np.arange(len(chroma)) / chroma.sum())
