"""Color measures of one photograph: pure functions on arrays, NumPy alone, float64.

Pictures are sRGB uint8 [H, W, 3]; Lab as in `photochrom.color` (D65, L* 0..100).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.color import linear_to_xyz, srgb_to_linear, xyz_to_lab

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

LONGEST = 150.0  # ab errors beyond this count as this: the end of the curve in Zhang 2016, section 3.1
_LINEAR: Array = srgb_to_linear(np.arange(256) / 255)


def lab_of(picture: Picture) -> Array:
    """CIELAB of an sRGB picture uint8 [..., 3]; float64 [..., 3], in memory one channel after the other."""
    planes: Array = xyz_to_lab(linear_to_xyz(_LINEAR[np.moveaxis(picture, -1, 0)], axis=0), axis=0)
    return np.moveaxis(planes, 0, -1)


def ab_error(truth_lab: Array, result_lab: Array) -> Array:
    """Euclidean distance in ab of every pixel, Lab units, cut off at 150 (Zhang 2016, section 3.1); [...]."""
    gap = result_lab[..., 1:] - truth_lab[..., 1:]
    return np.minimum(chroma_of(gap), LONGEST)


def chroma_of(ab: Array) -> Array:
    """Length of (a, b) [..., 2]; five times as fast as `hypot`, which guards against squares beyond 1e308."""
    chroma: Array = np.sqrt(ab[..., 0] * ab[..., 0] + ab[..., 1] * ab[..., 1])
    return chroma


def auc(errors: Any, weights: Any = None) -> float:
    """Area under the curve "share of pixels whose ab error is at most t", t from 0 to 150, percent: the exact integral.

    `errors` of any shape, Lab units; `weights` of the same shape, or None for ones. The area integrates to
    100 * (1 - mean(min(error, 150)) / 150) (Zhang 2016, section 3.1).
    """
    return float(100 * (1 - np.average(np.minimum(errors, LONGEST), weights=weights) / LONGEST))


def auc_of_thresholds(errors: Any, weights: Any = None) -> float:
    """The same by the mean over the 151 whole thresholds 0, 1, ..., 150; percent."""
    reached = 151 - np.ceil(np.minimum(errors, LONGEST + 1))  # thresholds at or above the error
    return float(100 * np.average(reached, weights=weights) / 151)


def auc_by_trapezoids(errors: Any, weights: Any = None) -> float:
    """The same by the trapezoid rule on the 151 whole thresholds; percent."""
    errors = np.minimum(errors, LONGEST + 1)
    ends = (np.asarray(errors <= 0, float) + (errors <= LONGEST)) / 2
    return float(100 * np.average(151 - np.ceil(errors) - ends, weights=weights) / 150)


def colorfulness(picture: Picture) -> float:
    """Hasler & Suesstrunk 2003, M-hat(3): sqrt(var rg + var yb) + 0.3 sqrt((mean rg)^2 + (mean yb)^2).

    rg = R - G and yb = (R + G) / 2 - B keep their signs. 0 for gray, about 15 slightly, 45 averagely and 109 extremely
    colorful.
    """
    return colorfulness_of(opponent_sums(picture), picture[..., 0].size)[0]


def colorfulness_of_magnitudes(picture: Picture) -> float:
    """The same formula on |rg| and |yb|: what several published scripts for colorization call colorfulness."""
    return colorfulness_of(opponent_sums(picture), picture[..., 0].size)[1]


def opponent_sums(picture: Picture) -> NDArray[np.int64]:
    """Sums over pixels of rg, |rg|, rg^2 and of 2 yb, |2 yb|, (2 yb)^2: whole numbers, so parts add up exactly. [6]"""
    rg, yb = _opponents(picture)
    parts = [one for plane in (rg, yb) for one in (plane, np.abs(plane), plane.astype(np.int64) ** 2)]
    return np.array([part.sum(dtype=np.int64) for part in parts])


def colorfulness_of(sums: NDArray[np.int64], pixels: int) -> tuple[float, float]:
    """`colorfulness` and `colorfulness_of_magnitudes` from the `opponent_sums` of so many pixels."""
    both = []
    for mean in (0, 1):
        mean_rg, mean_yb = int(sums[mean]) / pixels, int(sums[3 + mean]) / 2 / pixels
        # in whole numbers, without rounding: a difference of large squares
        spreads = [(pixels * int(sums[at + 2]) - int(sums[at + mean]) ** 2) / pixels**2 for at in (0, 3)]
        both.append(float(np.sqrt(spreads[0] + spreads[1] / 4) + 0.3 * np.hypot(mean_rg, mean_yb)))
    return both[0], both[1]


def opponent_errors(truth: Picture, result: Picture) -> tuple[float, float]:
    """Mean squared errors over the pixels in alpha = B - (R + G) / 2 and in beta = R - G, sRGB 0..1.

    The opponent space of Deshpande 2015 in which Larsson 2016 gives its RMSE.
    """
    pairs = zip(_opponents(truth), _opponents(result), strict=True)
    beta, twice_alpha = (float(np.mean((other - one).astype(np.float64) ** 2)) / 255**2 for one, other in pairs)
    return twice_alpha / 4, beta


def ciede2000(one: Array, other: Array) -> Array:
    """Color difference CIEDE2000 of Lab colors [..., 3]; [...] (Sharma, Wu & Dalal 2005, eq. 2 to 22; k = 1)."""
    lightness_1, a_1, b_1 = np.moveaxis(one, -1, 0)
    lightness_2, a_2, b_2 = np.moveaxis(other, -1, 0)
    stretch = 1.5 - 0.5 * _saturation((chroma_of(one[..., 1:]) + chroma_of(other[..., 1:])) / 2)
    a_1, a_2 = a_1 * stretch, a_2 * stretch
    chroma_1, chroma_2 = np.sqrt(a_1 * a_1 + b_1 * b_1), np.sqrt(a_2 * a_2 + b_2 * b_2)
    hue_1, hue_2 = _hue(a_1, b_1), _hue(a_2, b_2)
    turn = hue_2 - hue_1
    far = np.abs(turn) > np.pi
    hue = (hue_1 + hue_2) / 2
    hue = np.where(far, np.where(hue < np.pi, hue + np.pi, hue - np.pi), hue)
    turn = np.where(far, turn - 2 * np.pi * np.sign(turn), turn)
    colorless = chroma_1 * chroma_2 == 0
    hue, turn = np.where(colorless, hue_1 + hue_2, hue), np.where(colorless, 0, turn)
    d_lightness, d_chroma = lightness_2 - lightness_1, chroma_2 - chroma_1
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(turn / 2)
    chroma = (chroma_1 + chroma_2) / 2
    s_lightness, s_chroma, s_hue, rotation = _ciede2000_scales((lightness_1 + lightness_2) / 2, chroma, hue)
    x, y, z = d_lightness / s_lightness, d_chroma / s_chroma, d_hue / s_hue
    squared: Array = x * x + y * y + z * z + rotation * y * z
    difference: Array = np.sqrt(np.maximum(squared, 0))
    return difference


def _ciede2000_scales(lightness: Array, chroma: Array, hue: Array) -> tuple[Array, Array, Array, Array]:
    """S_L, S_C, S_H and R_T of Sharma 2005, eq. 15 to 21, at the means of two colors; hue in radians."""
    degree = np.pi / 180
    t = 1 - 0.17 * np.cos(hue - 30 * degree) + 0.24 * np.cos(2 * hue)
    t += 0.32 * np.cos(3 * hue + 6 * degree) - 0.20 * np.cos(4 * hue - 63 * degree)
    middle = (lightness - 50) ** 2
    angle = 60 * degree * np.exp(-(((hue / degree - 275) / 25) ** 2))
    rotation = -2 * _saturation(chroma) * np.sin(angle)
    return 1 + 0.015 * middle / np.sqrt(20 + middle), 1 + 0.045 * chroma, 1 + 0.015 * chroma * t, rotation


def _saturation(chroma: Array) -> Array:
    """sqrt(C^7 / (C^7 + 25^7)), by products: a power costs ten times as much."""
    cube = chroma * chroma * chroma
    seventh = cube * cube * chroma
    share: Array = np.sqrt(seventh / (seventh + 25.0**7))
    return share


def _hue(a: Array, b: Array) -> Array:
    """Hue angle in 0..2 pi, of gray 0."""
    hue: Array = np.arctan2(b, a)
    return np.where(hue < 0, hue + 2 * np.pi, hue)


def _opponents(picture: Picture) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """rg = R - G and 2 yb = R + G - 2 B, whole numbers."""
    red, green, blue = np.moveaxis(picture, -1, 0).astype(np.int32)
    return red - green, red + green - 2 * blue
