"""Rows in the colors of a join by NumPy: plane after plane, in place. What runs where the kernel was not compiled."""

from functools import cache
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from photochrom.color import linear_to_srgb
from photochrom.color_planes import (
    PLANES,
    Desk,
    Linear,
    desk_on,
    fitted,
    linear_from_lab,
    new_desk,
    outside,
    squeeze,
)
from photochrom.join import Join
from photochrom.photo.lightness import light, own_colors

Array = NDArray[np.float32]

BLOCK = 1 << 17  # pixels worked on at a time: short operations of several threads wait for the interpreter's lock
CURVE = 1 << 16  # entries of the table from linear light to 8 bits: a twentieth of the smallest step between them

_ALPHA = np.float32(0.055)  # IEC 61966-2-1
_DARK = np.float32(0.0031308)


class Bench:
    """The planes that a thread works on, BLOCK pixels or a row each: made once and used for every strip."""

    def __init__(self, pixels: int) -> None:
        self._index = np.empty(pixels, np.intp)
        self._floats = np.empty((2 + 6 + PLANES, pixels), np.float32)

    def index(self, rows: int, width: int) -> NDArray[np.intp]:
        """[rows, width]"""
        return self._index[: rows * width].reshape(rows, width)

    def planes(self, rows: int, width: int) -> Array:
        """[15, rows, width]"""
        count = rows * width
        return self._floats.reshape(-1)[: len(self._floats) * count].reshape(-1, rows, width)


class ByNumpy:
    """The colors of one join, mixed with the photograph's own where `strength` 0..1 is below 1. Threads share it."""

    def __init__(self, joined: Join, strength: float) -> None:
        self._joined, self._strength = joined, strength
        self._benches: SimpleQueue[Bench] = SimpleQueue()

    def rows(self, top: int, pixels: np.ndarray) -> np.ndarray:
        """The rows top.. of the picture, sRGB [n, W, 3], of the photograph's `pixels` [n, W, 1 or 3] there."""
        height, width, _ = pixels.shape
        out = np.empty((height, width, 3), pixels.dtype)
        step = max(1, BLOCK // width)
        bench = self._bench(step * width)
        misfits = []
        for start in range(0, height, step):
            part = slice(start, min(start + step, height))
            where, colors = self._block(top + start, pixels[part], out[part], bench)
            misfits.append((where + start * width, colors))
        self._benches.put(bench)
        _fit([where for where, _ in misfits], [colors for _, colors in misfits], out)
        return out

    def _bench(self, pixels: int) -> Bench:
        try:
            return self._benches.get_nowait()
        except Empty:
            return Bench(pixels)

    def _block(self, top: int, pixels: np.ndarray, out: np.ndarray, bench: Bench) -> tuple[NDArray[np.intp], Array]:
        """Write some rows; positions and L*, a, b, Y [4, n] of the pixels whose color is not in the gamut."""
        rows, width, _ = pixels.shape
        planes, index = bench.planes(rows, width), bench.index(rows, width)
        level, luminance, desk = planes[0], planes[1], desk_on(planes[8:])
        light(pixels, level, luminance, index, desk.spare)
        a, b = self._joined.rows(top, top + rows, level, planes[2:8])
        if self._strength != 1:
            for plane, own in zip((a, b), own_colors(pixels), strict=True):
                plane -= own
                plane *= np.float32(self._strength)
                plane += own
        linear = linear_from_lab(level, a, b, luminance, desk)
        where = outside(linear, desk)
        misfits = np.stack([plane.take(where) for plane in (level, a, b, luminance)])
        _encode(linear, luminance, out, index, desk)
        return where, misfits


def _fit(places: list[NDArray[np.intp]], colors: list[Array], out: np.ndarray) -> None:
    """Put the colors that were not in the gamut where they belong: all of a strip at once, for they are few."""
    where, (level, a, b, luminance) = np.concatenate(places), np.concatenate(colors, axis=1)
    if not where.size:
        return
    desk = new_desk(where.shape)
    linear = fitted(level, a, b, luminance, desk)
    pixels = np.empty((len(where), 3), out.dtype)
    _encode(linear, luminance, pixels, np.empty(where.shape, np.intp), desk)
    out.reshape(-1, 3)[where] = pixels


def _encode(linear: Linear, luminance: Array, out: np.ndarray, index: NDArray[np.intp], desk: Desk) -> None:
    """Linear light as pixels: 8 bits by a table, 16 by the formula, which is right to a hundredth of a step."""
    if out.dtype == np.uint8:
        table = _curve()
        for channel, plane in enumerate(linear):
            plane *= np.float32(CURVE)
            np.copyto(index, plane, casting="unsafe")
            out[..., channel] = table.take(index, mode="clip")
        return
    squeeze(linear, luminance, desk)
    spare = desk.spare
    for channel, plane in enumerate(linear):
        np.minimum(plane, np.float32(1), out=plane)
        np.maximum(plane, np.float32(0), out=plane)
        np.minimum(plane, _DARK, out=spare)
        spare -= _DARK
        spare *= np.float32(12.92)
        np.maximum(plane, _DARK, out=plane)
        np.power(plane, np.float32(1 / 2.4), out=plane)
        plane *= 1 + _ALPHA
        plane += spare
        plane -= _ALPHA
        plane *= np.float32(65535)
        plane += np.float32(0.5)
        np.copyto(out[..., channel], plane, casting="unsafe")


@cache
def _curve() -> NDArray[np.uint8]:
    """8-bit sRGB of the middles of CURVE even steps of linear light from 0 to 1."""
    middles = (np.arange(CURVE) + 0.5) / CURVE
    table: NDArray[np.uint8] = np.rint(linear_to_srgb(middles) * 255).astype(np.uint8)
    return table
