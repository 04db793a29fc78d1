"""From the sums of photographs to figures, for one weighing of the photographs or for many at once.

A figure of N photographs is a function of weighted sums of their rows; a bootstrap draw is another weighing: how often
each photograph was drawn. So `pool` takes the weights of T draws, and one matrix product serves them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import EvaluationError
from photochrom.evaluation.measures_color import LONGEST
from photochrom.evaluation.photo_sums import LENGTHS, PhotoSums
from photochrom.representations.ab_bins import bin_centers, class_weights

Array = NDArray[np.float64]

SIDE = 24  # cells of the ab plane along an axis: 10 x 10 Lab units, centered on -120, -110, ..., 110
CELLS = LENGTHS["cells"]
CHROMA = LENGTHS["chroma"]  # chroma in steps of 1; the last bin holds 200 and more
ERRORS = LENGTHS["errors"]  # ab errors rounded up: 0, 1, ..., 150, and more
DIFFERENCE, DIFFERENCE_STEP = LENGTHS["differences"], 0.25  # CIEDE2000 in steps, rounded up, 0..100
LEAST_SHARE, LEAST_PHOTOGRAPHS = 2e-5, 5  # of a cell that counts in auc_bins


@dataclass(frozen=True, eq=False)
class Stack:
    """The rows of N photographs on top of each other: numbers [N], histograms [N, bins]."""

    names: tuple[str, ...]
    numbers: dict[str, Array]
    histograms: dict[str, Array]

    @classmethod
    def of(cls, rows: Sequence[PhotoSums]) -> "Stack":
        """Stack rows. EvaluationError if there are none."""
        if not rows:
            raise EvaluationError("There is no photograph to summarize.")
        numbers = {name: np.array([row.numbers[name] for row in rows]) for name in rows[0].numbers}
        histograms = {name: np.stack([row.histograms[name] for row in rows]) for name in rows[0].histograms}
        return cls(tuple(row.name for row in rows), numbers, histograms)


def cell_of(ab: Array) -> NDArray[np.intp]:
    """Which of the 576 cells of the ab plane each color [..., 2] lies in, b fastest; the outermost take all beyond."""
    cell = np.clip(np.floor(ab / 10 + 0.5) + SIDE // 2, 0, SIDE - 1).astype(np.intp)
    index: NDArray[np.intp] = cell[..., 0] * SIDE + cell[..., 1]
    return index


@lru_cache(maxsize=1)
def published_weights() -> Array:
    """Weight of a true color of each cell at lambda = 0, [576]: 1 / p of its bin among the 313 (Zhang 2016, eq. 4).

    p is the published smoothed prior over ImageNet's training photographs. Cells have the spacing of the bins and lie
    on them, so a color's nearest bin is its cell; cells outside the 313 hold no sRGB color and take the nearest bin's.
    """
    text = files("photochrom.evaluation").joinpath("data/zhang2016_prior.txt").read_text(encoding="utf-8")
    prior = np.array([float(line) for line in text.splitlines() if line and not line.startswith("#")])
    axis = 10 * (np.arange(SIDE) - SIDE // 2)
    cells = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 1, 2)
    nearest = ((cells - bin_centers()) ** 2).sum(-1).argmin(-1)
    weights: Array = class_weights(prior / prior.sum(), 0)[nearest]
    return weights


class Totals:
    """Sums over photographs for each of T weighings of them, taken in a part of the photographs at a time.

    Everything a figure needs, in memory that does not grow with the photographs: some 20 kB a weighing.
    """

    def __init__(self, weighings: int) -> None:
        self.weight: Array = np.zeros(weighings)
        self.sums: dict[str, Array] = {}
        self.largest_drift: Array = np.full(weighings, -np.inf)

    def add(self, stack: Stack, weights: Array) -> None:
        """Take in photographs with their weights [T, N], at least 0."""
        pixels, ssim, cells = stack.numbers["pixels"], stack.numbers["ssim"], stack.histograms["cells"]
        by_pixel = {f"{name} by pixel": stack.numbers[name] * pixels for name in ("alpha", "beta")}
        known = {"ssim known": np.nan_to_num(ssim), "ssim photographs": (~np.isnan(ssim)).astype(np.float64)}
        shares = {name: stack.histograms[name] / pixels[:, None] for name in ("differences", "chroma", "chroma_truth")}
        counts = {
            "cells": cells,
            "cell_errors": stack.histograms["cell_errors"],
            "occurs": (cells > 0).astype(np.float64),
        }
        for name, values in (stack.numbers | by_pixel | known | shares | counts).items():
            if name != "ssim":
                self.sums[name] = self.sums.get(name, 0) + weights @ values
        self.weight += weights.sum(axis=1)
        largest = np.where(weights > 0, stack.numbers["drift_999"], -np.inf).max(axis=1)
        self.largest_drift = np.maximum(self.largest_drift, largest)

    def mean(self, name: str) -> Array:
        """Of a number, or of a distribution in which every photograph counts alike."""
        sums = self.sums[name]
        means: Array = sums / (self.weight if sums.ndim == 1 else self.weight[:, None])
        return means

    def figures(self) -> dict[str, Array]:
        """Every figure [T]."""
        mean, sums = self.mean, self.sums
        plain = ("auc", "auc_151", "auc_trapezoid", "psnr", "ciede2000", "colorful", "colorful_truth", "colorful_abs")
        figures = {name: mean(name) for name in (*plain, "drift", "drift_999", "gamut")}
        figures |= _by_color(sums["cells"], sums["cell_errors"], sums["occurs"])
        alpha, beta = (sums[f"{name} by pixel"] / sums["pixels"] for name in ("alpha", "beta"))
        figures["rmse_alpha_beta"], figures["rmse_2alpha_beta"] = np.sqrt(alpha + beta), np.sqrt(4 * alpha + beta)
        figures["ssim"] = _ratio(sums["ssim known"], sums["ssim photographs"])
        figures["ciede2000_p95"] = _quantile(mean("differences"), 0.95, DIFFERENCE_STEP)
        figures["colorful_ratio"] = _ratio(mean("colorful"), mean("colorful_truth"))
        figures["colorful_abs_ratio"] = _ratio(mean("colorful_abs"), mean("colorful_abs_truth"))
        figures["delta_cf"] = mean("colorful_abs") - mean("colorful_abs_truth")
        figures["delta_cf_photo"] = mean("colorful_gap")
        figures["chroma_w1"] = _wasserstein(mean("chroma"), mean("chroma_truth"))
        figures["cast"] = np.hypot(mean("a") - mean("a_truth"), mean("b") - mean("b_truth"))
        figures["drift_max"] = self.largest_drift
        figures["bleeding"] = 100 * _ratio(mean("edges_astray"), mean("edges"), empty=0.0)
        figures["bleeding_truth"] = 100 * _ratio(mean("edges_astray_truth"), mean("edges_truth"), empty=0.0)
        return figures


def pool(stack: Stack, weights: Array) -> dict[str, Array]:
    """Every figure for each of T weighings of the photographs: `weights` [T, N], at least 0; figures [T]."""
    totals = Totals(len(weights))
    totals.add(stack, weights)
    return totals.figures()


def _by_color(count: Array, errors: Array, photographs: Array) -> dict[str, Array]:
    """The AuC that see rare colors; `count` pixels, their `errors` and `photographs` in which they occur, [T, 576]."""
    occurs = count > 0
    of_cell = 100 * (1 - np.divide(errors, count, out=np.zeros_like(count), where=occurs) / LONGEST)
    kept = (count >= LEAST_SHARE * count.sum(axis=1, keepdims=True)) & (photographs >= LEAST_PHOTOGRAPHS)
    weights = published_weights()
    return {
        "auc_bins": _ratio((of_cell * kept).sum(axis=1), kept.sum(axis=1)),
        "auc_rebalanced": 100 * (1 - (errors @ weights) / (count @ weights) / LONGEST),
        "auc_rebalanced_own": _ratio((of_cell * occurs).sum(axis=1), occurs.sum(axis=1)),
    }


def _ratio(above: Array, below: Array, empty: float = float("nan")) -> Array:
    ratio: Array = np.divide(above, below, out=np.full(above.shape, empty), where=below > 0)
    return ratio


def _quantile(shares: Array, quantile: float, step: float) -> Array:
    """Of distributions [T, bins]: bin 0 holds what is 0, bin k what is above k - 1 and up to k steps, evenly."""
    reached = np.cumsum(shares, axis=1)
    at = np.argmax(reached >= quantile * reached[:, -1:], axis=1)[:, None]
    inside = np.take_along_axis(shares, at, axis=1)
    before = np.take_along_axis(reached, at, axis=1) - inside
    place: Array = np.maximum(at - 1 + (quantile * reached[:, -1:] - before) / inside, 0)
    return step * place[:, 0]


def _wasserstein(one: Array, other: Array) -> Array:
    """Wasserstein-1 distance of distributions [T, bins] over bins of width 1: the area between their running sums."""
    area: Array = np.abs(np.cumsum(one - other, axis=1)).sum(axis=1)
    return area
