"""The ColorChecker (McCamy, Marcus & Davidson 1976; then by Macbeth), drawn from its published sRGB values.

Zhang 2016, Fig. 12, gives it to the network in gray: colors that nothing but their lightness tells apart can't be found
again, so what comes out says which colors a network prefers at a lightness, and how much it leans on what things are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

# sRGB, 8 bits, as the manufacturer gives them (quoted in D. Pascale, RGB coordinates of the Macbeth ColorChecker).
PATCHES = {
    "dark skin": (115, 82, 68),
    "light skin": (194, 150, 130),
    "blue sky": (98, 122, 157),
    "foliage": (87, 108, 67),
    "blue flower": (133, 128, 177),
    "bluish green": (103, 189, 170),
    "orange": (214, 126, 44),
    "purplish blue": (80, 91, 166),
    "moderate red": (193, 90, 99),
    "purple": (94, 60, 108),
    "yellow green": (157, 188, 64),
    "orange yellow": (224, 163, 46),
    "blue": (56, 61, 150),
    "green": (70, 148, 73),
    "red": (175, 54, 60),
    "yellow": (231, 199, 31),
    "magenta": (187, 86, 149),
    "cyan": (8, 133, 161),
    "white": (243, 243, 242),
    "neutral 8": (200, 200, 200),
    "neutral 6.5": (160, 160, 160),
    "neutral 5": (122, 122, 121),
    "neutral 3.5": (85, 85, 85),
    "black": (52, 52, 52),
}  # fmt: skip
ROWS, COLUMNS = 4, 6
PATCH, FRAME = 56, 12  # pixels: a patch, and the black frame around each
BLACK = (30, 30, 30)


class Place(NamedTuple):
    """The inside of a patch in the drawn chart, a tenth away from its edges."""

    rows: slice
    columns: slice


def draw_chart() -> Pixels:
    """The chart in its published colors, uint8 284 x 420 x 3."""
    height, width = (count * (PATCH + FRAME) + FRAME for count in (ROWS, COLUMNS))
    chart = np.empty((height, width, 3), np.uint8)
    chart[:] = BLACK
    for number, color in enumerate(PATCHES.values()):
        row, column = divmod(number, COLUMNS)
        top, left = (FRAME + index * (PATCH + FRAME) for index in (row, column))
        chart[top : top + PATCH, left : left + PATCH] = color
    return chart


def places() -> dict[str, Place]:
    """Where each patch lies."""
    inset = PATCH // 10
    found = {}
    for number, name in enumerate(PATCHES):
        row, column = divmod(number, COLUMNS)
        top, left = (FRAME + index * (PATCH + FRAME) + inset for index in (row, column))
        size = PATCH - 2 * inset
        found[name] = Place(slice(top, top + size), slice(left, left + size))
    return found
