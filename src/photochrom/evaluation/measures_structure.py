"""Measures of one photograph that look at more than a pixel's color: PSNR, SSIM, bleeding, the gamut's surface.

Pure functions on arrays, NumPy alone. Pictures are sRGB uint8 [H, W, 3].
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

LEAST_MSE = 1e-10  # of an identical picture, so that its PSNR is a number (148.13 dB) and a mean over photographs too
SSIM_RADIUS, SSIM_SIGMA = 5, 1.5  # the window of Wang 2004: Gaussian, 11 x 11
SSIM_K1, SSIM_K2 = 0.01, 0.03

SSIM_STRIP = 2**14  # windows looked at at a time, 32 rows at least: what stays in the cache takes half the time
BLOCK = 32  # rows filtered at a time

SMOOTH = 2  # pixels: radius of the box over which a color is averaged before its change is taken
LIGHTNESS_EDGE = 1.0  # L* a pixel: change that makes an edge, a step of 5 L* at least
CHROMA_FLOOR = 0.5  # Lab units a pixel: change of ab below which it is rounding to 8 bits or a slow shade
NEAR = 3  # pixels: how far from a lightness edge a change of ab still belongs to it; 2 aside, as JPEG's halved chroma
RIM = SMOOTH + 1  # pixels along the border of which no change is known
REACH = RIM + NEAR  # rows around a strip that its edges depend on


def psnr(truth: Picture, result: Picture) -> float:
    """Peak signal-to-noise ratio over the three sRGB channels, dB. Identical pictures: 148.13, an MSE of 1e-10."""
    return decibels(squared_error(truth, result))


def squared_error(truth: Picture, result: Picture) -> float:
    """Mean squared error over pixels and channels, 0..255^2."""
    return float(np.mean((truth.astype(np.float64) - result) ** 2))


def decibels(squared: float) -> float:
    """The PSNR of a mean squared error."""
    return float(10 * np.log10(255**2 / max(squared, LEAST_MSE)))


def ssim(truth: Picture, result: Picture) -> float:
    """Structural similarity, mean over pixels and the three sRGB channels (Wang et al. 2004, eq. 13), at most 1.

    Gaussian window 11 x 11, sigma 1.5, K1 0.01, K2 0.03, range 255, population covariance; only windows that lie wholly
    within the picture. Pictures with a side under 11 have none: NaN.
    """
    if min(truth.shape[:2]) < 2 * SSIM_RADIUS + 1:
        return float("nan")
    down, across = (int(side) - 2 * SSIM_RADIUS for side in truth.shape[:2])  # windows
    rows = max(BLOCK, SSIM_STRIP // across)
    total = 0.0
    for top in range(0, down, rows):
        part = slice(top, min(top + rows, down) + 2 * SSIM_RADIUS)
        total += float(_similarities(truth[part], result[part]).sum())
    return total / (3 * down * across)


def _similarities(truth: Picture, result: Picture) -> Array:
    """SSIM of every window and channel."""
    offsets = np.arange(-SSIM_RADIUS, SSIM_RADIUS + 1)
    taps = np.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    taps /= taps.sum()
    one, other = (np.moveaxis(picture, -1, 0).astype(np.float64) - 128 for picture in (truth, result))
    mean_1, mean_2, power, joint = _filtered(np.stack([one, other, one * one + other * other, one * other]), taps)
    power = power - mean_1 * mean_1 - mean_2 * mean_2
    joint = joint - mean_1 * mean_2
    mean_1, mean_2 = mean_1 + 128, mean_2 + 128
    c_1, c_2 = (SSIM_K1 * 255) ** 2, (SSIM_K2 * 255) ** 2
    above: Array = (2 * mean_1 * mean_2 + c_1) * (2 * joint + c_2)
    below: Array = (mean_1 * mean_1 + mean_2 * mean_2 + c_1) * (power + c_2)
    similarities: Array = above / below
    return similarities


class Edges(NamedTuple):
    """Change of ab over a photograph, Lab units: `all`, and the part of it that lies where lightness has no edge."""

    all: float
    astray: float


def lightness_edges(lightness: Array) -> NDArray[np.bool_]:
    """Where L* [H, W] has an edge within NEAR pixels, a change of LIGHTNESS_EDGE or more; bool [H - 6, W - 6]."""
    edge = np.pad(_change(lightness[None]) >= LIGHTNESS_EDGE, NEAR)
    return _filtered(edge.astype(np.float64), np.ones(2 * NEAR + 1)) > 0.5


def chroma_edges(ab: Array, edges: NDArray[np.bool_], rows: slice = slice(None)) -> Edges:
    """How much ab changes from pixel to pixel, and how much of that where L* does not: what bleeding is made from.

    `ab` [H, W, 2] of a result, or of the truth for comparison; `edges` are the `lightness_edges` of the truth. Both are
    averaged over 5 x 5 pixels and differentiated by central differences, where these lie wholly within the picture. The
    change of ab is the norm of its 2 x 2 Jacobian, less CHROMA_FLOOR, at least 0. It is astray where there is no edge.
    Of a strip of a photograph, `rows` are those of `edges` that count.
    A step in ab on a step of 5 L* or more has nothing astray; blurring ab alone across it moves change outwards.
    """
    change = np.maximum(_change(np.moveaxis(ab, -1, 0))[rows] - CHROMA_FLOOR, 0)
    edges = edges[rows]
    return Edges(float(change.sum()), float(change[~edges].sum()))


def on_gamut_surface(picture: Picture) -> NDArray[np.bool_]:
    """Which pixels lie on the surface of the sRGB cube: a channel at 0 or 255. Bool [H, W].

    A color brought into the gamut at constant lightness and hue ends there.
    """
    surface: NDArray[np.bool_] = ((picture == 0) | (picture == 255)).any(axis=-1)
    return surface


def _change(planes: Array) -> Array:
    """Norm of the spatial derivatives of `planes` [C, H, W] after smoothing, a pixel; [H - 6, W - 6]."""
    if min(planes.shape[1:]) < 2 * SMOOTH + 3:
        return np.zeros([max(side - 2 * SMOOTH - 2, 0) for side in planes.shape[1:]])
    smooth = _filtered(planes, np.full(2 * SMOOTH + 1, 1 / (2 * SMOOTH + 1)))
    down = (smooth[:, 2:, 1:-1] - smooth[:, :-2, 1:-1]) / 2
    right = (smooth[:, 1:-1, 2:] - smooth[:, 1:-1, :-2]) / 2
    norm: Array = np.sqrt((down * down + right * right).sum(axis=0))
    return norm


def _filtered(planes: Array, taps: Array) -> Array:
    """`planes` [..., H, W] under the separable symmetric filter `taps`, only where it lies wholly within.

    Blocks of rows times the filter written as a band matrix: some multiplications by 0, but at the speed of BLAS.
    """
    reach = len(taps) - 1
    band = np.zeros((BLOCK, BLOCK + reach))
    for offset, tap in enumerate(taps):
        band[np.arange(BLOCK), np.arange(BLOCK) + offset] = tap
    for _ in range(2):
        *others, height, width = planes.shape
        out = np.empty((*others, max(height - reach, 0), width))
        for start in range(0, out.shape[-2], BLOCK):
            rows = min(BLOCK, out.shape[-2] - start)
            part = planes[..., start : start + rows + reach, :]
            out[..., start : start + rows, :] = band[:rows, : rows + reach] @ part
        planes = np.swapaxes(out, -1, -2)
    return planes
