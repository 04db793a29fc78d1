"""sRGB, XYZ and CIELAB: pure functions on arrays, the same for NumPy and torch (array API).

Channels lie on `axis` (default: the last). Units and ranges:

    srgb     0..1, IEC 61966-2-1 encoded      linear  0..1, proportional to light
    xyz      Y of white = 1                   lab     L* 0..100, a* and b* about -110..110

The white point is D65 for the 2 degree observer and the matrix has six digits, as in scikit-image, so that results
agree to the last digit with the published systems, which converted by it. Gradients are finite everywhere, black
included: each branch of a piecewise formula sees only arguments on which it is smooth.
"""

from typing import Any

import numpy as np

Array = Any  # any array of the array API standard: NumPy, torch

XYZ_FROM_LINEAR = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
LINEAR_FROM_XYZ = (  # the inverse, to double precision
    (3.240481343200526, -1.5371515162713183, -0.49853632616888777),
    (-0.9692549499965686, 1.8759900014898907, 0.04155592655829284),
    (0.05564663913517716, -0.2040413383665112, 1.0573110696453443),
)
WHITE = (0.95047, 1.0, 1.08883)
LUMA = (0.299, 0.587, 0.114)  # Y of YUV, of encoded R, G and B (ITU-R BT.601)

# CIE 1976 with the rounded constants of scikit-image: t > 0.008856, slope 7.787.
_CUBE_FROM, _LINE, _OFFSET, _ROOT_FROM = 0.008856, 7.787, 16 / 116, 0.2068966


def array_namespace(*arrays: Array) -> Any:
    """The library of these arrays, by the array API standard: NumPy itself, others by way of array-api-compat.

    Importing that package takes 0.2 s, because it imports all of NumPy: only for those who come with torch.
    """
    if all(isinstance(array, np.ndarray | np.generic) for array in arrays):
        return np
    from array_api_compat import array_namespace as of_others

    return of_others(*arrays)


def srgb_to_linear(srgb: Array) -> Array:
    """Undo the sRGB transfer curve. Any shape, 0..1 in and out (IEC 61966-2-1)."""
    xp = array_namespace(srgb)
    dark = srgb <= 0.04045
    curve = ((xp.where(dark, xp.ones_like(srgb), srgb) + 0.055) / 1.055) ** 2.4
    return xp.where(dark, srgb / 12.92, curve)


def linear_to_srgb(linear: Array) -> Array:
    """Apply the sRGB transfer curve. Any shape; values below 0 stay on the straight part, nothing is clipped."""
    xp = array_namespace(linear)
    dark = linear <= 0.0031308
    curve = 1.055 * xp.where(dark, xp.ones_like(linear), linear) ** (1 / 2.4) - 0.055
    return xp.where(dark, linear * 12.92, curve)


def linear_to_xyz(linear: Array, axis: int = -1) -> Array:
    """Linear sRGB to CIE XYZ, Y of white = 1."""
    return _mix(linear, XYZ_FROM_LINEAR, axis)


def xyz_to_linear(xyz: Array, axis: int = -1) -> Array:
    """CIE XYZ to linear sRGB; outside 0..1 where the color is out of gamut."""
    return _mix(xyz, LINEAR_FROM_XYZ, axis)


def xyz_to_lab(xyz: Array, axis: int = -1) -> Array:
    """CIE XYZ to CIELAB, D65."""
    xp = array_namespace(xyz)
    x, y, z = _split(xyz, axis)
    fx, fy, fz = (_compress(value / white) for value, white in zip((x, y, z), WHITE, strict=True))
    return xp.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=axis)


def lab_to_xyz(lab: Array, axis: int = -1) -> Array:
    """CIELAB to CIE XYZ, D65. Exact inverse of `xyz_to_lab`: nothing is clipped."""
    xp = array_namespace(lab)
    lightness, a, b = _split(lab, axis)
    fy = (lightness + 16) / 116
    fs = (fy + a / 500, fy, fy - b / 200)
    return xp.stack([_expand(f) * white for f, white in zip(fs, WHITE, strict=True)], axis=axis)


def srgb_to_lab(srgb: Array, axis: int = -1) -> Array:
    """sRGB 0..1 to CIELAB."""
    return xyz_to_lab(linear_to_xyz(srgb_to_linear(srgb), axis), axis)


