"""The lightness of pixels as a photograph stores them, by tables: 256 or 65,536 values know their light beforehand."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from photochrom import kernel
from photochrom.color import LUMA, XYZ_FROM_LINEAR, gray_to_lightness, srgb_to_lab, srgb_to_linear
from photochrom.color_planes import lightness_from

Array = NDArray[np.float32]


TABLE_STEPS = {1: 1 << 14, 2: 1 << 16}  # of a function of linear light 0..1, by bytes a value

KINDS = {  # what a network may see -> its weights of R, G and B; L* has none
    "lab": (),  # 0..100
    "intensity": (1 / 3, 1 / 3, 1 / 3),  # 0..1, Larsson 2016
    "luma": LUMA,  # 0..1, Iizuka 2016
}


@cache
def lightness_table(dtype: np.dtype) -> Array:
    """L* of each value of a gray pixel, float32."""
    top = np.iinfo(dtype).max
    table: Array = gray_to_lightness(np.arange(top + 1) / top).astype(np.float32)
    return table


@cache
def luminance_tables(dtype: np.dtype) -> Array:
    """The part of Y 0..1 that each value brings, float32 [4, values]: of red, green, blue, and of a gray pixel."""
    top = np.iinfo(dtype).max
    light = srgb_to_linear(np.arange(top + 1) / top)
    weights = XYZ_FROM_LINEAR[1]
    return np.stack([weight * light for weight in (*weights, sum(weights))]).astype(np.float32)


@cache
def kernel_light(dtype: np.dtype) -> kernel.Light:
    """These tables as the kernel takes them, and L* of even steps of Y, between which it is right to 0.001."""
    steps = TABLE_STEPS[dtype.itemsize]
    luminance = np.minimum(np.arange(steps + 2, dtype=np.float32) / np.float32(steps), np.float32(1))
    level = lightness_from(luminance, np.empty_like(luminance), np.empty_like(luminance))
    return kernel.Light(lightness_table(dtype), luminance_tables(dtype), level)


def own_colors(pixels: np.ndarray) -> Array:
    """a and b of pixels [n, W, 1 or 3]: float32 [2, n, W]."""
    if pixels.shape[2] == 1:
        return np.zeros((2, *pixels.shape[:2]), np.float32)
    lab = srgb_to_lab(pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max))
    return np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0))


def as_gray(pixels: np.ndarray) -> np.ndarray | None:
    """The one channel [n, W] of pixels [n, W, 1 or 3] that are gray, stored so or as three equal channels."""
    if pixels.shape[2] == 1:
        return pixels[..., 0]
    green = pixels[..., 1]
    for part in (slice(0, 1), slice(None)):  # one row tells most photographs in color
        red, blue = pixels[part, :, 0], pixels[part, :, 2]
        if not (np.array_equal(red, green[part]) and np.array_equal(green[part], blue)):
            return None
    return green


def strip_lightness(pixels: np.ndarray, kind: str = "lab") -> Array:
    """float32 [n, W] of pixels [n, W, 1 or 3], of a kind in KINDS."""
    if kind not in KINDS:
        raise ValueError(f"lightness is one of {', '.join(KINDS)}, not {kind!r}")
    if kind != "lab":
        weights = np.array(KINDS[kind] if pixels.shape[2] == 3 else (1.0,), np.float32)
        weights /= np.float32(np.iinfo(pixels.dtype).max)
        mean: Array = np.dot(pixels.astype(np.float32), weights)
        return mean
    if (compiled := kernel.library()) is not None:
        return kernel.lightness(compiled, kernel_light(pixels.dtype), pixels)
    gray = as_gray(pixels)
    if gray is not None:
        looked_up: Array = lightness_table(pixels.dtype).take(gray)
        return looked_up
    level = np.empty(pixels.shape[:2], np.float32)
    light(pixels, level, np.empty_like(level), np.empty(level.shape, np.intp), np.empty_like(level))
    return level


def light(pixels: np.ndarray, level: Array, luminance: Array, index: NDArray[np.intp], spare: Array) -> None:
    """L* and Y of pixels [n, W, 1 or 3] into the planes `level` and `luminance`; the last two are to work on."""
    tables = luminance_tables(pixels.dtype)
    gray = as_gray(pixels)
    if gray is not None:
        np.copyto(index, gray)
        lightness_table(pixels.dtype).take(index, out=level, mode="clip")
        tables[3].take(index, out=luminance, mode="clip")
        return
    for channel in range(3):
        np.copyto(index, pixels[..., channel])
        tables[channel].take(index, out=spare if channel else luminance, mode="clip")
        if channel:
            luminance += spare
    lightness_from(luminance, level, spare)
