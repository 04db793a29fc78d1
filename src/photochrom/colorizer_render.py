"""The picture that a prediction makes of a photograph, strip by strip: join, gamut, sRGB. Never all of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from photochrom.color import linear_to_srgb, srgb_to_lab
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
from photochrom.cores import in_order
from photochrom.join import Join
from photochrom.photo import Photo
from photochrom.photo.lightness import light

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
    _benches: SimpleQueue[Bench] = field(default_factory=SimpleQueue)

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
        a, b = self.joined.rows(top, top + rows, level, planes[2:8])
        if self.strength != 1:
            for plane, own in zip((a, b), _own_colors(pixels), strict=True):
                plane -= own
                plane *= np.float32(self.strength)
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


def _own_colors(pixels: np.ndarray) -> tuple[Array | float, Array | float]:
    if pixels.shape[2] == 1:
        return 0.0, 0.0
    lab = srgb_to_lab(pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max))
    return lab[..., 1], lab[..., 2]


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
