"""Measures of one photograph that look at more than a pixel's color: PSNR, SSIM, bleeding, the gamut's surface.

Pure functions on arrays, NumPy alone. Pictures are sRGB uint8 [H, W, 3].
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.resample import box_mean

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

LEAST_MSE = 1e-10  # of an identical picture, so that its PSNR is a number (148.13 dB) and a mean over photographs too
SSIM_RADIUS, SSIM_SIGMA = 5, 1.5  # the window of Wang 2004: Gaussian, 11 x 11
SSIM_K1, SSIM_K2 = 0.01, 0.03

SMOOTH = 2  # pixels: radius of the box over which a color is averaged before its change is taken
LIGHTNESS_EDGE = 1.0  # L* a pixel: change that makes an edge, a step of 5 L* at least
CHROMA_FLOOR = 0.25  # Lab units a pixel: change of ab below which it is rounding to 8 bits or a slow shade
NEAR = 4  # pixels: how far from a lightness edge a chroma edge may lie and still belong to it


def psnr(truth: Picture, result: Picture) -> float:
    """Peak signal-to-noise ratio over the three sRGB channels, dB. Identical pictures: 148.13, an MSE of 1e-10."""
    mse = np.mean((truth.astype(np.float64) - result) ** 2)
    return float(10 * np.log10(255**2 / max(float(mse), LEAST_MSE)))


def ssim(truth: Picture, result: Picture) -> float:
    """Structural similarity, mean over pixels and the three sRGB channels (Wang et al. 2004, eq. 13), at most 1.

    Gaussian window 11 x 11, sigma 1.5, K1 0.01, K2 0.03, range 255, population covariance; only windows that lie wholly
    within the picture. Pictures with a side under 11 have none: NaN.
    """
    if min(truth.shape[:2]) < 2 * SSIM_RADIUS + 1:
        return float("nan")
    one, other = truth.astype(np.float64) - 128, result.astype(np.float64) - 128
    mean_1, mean_2 = _window(one), _window(other)
    power = _window(one * one + other * other) - mean_1 * mean_1 - mean_2 * mean_2
    joint = _window(one * other) - mean_1 * mean_2
    mean_1, mean_2 = mean_1 + 128, mean_2 + 128
    c_1, c_2 = (SSIM_K1 * 255) ** 2, (SSIM_K2 * 255) ** 2
    above = (2 * mean_1 * mean_2 + c_1) * (2 * joint + c_2)
    below = (mean_1 * mean_1 + mean_2 * mean_2 + c_1) * (power + c_2)
    return float(np.mean(above / below))


class Edges(NamedTuple):
    """Change of ab over a photograph, Lab units: `all`, and the part of it that lies where lightness has no edge."""

    all: float
    astray: float


def chroma_edges(lightness: Array, ab: Array) -> Edges:
    """How much ab changes from pixel to pixel, and how much of that where L* does not: what bleeding is made from.

    `lightness` [H, W] is the truth's L*, `ab` [H, W, 2] a result's (or the truth's, for comparison). Both are averaged
    over 5 x 5 pixels and differentiated by central differences. The change of ab is the norm of its 2 x 2 Jacobian,
    less CHROMA_FLOOR, at least 0; it is astray where no pixel within NEAR has a change of L* of LIGHTNESS_EDGE or more.
    A step in ab on a step of 5 L* or more has nothing astray; blurring ab alone across it moves change outwards.
    """
    change = np.maximum(_change(ab) - CHROMA_FLOOR, 0)
    edge = _change(lightness[..., None]) >= LIGHTNESS_EDGE
    astray = change[~_dilated(edge, NEAR)]
    return Edges(float(change.sum()), float(astray.sum()))


def on_gamut_surface(picture: Picture) -> NDArray[np.bool_]:
    """Which pixels lie on the surface of the sRGB cube: a channel at 0 or 255. Bool [H, W].

    A color brought into the gamut at constant lightness and hue ends there.
    """
    surface: NDArray[np.bool_] = ((picture == 0) | (picture == 255)).any(axis=-1)
    return surface


def _window(plane: Array) -> Array:
    """Means [H - 10, W - 10, ...] under the Gaussian window of SSIM."""
    offsets = np.arange(-SSIM_RADIUS, SSIM_RADIUS + 1)
    taps = np.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    taps /= taps.sum()
    for axis in (0, 1):
        length = plane.shape[axis] - 2 * SSIM_RADIUS
        mean = np.zeros([length if at == axis else side for at, side in enumerate(plane.shape)])
        for start, tap in enumerate(taps):
            mean += tap * (plane[start : start + length] if axis == 0 else plane[:, start : start + length])
        plane = mean
    return plane


def _change(plane: Array) -> Array:
    """Norm of the spatial derivatives of `plane` [H, W, C] after smoothing, a pixel; [H, W]."""
    smooth = box_mean(plane, SMOOTH)
    total = np.zeros(plane.shape[:2])
    for axis in (0, 1):
        if plane.shape[axis] > 1:
            total += (np.gradient(smooth, axis=axis) ** 2).sum(axis=-1)
    return np.sqrt(total)


def _dilated(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Pixels with a true one within a square of `radius`."""
    return box_mean(mask.astype(np.float64), radius) > 1e-9
