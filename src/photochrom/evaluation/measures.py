"""Every measure of colorized photographs: of one photograph, and pooled over many.

    measure(truth, result)   one photograph -> PhotoSums: numbers and small histograms, all that any figure needs
    summarize(rows)          PhotoSums of many photographs -> figures by name, described in MEASURES

Figures are made from sums over photographs, so nothing large is kept, and a bootstrap over photographs only weighs
rows anew (`photochrom.evaluation.bootstrap`). Formulas and sources: docs/evaluation.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import EvaluationError
from photochrom.evaluation.measures_photo import sums_of
from photochrom.evaluation.measures_pool import Stack, pool
from photochrom.evaluation.photo_sums import PhotoSums

Picture = NDArray[np.uint8]
Figures = dict[str, float]


class Measure(NamedTuple):
    """How to read a figure."""

    unit: str
    better: str
    """"higher", "lower", or the value at which it is best: "0", "1"; "" where a figure describes and does not judge."""
    formula: str
    """One line: what it is, and its source."""


# In the order of the tables.
MEASURES: dict[str, Measure] = {
    "auc": Measure("%", "higher", "share of pixels with ab error <= t, area over t = 0..150, exact (Zhang 2016, 3.1)"),
    "auc_151": Measure("%", "higher", "the same, mean over the thresholds t = 0, 1, ..., 150"),
    "auc_trapezoid": Measure("%", "higher", "the same, trapezoid rule over those thresholds"),
    "auc_bins": Measure("%", "higher", "AuC of each 10 x 10 cell of true ab, mean over the cells that are not rare"),
    "auc_rebalanced": Measure(
        "%", "higher", "AuC, pixels weighted by 1 / ImageNet's prior at the true bin, pooled (Zhang)"
    ),
    "auc_rebalanced_own": Measure(
        "%", "higher", "the same by these photographs' own frequencies: all cells count alike"
    ),
    "rmse_alpha_beta": Measure("0..1", "lower", "RMS distance in alpha = B - (R + G) / 2, beta = R - G (Larsson 2016)"),
    "rmse_2alpha_beta": Measure(
        "0..1", "lower", "the same with 2B - R - G, on which scale the published tables seem to be"
    ),
    "psnr": Measure("dB", "higher", "10 log10(255^2 / MSE) in sRGB, mean over photographs"),
    "ssim": Measure("", "higher", "structural similarity, Gaussian 11 x 11, mean over R, G, B (Wang 2004)"),
    "ciede2000": Measure("", "lower", "CIEDE2000, mean over pixels (Sharma 2005)"),
    "ciede2000_p95": Measure("", "lower", "CIEDE2000, 95th percentile of all pixels, photographs counting alike"),
    "colorful": Measure("", "", "colorfulness of R - G, (R + G) / 2 - B with signs (Hasler & Suesstrunk 2003)"),
    "colorful_truth": Measure("", "", "the same of the originals"),
    "colorful_ratio": Measure("", "1", "colorful / colorful_truth"),
    "colorful_abs": Measure("", "", "colorfulness of |R - G|, |(R + G) / 2 - B|, as in several published scripts"),
    "colorful_abs_ratio": Measure("", "1", "the same over that of the originals"),
    "delta_cf": Measure("", "0", "mean colorful_abs of results less that of originals (DDColor 2023: its magnitude)"),
    "delta_cf_photo": Measure("", "lower", "mean of |colorful_abs of a result less that of its original| (CT2 2022)"),
    "chroma_w1": Measure(
        "Lab", "lower", "Wasserstein-1 distance of the pooled distributions of chroma to the originals'"
    ),
    "cast": Measure("Lab", "lower", "distance of the mean ab of all results to that of all originals"),
    "drift": Measure("L*", "lower", "mean |L* of the result - L* of the original|"),
    "drift_999": Measure("L*", "lower", "99.9th percentile of the same, mean over photographs"),
    "drift_max": Measure("L*", "lower", "99.9th percentile of the same, the largest of all photographs"),
    "bleeding": Measure("%", "lower", "share of the change of ab that lies where the lightness has no edge"),
    "bleeding_truth": Measure("%", "", "the same of the originals"),
    "gamut": Measure("%", "lower", "pixels on the surface of the sRGB cube where the original's are not"),
}


def measure(truth: Picture, result: Picture, name: str = "") -> PhotoSums:
    """Everything that is measured of one photograph.

    `truth` and `result` are sRGB uint8 [H, W, 3] of the same size; `name` is carried along. EvaluationError for
    anything else.
    """
    _check(truth, result, name)
    return PhotoSums(name, *sums_of(truth, result))


def summarize(rows: Sequence[PhotoSums]) -> Figures:
    """Every figure of MEASURES for these photographs. EvaluationError if there are none.

    A figure that these photographs cannot give is NaN: `auc_bins` under 5 photographs, `ssim` where all are smaller
    than its window.
    """
    stack = Stack.of(rows)
    figures = pool(stack, np.ones((1, len(rows))))
    return {name: float(values[0]) for name, values in figures.items()}


def _check(truth: Picture, result: Picture, name: str) -> None:
    where = f"{name}: " if name else ""
    for what, picture in (("original", truth), ("result", result)):
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
            shape = " x ".join(map(str, picture.shape))
            raise EvaluationError(f"{where}the {what} must be sRGB, 8 bits, H x W x 3; it is {picture.dtype} {shape}.")
    if truth.shape != result.shape:
        sizes = [f"{picture.shape[1]} x {picture.shape[0]}" for picture in (result, truth)]
        raise EvaluationError(
            f"{where}the result is {sizes[0]} pixels and the original {sizes[1]}; save it at that size."
        )


__all__ = ["MEASURES", "Figures", "Measure", "PhotoSums", "measure", "summarize"]
