"""Bicubic resizing of pictures as Pillow does it, by which ImageNet's classifiers are fed: to within a level."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SHARPNESS = -0.5  # a of Keys 1981, as in Pillow
SUPPORT = 2.0  # pixels to each side that a new pixel looks at, times the reduction


def bicubic(pixels: Pixels, height: int, width: int) -> Pixels:
    """A picture uint8 H x W x 3 at another size; like Pillow's it is rounded to bytes after each axis."""
    wide = _bytes(np.einsum("ow,hwc->hoc", _weights(pixels.shape[1], width), pixels, optimize=True))
    return _bytes(np.einsum("oh,hwc->owc", _weights(pixels.shape[0], height), wide, optimize=True))


@lru_cache(maxsize=16)
def _weights(present: int, length: int) -> NDArray[np.float64]:
    """[length, present]: what each old pixel gives to each new one; a reduction widens the filter (no aliasing)."""
    scale = max(present / length, 1.0)
    center = (np.arange(length) + 0.5) * present / length
    distance = np.abs((np.arange(present) + 0.5 - center[:, None]) / scale)
    near = distance < 1
    weights = np.where(
        near,
        ((SHARPNESS + 2) * distance - (SHARPNESS + 3)) * distance * distance + 1,
        (((distance - 5) * distance + 8) * distance - 4) * SHARPNESS,
    )
    weights[distance >= SUPPORT] = 0
    normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalized


def _bytes(values: NDArray[np.float64]) -> Pixels:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
