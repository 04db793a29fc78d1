"""Lightness and rendering at full size, compiled from `kernel.c`, where the installation found a C compiler.

Here only addresses are handed over. What the tables hold is said where they are made: `photo/lightness.py` and
`rendering/by_kernel.py`. Calls let go of Python's lock.
"""

import ctypes
import hashlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_SOURCE = Path(__file__).with_suffix(".c")
_Floats, _Places = ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_ssize_t)


class Light(ctypes.Structure):
    """What the stored values of a pixel mean.

    lightness   [values] L* of a gray pixel
    luminance   [4, values] what red, green, blue and gray bring to Y
    level       [steps + 2] L* of Y = 0, 1 / steps, ... 1, 1
    """

    _fields_ = (
        ("lightness", _Floats),
        ("luminance", _Floats),
        ("level", _Floats),
        ("top", ctypes.c_int32),
        ("steps", ctypes.c_int32),
    )

    def __init__(self, lightness: Array, luminance: Array, level: Array) -> None:
        self.held = lightness, luminance, level = _solid(lightness), _solid(luminance), _solid(level)
        super().__init__(_floats(lightness), _floats(luminance), _floats(level), len(lightness) - 1, len(level) - 2)


class Colors(ctypes.Structure):
    """Lab to sRGB.

    curve       [steps + 2] the value to store of linear light 0, 1 / steps, ... 1, 1
    boundary    [levels, hues + 1] the largest |a| + |b| in the gamut, see `color_planes.gamut_boundary`
    matrix      [3, 3] linear sRGB of XYZ relative to white
    tolerance   linear light above 1 that is in the gamut still
    """

    _fields_ = (
        ("curve", _Floats),
        ("boundary", _Floats),
        ("steps", ctypes.c_int32),
        ("levels", ctypes.c_int32),
        ("hues", ctypes.c_int32),
        ("matrix", ctypes.c_float * 9),
        ("tolerance", ctypes.c_float),
    )

    def __init__(self, curve: Array, boundary: Array, matrix: Array, tolerance: float) -> None:
        self.held = curve, boundary = _solid(curve), _solid(boundary)
        levels, hues = boundary.shape[0], boundary.shape[1] - 1
        weights = (ctypes.c_float * 9)(*matrix.ravel().tolist())
        super().__init__(_floats(curve), _floats(boundary), len(curve) - 2, levels, hues, weights, tolerance)


class Lines(ctypes.Structure):
    """The join of one picture, see `join.Join`: its planes, enlarged along the width, and which rows of them to mix."""

    _fields_ = (
        ("planes", _Floats),
        ("low", _Places),
        ("high", _Places),
        ("share", _Floats),
        ("grid", ctypes.c_ssize_t),
        ("width", ctypes.c_ssize_t),
    )

    def __init__(self, planes: Array, low: NDArray[np.intp], high: NDArray[np.intp], share: Array) -> None:
        self.held = planes, low, high, share = _solid(planes), _solid(low), _solid(high), _solid(share)
        places = [rows.ctypes.data_as(_Places) for rows in (low, high)]
        self.height = len(share)
        super().__init__(_floats(planes), *places, _floats(share), *planes.shape[1:])


@cache
def library() -> ctypes.CDLL | None:
    """The compiled kernel, or None where it was not compiled, or from another state of its source."""
    try:
        found = ctypes.CDLL(str(_SOURCE.with_name("libkernel.so")))
        mark = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(found, "photochrom_source")))
        if mark.decode() != hashlib.sha256(_SOURCE.read_bytes()).hexdigest():
            return None
    except (OSError, ValueError):
        return None
    number, place, address = ctypes.c_int, ctypes.c_ssize_t, ctypes.c_void_p
    found.photochrom_lightness.argtypes = (ctypes.POINTER(Light), address, number, number, place, address)
    found.photochrom_lightness.restype = None
    found.photochrom_row_sums.argtypes = (address, *[place] * 6, address)
    found.photochrom_row_sums.restype = None
    shared = (ctypes.POINTER(Light), ctypes.POINTER(Colors), ctypes.POINTER(Lines))
    strip = (address, number, number, place, place, address, ctypes.c_float, address)
    found.photochrom_render.argtypes = (*shared, *strip)
    found.photochrom_render.restype = None
    return found


def lightness(kernel: ctypes.CDLL, light: Light, pixels: np.ndarray) -> Array:
    """L* [n, W] of pixels [n, W, 1 or 3], uint8 or uint16."""
    pixels = _pixels(pixels)
    level = np.empty(pixels.shape[:2], np.float32)
    wide, bands = pixels.itemsize == 2, pixels.shape[2]
    kernel.photochrom_lightness(light, pixels.ctypes.data, wide, bands, level.size, level.ctypes.data)
    return level


def row_sums(kernel: ctypes.CDLL, values: Array, top: int, present: int, rows: int, sums: Array, begin: int) -> None:
    """Add values [n, ...], rows top.. of `present`, to `sums` of `rows` fewer ones, from the one at `begin` on."""
    values = _solid(values, np.float32)
    count, width = len(values), values[0].size
    kernel.photochrom_row_sums(values.ctypes.data, top, count, width, present, rows, begin, sums.ctypes.data)


def render(
    kernel: ctypes.CDLL,
    light: Light,
    colors: Colors,
    lines: Lines,
    pixels: np.ndarray,
    top: int,
    own: Array | None,
    strength: float,
) -> np.ndarray:
    """Rows top.. of a photograph, pixels [n, W, 1 or 3], in the colors of its join: sRGB [n, W, 3] of the same depth.

    own         the photograph's own a and b, [2, n, W]; the picture's are a mixture, `strength` 0..1 being the join's
                share. None: the join's alone.
    """
    pixels = _pixels(pixels)
    rows, width, bands = pixels.shape
    own = None if own is None else _solid(own, np.float32)
    if own is not None and own.shape != (2, rows, width):
        raise ValueError(f"a and b of {own.shape} are not of pixels {pixels.shape}")
    if width != lines.width or not 0 <= top <= top + rows <= lines.height:
        raise ValueError(f"rows {top}..{top + rows}, {width} wide, are not of the join, {lines.width} wide")
    out = np.empty((rows, width, 3), pixels.dtype)
    given = None if own is None else own.ctypes.data
    wide = pixels.itemsize == 2
    kernel.photochrom_render(
        light, colors, lines, pixels.ctypes.data, wide, bands, top, rows, given, strength, out.ctypes.data
    )
    return out


def _pixels(array: np.ndarray) -> np.ndarray:
    """As C reads them; ValueError for what it would take for something else."""
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in (np.uint8, np.uint16) or array.ndim != 3 or array.shape[2] not in (1, 3):
        raise ValueError(f"pixels are uint8 or uint16, [n, W, 1 or 3], not {array.dtype} {array.shape}")
    return _solid(array)


def _solid(array: np.ndarray, dtype: type | None = None) -> np.ndarray:
    return np.require(array, dtype, ["C_CONTIGUOUS", "ALIGNED"])


def _floats(array: Array) -> "ctypes._Pointer[ctypes.c_float]":
    if array.dtype != np.float32:
        raise ValueError(f"tables are float32, not {array.dtype}")
    return array.ctypes.data_as(_Floats)
