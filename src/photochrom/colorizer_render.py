"""The picture that a prediction makes of a photograph, strip by strip: join, gamut, sRGB. Never all of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from photochrom.color import linear_to_srgb, srgb_to_lab
from photochrom.color_planes import TOLERANCE, fitted, linear_of, outside, squeeze
from photochrom.cores import in_order
from photochrom.join import Join, line_of
from photochrom.kernel import Kernel, Value
from photochrom.photo import Photo
from photochrom.photo.lightness import strip_lightness

Array = NDArray[np.float32]

BLOCK = 1 << 15  # pixels worked on at a time: their planes stay in a core's cache

# The table from linear light to 8 bits: its steps are a twentieth of the smallest between two results. It reaches a
# little beyond 0..1, as colors do that count as within the gamut; what lies at its ends is not.
CURVE = 1 << 16
STEPS = (CURVE - 2) / (1 + 2 * TOLERANCE)
BELOW = 1 + round(TOLERANCE * STEPS)


_ALPHA = np.float32(0.055)  # IEC 61966-2-1
_DARK = np.float32(0.0031308)
_NONE = np.empty(0, np.intp)


@dataclass(frozen=True, eq=False)
class Rendering:
    """Rows of a photograph in the colors of its join; see `photo.rows.Rows`. Same depth, three bands.

    strength    0..1 between the photograph's own colors and those of the join
    threads     how many work on `strips`
    """

    photo: Photo
    joined: Join
    strength: float
    threads: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, 3."""
        return (*self.photo.size, 3)

    @property
    def dtype(self) -> np.dtype:
        """That of the photograph."""
        return self.photo.dtype

    def rows(self, start: int, stop: int) -> np.ndarray:
        """The rows start:stop, sRGB [stop - start, W, 3]."""
        return self._rendered((start, self.photo.rows(start, stop)))

    def strips(self) -> Iterator[np.ndarray]:
        """All rows in order, made by several threads a few strips ahead."""
        return in_order(self._rendered, self._originals(), self.threads)

    def _originals(self) -> Iterator[tuple[int, np.ndarray]]:
        top = 0
        for strip in self.photo.strips():
            yield top, strip
            top += len(strip)

    def _rendered(self, numbered: tuple[int, np.ndarray]) -> np.ndarray:
        top, pixels = numbered
        height, width, _ = pixels.shape
        out = np.empty((height, width, 3), pixels.dtype)
        step = max(1, BLOCK // width)
        misfits = []
        for start in range(0, height, step):
            part = slice(start, min(start + step, height))
            for where, colors in self._block(top + start, pixels[part], out[part]):
                misfits.append((where + start * width, colors))
        if misfits:
            _fit(np.concatenate([where for where, _ in misfits]), np.hstack([colors for _, colors in misfits]), out)
        return out

    def _block(self, top: int, pixels: np.ndarray, out: np.ndarray) -> Iterator[tuple[NDArray[np.intp], Array]]:
        """Write some rows; positions and L*, a, b [3, n] of the pixels whose color is not in the gamut."""
        level = strip_lightness(pixels)
        kernel = _kernel(out.dtype == np.uint8, self.strength != 1)
        for part, arguments in self.joined.runs(top, top + len(pixels), level):
            own = () if self.strength == 1 else (_own_colors(pixels[part]), np.array([self.strength], np.float32))
            light, ab = kernel(*arguments, *own)
            where = _written(light, level[part], out[part])
            if where.size:
                colors = np.stack([plane.reshape(-1).take(where) for plane in (level[part], *ab)])
                yield where + part.start * out.shape[1], colors


def _written(light: np.ndarray, level: Array, out: np.ndarray) -> NDArray[np.intp]:
    """Write what the kernel gave for some rows with this L*; positions of colors that are not in the gamut.

    The kernel may have given more: a single row twice.
    """
    if out.dtype == np.uint8:
        index = light[: level.size].reshape(out.shape)
        _curve().take(index, out=out, mode="clip")
        return _at_ends(index)
    linear = light[:, : level.size].reshape(3, *level.shape)
    where = outside(linear)
    _encode(linear, level, out)
    return where


@cache
def _kernel(index: bool, blended: bool) -> Kernel:
    """Join, Lab and linear light in one: linear sRGB and ab of what `Join.runs` gives and L*.

    index     linear sRGB as indices of the curve, uint16 [n, 3]; else [3, n]
    blended   takes the photograph's own ab and a strength as well
    """

    def formula(*values: Value) -> tuple[Value, ...]:
        lightness, blend = values[5], values[6:]
        ab = line_of(*values[:6])
        if blend:
            own, strength = blend
            ab = (ab - own) * strength + own
        linear = linear_of(lightness.flat(), ab.flat())
        return linear.steps(1 / STEPS, BELOW).transposed() if index else linear, ab

    names = ("slopes", "offsets", "lows", "highs", "shares", "lightness", *(("own", "strength") if blended else ()))
    return Kernel(formula, *names)


def _fit(where: NDArray[np.intp], colors: Array, out: np.ndarray) -> None:
    """Put the colors that were not in the gamut where they belong: all of a strip at once, for they are few."""
    level = colors[0]
    pixels = np.empty((len(where), 3), out.dtype)
    _encode(fitted(level, colors[1:]), level, pixels)
    out.reshape(-1, 3)[where] = pixels


def _own_colors(pixels: np.ndarray) -> Array:
    """a and b of a photograph, [2, n, W] or what broadcasts to that."""
    if pixels.shape[2] == 1:
        return np.zeros((2, 1, 1), np.float32)
    lab = srgb_to_lab(pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max), axis=-1)
    return np.moveaxis(lab[..., 1:], -1, 0)


def _encode(linear: Array, lightness: Array, out: np.ndarray) -> None:
    """Linear light [3, ...] as pixels [..., 3]; it is overwritten. In 8 bits by the curve, in 16 by the formula."""
    if out.dtype == np.uint8:
        index = np.rint(linear.T * np.float32(STEPS) + BELOW).clip(0, CURVE - 1).astype(np.uint16)
        _curve().take(index, out=out)
        return
    squeeze(linear, lightness)
    for channel, plane in enumerate(linear):
        np.minimum(plane, np.float32(1), out=plane)
        np.maximum(plane, np.float32(0), out=plane)
        line = np.minimum(plane, _DARK)
        line -= _DARK
        line *= np.float32(12.92)
        np.maximum(plane, _DARK, out=plane)
        np.power(plane, np.float32(1 / 2.4), out=plane)
        plane *= 1 + _ALPHA
        plane += line
        plane -= _ALPHA
        plane *= np.float32(65535)
        plane += np.float32(0.5)
        np.copyto(out[..., channel], plane, casting="unsafe")


@cache
def _curve() -> NDArray[np.uint8]:
    """8-bit sRGB of linear light in STEPS, BELOW of them being 0."""
    light = (np.arange(CURVE) - BELOW) / STEPS
    table: NDArray[np.uint8] = np.rint(linear_to_srgb(light.clip(0, 1)) * 255).astype(np.uint8)
    return table


def _at_ends(index: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Which pixels have an index at either end of the curve."""
    turned = index.reshape(-1) + np.uint16(1)  # the largest number and 1 are 0
    if turned.min(initial=2) > 1:
        return _NONE
    pixels = np.flatnonzero(turned < 2) // 3
    return pixels[np.diff(pixels, prepend=-1) > 0]