def lab_to_srgb(lab: Array, axis: int = -1) -> Array:
    """CIELAB to sRGB; outside 0..1 where the color is out of gamut (see `fit_to_gamut`)."""
    return linear_to_srgb(xyz_to_linear(lab_to_xyz(lab, axis), axis))


def lightness_of(srgb: Array, axis: int = -1) -> Array:
    """L* of sRGB 0..1, without the channel axis. Skips two thirds of the work of `srgb_to_lab`."""
    red, green, blue = _split(srgb_to_linear(srgb), axis)
    wr, wg, wb = XYZ_FROM_LINEAR[1]
    return 116 * _compress(wr * red + wg * green + wb * blue) - 16


def gray_to_lightness(gray: Array) -> Array:
    """L* of a neutral gray sRGB value 0..1, any shape."""
    return 116 * _compress(srgb_to_linear(gray)) - 16


def lightness_to_gray(lightness: Array) -> Array:
    """The neutral gray sRGB value of an L*, any shape; L* outside 0..100 is clipped. Inverse of `gray_to_lightness`."""
    xp = array_namespace(lightness)
    return linear_to_srgb(_expand((xp.clip(lightness, 0.0, 100.0) + 16) / 116))


def in_gamut(lab: Array, axis: int = -1, tolerance: float = 1e-4) -> Array:
    """Whether each color can be shown in sRGB: linear components within 0..1, give or take `tolerance`."""
    xp = array_namespace(lab)
    linear = xyz_to_linear(lab_to_xyz(lab, axis), axis)
    return xp.all((linear >= -tolerance) & (linear <= 1 + tolerance), axis=axis)


def fit_to_gamut(lab: Array, axis: int = -1, steps: int = 12) -> Array:
    """Bring colors into the sRGB gamut by taking chroma away at constant L* and hue angle.

    L* outside 0..100 is clipped first. For every color outside, the largest share t of its (a, b) that is inside is
    found by `steps` bisections of t in 0..1 (12: to 1/4096 of the chroma). Colors inside come back unchanged; where L*,
    a or b is NaN, a and b come back so.
    """
    xp = array_namespace(lab)
    lightness, a, b = _split(lab, axis)
    lightness = xp.clip(lightness, 0.0, 100.0)
    lab = xp.stack([lightness, a, b], axis=axis)
    outside = ~in_gamut(lab, axis)
    if not bool(xp.any(outside)):
        return lab
    rows = xp.stack([lightness[outside], a[outside], b[outside]], axis=-1)
    low, high = xp.zeros_like(rows[:, 0]), xp.ones_like(rows[:, 0])
    for _ in range(steps):
        middle = (low + high) / 2
        fits = in_gamut(xp.stack([rows[:, 0], rows[:, 1] * middle, rows[:, 2] * middle], axis=-1))
        low, high = xp.where(fits, middle, low), xp.where(fits, high, middle)
    share = xp.ones_like(a)
    share[outside] = low
    return xp.stack([lightness, a * share, b * share], axis=axis)


def _compress(t: Array) -> Array:
    xp = array_namespace(t)
    dark = t <= _CUBE_FROM
    root = xp.where(dark, xp.ones_like(t), t) ** (1 / 3)
    return xp.where(dark, _LINE * t + _OFFSET, root)


def _expand(f: Array) -> Array:
    xp = array_namespace(f)
    return xp.where(f > _ROOT_FROM, f * f * f, (f - _OFFSET) / _LINE)


def _mix(colors: Array, matrix: tuple[tuple[float, float, float], ...], axis: int) -> Array:
    xp = array_namespace(colors)
    one, two, three = _split(colors, axis)
    return xp.stack([row[0] * one + row[1] * two + row[2] * three for row in matrix], axis=axis)


def _split(colors: Array, axis: int) -> tuple[Array, Array, Array]:
    xp = array_namespace(colors)
    if colors.shape[axis] != 3:
        raise ValueError(f"colors need 3 channels on axis {axis}, got shape {tuple(colors.shape)}")
    channels = xp.moveaxis(colors, axis, 0)
    return channels[0, ...], channels[1, ...], channels[2, ...]
