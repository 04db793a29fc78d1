"""Whether pixels are in color beyond a tint: a sepia print, a toned one, a yellowed one are not.

A tint is a color that says nothing about things. Either one hue in every pixel, as in sepia and on yellowed paper, or a
color that follows from the lightness alone, as in toned prints. A pixel speaks against a tint when it is further from
it than APART; more than a SHARE of such pixels, and the photograph is in color. (Chosen on 100 color photographs
and on sepia, selenium and split tones laid over them: docs/lab.md.)
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from photochrom.color import srgb_to_lab
from photochrom.cores import cores
from photochrom.photo.shrink import shrunk

SIDE = 128  # pixels of the copy that is looked at: grain is averaged away
APART = 6.0  # Lab units: what JPEG and the grain of a color scan do to a gray picture stays below
SHARE = 0.02
LEVELS = 20  # of L*, in each of which a toned print has one color


def is_colored(strips: Iterable[np.ndarray], size: tuple[int, int]) -> bool:
    """Whether an sRGB picture of `size`, given in strips of rows [n, W, 3], is in color beyond a tint."""
    scale = min(SIDE / max(size), 1)
    height, width = (max(1, round(side * scale)) for side in size)
    small = shrunk(strips, size, height, width, _shares, cores())
    lightness, a, b = srgb_to_lab(small.reshape(-1, 3)).T
    ab = np.stack([a, b])
    return bool(min(_share(_from_one_hue(ab)), _share(_from_toning(lightness, ab))) > SHARE)


def _shares(pixels: np.ndarray) -> NDArray[np.float32]:
    values: NDArray[np.float32] = pixels.astype(np.float32)
    values /= np.float32(np.iinfo(pixels.dtype).max)
    return values


def _share(distance: NDArray[np.floating]) -> float:
    return float(np.mean(distance > APART))


def _from_one_hue(ab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Distances from the half line of one hue: that of the mean color."""
    mean = ab.mean(axis=1)
    along = mean / max(float(np.hypot(*mean)), 1e-6)
    forward = np.maximum(along @ ab, 0)
    distance: NDArray[np.floating] = np.hypot(*(ab - along[:, None] * forward))
    return distance


def _from_toning(lightness: NDArray[np.floating], ab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Distances from the median color of the pixels as light."""
    level = np.clip(lightness * (LEVELS / 100), 0, LEVELS - 1).astype(int)
    center = np.zeros((2, LEVELS))
    for one in np.unique(level):
        center[:, one] = np.median(ab[:, level == one], axis=1)
    distance: NDArray[np.floating] = np.hypot(*(ab - center[:, level]))
    return distance
