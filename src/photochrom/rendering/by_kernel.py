"""Rows in the colors of a join by the compiled kernel: one pass, and Python's lock is free meanwhile.

It gives what `by_numpy` gives, but for a step of rounding here and there.
"""

import ctypes
from functools import cache

import numpy as np

from photochrom import kernel
from photochrom.color import linear_to_srgb
from photochrom.color_planes import MATRIX, TOLERANCE, gamut_boundary
from photochrom.join import Join
from photochrom.photo.lightness import TABLE_STEPS, kernel_light, own_colors


class ByKernel:
    """The colors of one join, mixed with the photograph's own where `strength` 0..1 is below 1. Threads share it.

    dtype   of the photograph, uint8 or uint16
    """

    def __init__(self, library: ctypes.CDLL, joined: Join, strength: float, dtype: np.dtype) -> None:
        self._library, self._strength = library, strength
        self._light, self._colors = kernel_light(dtype), _colors(dtype)
        self._lines = kernel.Lines(joined.planes, *joined.taps)

    def rows(self, top: int, pixels: np.ndarray) -> np.ndarray:
        """The rows top.. of the picture, sRGB [n, W, 3], of the photograph's `pixels` [n, W, 1 or 3] there."""
        own = None if self._strength == 1 else own_colors(pixels)
        return kernel.render(self._library, self._light, self._colors, self._lines, pixels, top, own, self._strength)


@cache
def _colors(dtype: np.dtype) -> kernel.Colors:
    """Linearly between TABLE_STEPS entries, right to a thousandth of a step at 8 bits, to a thirtieth at 16."""
    steps, top = TABLE_STEPS[dtype.itemsize], np.iinfo(dtype).max
    curve = (linear_to_srgb(np.minimum(np.arange(steps + 2) / steps, 1.0)) * top).astype(np.float32)
    return kernel.Colors(curve, gamut_boundary(), MATRIX, TOLERANCE)
