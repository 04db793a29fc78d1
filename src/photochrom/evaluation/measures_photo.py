"""The sums of one photograph, strip by strip: a strip's arrays take about 300 MB, whatever the photograph's size."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation import measures_color as color
from photochrom.evaluation import measures_structure as structure
from photochrom.evaluation.measures_pool import CELLS, CHROMA, DIFFERENCE, DIFFERENCE_STEP, ERRORS, cell_of
from photochrom.evaluation.photo_sums import LENGTHS

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

STRIP = 2**20  # pixels looked at at a time, whole rows


class Strip(NamedTuple):
    """What some rows of a photograph contribute."""

    pixels: int
    means: dict[str, float]
    """Over the pixels of the rows."""
    sums: dict[str, float]
    histograms: dict[str, Array]
    opponents: NDArray[np.int64]
    """Of truth and result, [2, 6]; see measures_color.opponent_sums."""
    drift: NDArray[np.float32]
    """Of every pixel: a percentile needs them all."""


def sums_of(truth: Picture, result: Picture) -> tuple[dict[str, float], dict[str, Array]]:
    """Numbers and histograms of a photograph, as PhotoSums holds them; sRGB uint8 [H, W, 3] of the same size."""
    height, width = truth.shape[:2]
    rows = max(1, STRIP // width)
    strips = [strip(truth, result, top, min(top + rows, height)) for top in range(0, height, rows)]
    pixels = height * width
    numbers = {name: sum(one.means[name] * one.pixels for one in strips) / pixels for name in strips[0].means}
    numbers |= {name: sum(one.sums[name] for one in strips) for name in strips[0].sums}
    histograms = {name: np.sum([one.histograms[name] for one in strips], axis=0) for name in LENGTHS}
    opponents = np.sum([one.opponents for one in strips], axis=0)
    (plain_truth, vivid_truth), (plain, vivid) = (color.colorfulness_of(sums, pixels) for sums in opponents)
    drift = np.concatenate([one.drift for one in strips])
    numbers |= {
        "pixels": float(pixels),
        "psnr": structure.decibels(numbers.pop("squared")),
        "ssim": structure.ssim(truth, result),
        "colorful": plain,
        "colorful_truth": plain_truth,
        "colorful_abs": vivid,
        "colorful_abs_truth": vivid_truth,
        "colorful_gap": abs(vivid - vivid_truth),
        "drift_999": float(np.percentile(drift, 99.9)),
    }
    return numbers, histograms


def strip(truth: Picture, result: Picture, top: int, bottom: int) -> Strip:
    """Rows `top` to `bottom` of a photograph; edges look REACH rows further."""
    margin = max(top - structure.REACH, 0)
    want, got = (color.lab_of(picture[margin : bottom + structure.REACH]) for picture in (truth, result))
    where = structure.lightness_edges(want[..., 0])
    inner = slice(*(max(row - structure.RIM - margin, 0) for row in (top, bottom)))
    edges, edges_truth = (structure.chroma_edges(lab[..., 1:], where, inner) for lab in (got, want))
    want, got = (lab[top - margin : bottom - margin] for lab in (want, got))
    truth, result = truth[top:bottom], result[top:bottom]
    errors, difference = color.ab_error(want, got), color.ciede2000(want, got)
    drift = np.abs(got[..., 0] - want[..., 0])
    surface = structure.on_gamut_surface(result) & ~structure.on_gamut_surface(truth)
    alpha, beta = color.opponent_errors(truth, result)
    means = {
        "auc": color.auc(errors),
        "auc_151": color.auc_of_thresholds(errors),
        "auc_trapezoid": color.auc_by_trapezoids(errors),
        "alpha": alpha,
        "beta": beta,
        "squared": structure.squared_error(truth, result),
        "ciede2000": float(difference.mean()),
        "a": float(got[..., 1].mean()),
        "b": float(got[..., 2].mean()),
        "a_truth": float(want[..., 1].mean()),
        "b_truth": float(want[..., 2].mean()),
        "drift": float(drift.mean()),
        "gamut": float(100 * surface.mean()),
    }
    sums = {
        "edges": edges.all,
        "edges_astray": edges.astray,
        "edges_truth": edges_truth.all,
        "edges_astray_truth": edges_truth.astray,
    }
    opponents = np.stack([color.opponent_sums(picture) for picture in (truth, result)])
    histograms = _histograms(want[..., 1:], got[..., 1:], errors, difference)
    return Strip(errors.size, means, sums, histograms, opponents, drift.astype(np.float32).ravel())


def _histograms(want: Array, got: Array, errors: Array, difference: Array) -> dict[str, Array]:
    cells = cell_of(want).ravel()
    return {
        "cells": np.bincount(cells, minlength=CELLS).astype(np.float64),
        "cell_errors": np.bincount(cells, weights=errors.ravel(), minlength=CELLS).astype(np.float64),
        "cells_result": np.bincount(cell_of(got).ravel(), minlength=CELLS).astype(np.float64),
        "chroma": _counts(color.chroma_of(got), CHROMA),
        "chroma_truth": _counts(color.chroma_of(want), CHROMA),
        "errors": _counts(np.ceil(errors), ERRORS),
        "differences": _counts(np.ceil(difference / DIFFERENCE_STEP), DIFFERENCE),
    }


def _counts(values: Array, length: int) -> Array:
    """How many values fall in [0, 1), [1, 2), ...; the last bin takes all beyond."""
    bins = np.minimum(values, length - 1).astype(np.intp)
    return np.bincount(bins.ravel(), minlength=length).astype(np.float64)
