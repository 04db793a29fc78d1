"""Lab to linear sRGB for photographs of many megapixels: `color`'s formulas on planes of float32.

What every pixel goes through is one kernel, which several threads run at a time. What is outside the sRGB gamut is
brought in by a table of its boundary.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from photochrom.color import LINEAR_FROM_XYZ, WHITE
from photochrom.kernel import Kernel, Value

Array = NDArray[np.float32]

TOLERANCE = 1e-4  # linear light, as in `color.in_gamut`: a third of an 8-bit step in the shadows
LEVELS, HUES = 513, 1024  # of the table: it agrees with `color.fit_to_gamut` to 0.2 Lab units of chroma

# CIE 1976 as `color` has it, in 116 f = L* + 16. The line is the tangent of the cube where they meet, so that the cube
# of the larger and the line through the smaller of f and that point add up to both branches, without a choice for
# every pixel.
_FROM, _LINE = 116 * 0.2068966, 116**2 / 7.787
_OF_A, _OF_B = 116 / 500, -116 / 200
_CUBE_FROM = np.float32(0.008856)
_ONE = np.float32(1 + TOLERANCE).view(np.uint32)
_MATRIX = (np.array(LINEAR_FROM_XYZ) * WHITE)[:, [0, 2, 1]] / 116**3  # of x, z, y


def lightness_from(luminance: Array, out: Array, spare: Array) -> Array:
    """L* of Y, both float32 planes, into `out`."""
    np.maximum(luminance, _CUBE_FROM, out=out)
    np.cbrt(out, out=out)
    np.minimum(luminance, _CUBE_FROM, out=spare)
    spare -= _CUBE_FROM
    spare *= np.float32(7.787)
    out += spare
    out *= np.float32(116)
    out -= np.float32(16)
    return out


def luminance_from(lightness: Array) -> Array:
    """Y of L*; the inverse."""
    f = lightness + np.float32(16)
    upper = np.maximum(f, np.float32(_FROM))
    y: Array = (upper**3 + (f - upper) * np.float32(_LINE)) / np.float32(116**3)
    return y


def linear_from_lab(lightness: Array, ab: Array) -> Array:
    """Linear sRGB [3, ...] of planes L* [...] and a, b [2, ...], outside 0..1 where the color is out of gamut."""
    twice = 2 if lightness.size == 1 else 1  # the product of a matrix and a vector is rounded otherwise
    level, flat = lightness.reshape(1, -1), ab.reshape(2, -1)
    (linear,) = _linear(np.tile(level, twice), np.tile(flat, twice))
    return linear[:, : lightness.size].reshape(3, *lightness.shape)


def linear_of(lightness: Value, ab: Value) -> Value:
    """The formula: linear sRGB [3, n] of L* [1, n] and ab [2, n]."""
    y = lightness + 16
    f = (ab * np.array([[_OF_A], [_OF_B]]) + y).beside(y)
    upper = f.at_least(_FROM)
    return (upper * upper * upper + (f - upper) * _LINE).mixed(_MATRIX)


_linear = Kernel(lambda lightness, ab: (linear_of(lightness, ab),), "lightness", "ab")


def outside(linear: Array) -> NDArray[np.intp]:
    """Which colors that `linear_from_lab` gave are not in the gamut: positions in the flat planes."""
    bits = _largest(linear)
    if bits.max(initial=0) <= _ONE:  # most often
        return np.empty(0, np.intp)
    return np.flatnonzero(bits > _ONE)


def fitted(lightness: Array, ab: Array) -> Array:
    """As `linear_from_lab`, of colors brought into the gamut: chroma goes, L* and hue stay."""
    return linear_from_lab(lightness, ab * gamut_share(lightness, ab[0], ab[1]))


def squeeze(linear: Array, lightness: Array) -> None:
    """Bring what is still outside 0..1, by tolerance, exactly inside, in place: towards the gray of the same Y.

    Clipped instead, the light of a pixel would change by the tolerance, which is many steps of 16 bits in the shadows.
    """
    where = np.flatnonzero(_largest(linear) > np.float32(1).view(np.uint32))
    if not where.size:
        return
    y = luminance_from(np.take(lightness, where)).clip(0, 1)
    share = np.ones_like(y)
    planes = linear.reshape(3, -1)
    for plane in planes:
        reach = plane[where] - y
        room = np.where(reach > 0, 1 - y, y)
        np.minimum(share, room / np.maximum(np.abs(reach), room + np.float32(1e-30)), out=share)
    for plane in planes:
        plane[where] = y + (plane[where] - y) * share


def _largest(linear: Array) -> NDArray[np.uint32]:
    """Of the three planes, the bits of a float as a number: larger ones above 1, and all below 0."""
    red, green, blue = linear.view(np.uint32)
    bits: NDArray[np.uint32] = np.maximum(np.maximum(red, green), blue)
    return bits


def gamut_share(lightness: Array, a: Array, b: Array) -> Array:
    """The largest part, up to 1, of each (a, b) that sRGB can show at this L* 0..100; from `gamut_boundary`."""
    length = np.abs(a) + np.abs(b)
    np.maximum(length, np.float32(1e-6), out=length)
    turn = a / length
    turn = np.where(b < 0, turn + np.float32(3), np.float32(1) - turn)  # 0..4 once around, without an arc tangent
    turn *= np.float32(HUES / 4)
    level = lightness * np.float32((LEVELS - 1) / 100)
    row, column = np.minimum(level.astype(np.intp), LEVELS - 2), np.minimum(turn.astype(np.intp), HUES - 1)
    level -= row
    turn -= column
    at = row * (HUES + 1) + column
    table = gamut_boundary().reshape(-1)
    lower = _between(table.take(at), table.take(at + 1), turn)
    at += HUES + 1
    reach = _between(lower, _between(table.take(at), table.take(at + 1), turn), level)
    reach /= length
    return np.minimum(reach, np.float32(1), out=reach)


@cache
def gamut_boundary() -> Array:
    """The largest |a| + |b| in the sRGB gamut, [LEVELS, HUES + 1], by L* from 0 to 100 and by direction.

    Directions are even on the square |a| + |b| = 1, which needs no angles, and the first comes back as the last.
    """
    turn = np.linspace(0, 4, HUES + 1, dtype=np.float32)
    a = np.where(turn <= 2, 1 - turn, turn - 3)
    b = np.where(turn <= 2, 1 - np.abs(1 - turn), np.abs(turn - 3) - 1)
    levels = np.linspace(0, 100, LEVELS, dtype=np.float32)
    return np.concatenate([_reach(block, a, b) for block in np.array_split(levels, LEVELS // 8)])


def _reach(levels: Array, a: Array, b: Array) -> Array:
    """By bisection, [levels, directions]."""
    lightness = np.repeat(levels[:, None], len(a), axis=1)
    reach, step = np.zeros_like(lightness), np.float32(256)
    for _ in range(14):  # to a sixtieth of a unit
        step /= 2
        further = reach + step
        linear = linear_from_lab(lightness, np.stack([a * further, b * further]))
        inside = (linear.min(axis=0) >= -TOLERANCE) & (linear.max(axis=0) <= 1 + TOLERANCE)
        reach = np.where(inside, further, reach)
    return reach


def _between(low: Array, high: Array, share: Array) -> Array:
    high -= low
    high *= share
    high += low
    return high
