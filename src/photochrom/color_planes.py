"""Lab to linear sRGB for photographs of many megapixels: `color`'s formulas on planes of float32, in place, NumPy only.

A strip of a photograph passes through some fifty operations, in planes that are made once; each costs a fraction of a
nanosecond a pixel. What is outside the sRGB gamut is brought in by a table of its boundary.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.color import LINEAR_FROM_XYZ, WHITE

Array = NDArray[np.float32]

TOLERANCE = 1e-4  # linear light, as in `color.in_gamut`: a third of an 8-bit step in the shadows
PLANES = 7  # that a desk takes
MATRIX: Array = (np.array(LINEAR_FROM_XYZ) * WHITE).astype(np.float32)  # linear sRGB of XYZ relative to white
LEVELS, HUES = 513, 1024  # of the table: it agrees with `color.fit_to_gamut` to 0.2 Lab units of chroma

# CIE 1976 as `color` has it. The line is the tangent of the cube where they meet, so that the cube of the larger and
# the line through the smaller of f and that point add up to both branches, without a choice for every pixel.
_FROM, _LINE = np.float32(0.2068966), np.float32(1 / 7.787)
_DARK, _CUBE_FROM = np.float32(16 / 116), np.float32(0.008856)
_ONE = np.float32(1 + TOLERANCE).view(np.uint32)


class Linear(NamedTuple):
    """Planes of linear sRGB."""

    red: Array
    green: Array
    blue: Array


class Desk(NamedTuple):
    """Planes to work on, of one shape; what they hold between two uses does not matter."""

    xyz: Array  # [3, ...]
    linear: Array  # [3, ...]
    spare: Array


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


def linear_from_lab(lightness: Array, a: Array, b: Array, luminance: Array, desk: Desk) -> Linear:
    """Linear sRGB of Lab planes and their Y, outside 0..1 where the color is out of gamut; on `desk.linear`."""
    x, y, z = desk.xyz
    np.multiply(lightness, np.float32(1 / 116), out=y)
    y += _DARK
    np.multiply(a, np.float32(1 / 500), out=x)
    x += y
    np.multiply(b, np.float32(-1 / 200), out=z)
    z += y
    _expand(x, desk.linear[0], desk.spare)
    _expand(z, desk.linear[0], desk.spare)
    for plane, (of_x, of_y, of_z) in zip(desk.linear, MATRIX, strict=True):  # matmul's own threads would spin
        np.multiply(x, of_x, out=plane)
        for other, weight in ((luminance, of_y), (z, of_z)):
            np.multiply(other, weight, out=desk.spare)
            plane += desk.spare
    return Linear(*desk.linear)


def outside(linear: Linear, desk: Desk) -> NDArray[np.intp]:
    """Which colors that `linear_from_lab` gave are not in the gamut: positions in the flat planes."""
    bits = desk.spare.view(np.uint32)  # the bits of a float as a number: larger ones above 1, and all below 0
    np.maximum(linear.red.view(np.uint32), linear.green.view(np.uint32), out=bits)
    np.maximum(bits, linear.blue.view(np.uint32), out=bits)
    return np.flatnonzero(bits > _ONE)


def fitted(lightness: Array, a: Array, b: Array, luminance: Array, desk: Desk) -> Linear:
    """As `linear_from_lab`, of colors brought into the gamut: chroma goes, L* and hue stay."""
    share = gamut_share(lightness, a, b)
    return linear_from_lab(lightness, a * share, b * share, luminance, desk)


def squeeze(linear: Linear, luminance: Array, desk: Desk) -> None:
    """Bring what is still outside 0..1, by tolerance, exactly inside, in place: towards the gray of the same Y.

    Clipped instead, the light of a pixel would change by the tolerance, which is many steps of 16 bits in the shadows.
    """
    bits = desk.spare.view(np.uint32)
    np.maximum(linear.red.view(np.uint32), linear.green.view(np.uint32), out=bits)
    np.maximum(bits, linear.blue.view(np.uint32), out=bits)
    where = np.flatnonzero(bits > np.float32(1).view(np.uint32))
    if not where.size:
        return
    y = np.take(luminance, where).clip(0, 1)
    share = np.ones_like(y)
    planes = [plane.reshape(-1) for plane in linear]
    for plane in planes:
        reach = plane[where] - y
        room = np.where(reach > 0, 1 - y, y)
        np.minimum(share, room / np.maximum(np.abs(reach), room + np.float32(1e-30)), out=share)
    for plane in planes:
        plane[where] = y + (plane[where] - y) * share


def new_desk(shape: tuple[int, ...]) -> Desk:
    """Planes of this shape."""
    return desk_on(np.empty((PLANES, *shape), np.float32))


def desk_on(planes: Array) -> Desk:
    """A desk on the first PLANES of these, which are contiguous."""
    return Desk(planes[:3], planes[3:6], planes[6])


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
    desk = new_desk(lightness.shape)
    luminance = (lightness + np.float32(16)) / np.float32(116)
    _expand(luminance, desk.linear[0], desk.spare)
    reach, step = np.zeros_like(lightness), np.float32(256)
    for _ in range(14):  # to a sixtieth of a unit
        step /= 2
        further = reach + step
        red, green, blue = linear_from_lab(lightness, a * further, b * further, luminance, desk)
        low, high = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
        reach = np.where((low >= -TOLERANCE) & (high <= 1 + TOLERANCE), further, reach)
    return reach


def _expand(f: Array, square: Array, line: Array) -> None:
    """The inverse of CIE's f, in place: a cube, and a line for the dark."""
    dark = f.min() < _FROM
    if dark:
        np.minimum(f, _FROM, out=line)
        line -= _FROM
        line *= _LINE
        np.maximum(f, _FROM, out=f)
    np.multiply(f, f, out=square)
    f *= square
    if dark:
        f += line


def _between(low: Array, high: Array, share: Array) -> Array:
    high -= low
    high *= share
    high += low
    return high
