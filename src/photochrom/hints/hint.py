"""A hint as a value: a place and a color; and what it comes to at the lightness that the photograph has there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.color import fit_to_gamut, lab_to_srgb, srgb_to_lab
from photochrom.errors import HintError

Array = NDArray[np.float32]

TOLD = 0.01  # of the chroma, and 1 Lab unit: a loss beyond both is told
FARTHEST = 1e9  # pixels; also keeps numbers of a thousand digits out of the arithmetic
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Hint:
    """A color at a place of a photograph.

    x, y    pixels of the upright photograph, from the left and from the top; fractions are welcome
    color   sRGB, 8 bits. Only its a and b count: the photograph keeps its lightness

    HintError for numbers that can be neither a place nor a color.
    """

    x: float
    y: float
    color: tuple[int, int, int]

    def __post_init__(self) -> None:
        if not all(_is_place(one) for one in (self.x, self.y)):
            raise HintError(f"A hint lies at x, y in pixels, 0 or more, not at {self.x!r}, {self.y!r}.")
        color = tuple(self.color) if isinstance(self.color, Sequence) else ()
        if len(color) != 3 or not all(isinstance(one, int) and 0 <= one <= 255 for one in color):
            raise HintError(f"The color of a hint is three whole numbers from 0 to 255, not {self.color!r}.")

    @classmethod
    def parse(cls, text: str) -> "Hint":
        """The hint that "x,y,#rrggbb" says. HintError for anything else."""
        parts = [part.strip() for part in text.split(",")]
        try:
            x, y, color = parts
            return cls(float(x), float(y), color_of(color))
        except (ValueError, HintError):
            raise HintError(f"A hint is written x,y,#rrggbb, such as 120,80,#c02020, not {text!r}.") from None

    @property
    def hex(self) -> str:
        """The color as "#rrggbb"."""
        return "#{:02x}{:02x}{:02x}".format(*self.color)

    @property
    def ab(self) -> Array:
        """a and b of the color, Lab units, float32 [2]."""
        out: Array = srgb_to_lab(np.array(self.color, np.float64) / 255)[1:].astype(np.float32)
        return out


class Placed(NamedTuple):
    """A hint on a grid over the photograph: its cell, and a and b that sRGB has at the lightness of that cell."""

    row: int
    column: int
    ab: Array


def place(hints: Sequence[Hint], size: tuple[int, int], lightness: Array) -> tuple[list[Placed], tuple[str, ...]]:
    """Hints on the grid of `lightness` [h, w], L* of a photograph of `size` (height, width), and what is to be told.

    Where sRGB has not that much chroma at the lightness of the cell, it is reduced, and a sentence says so. HintError
    for a hint outside of the photograph.
    """
    placed, notes = [], []
    for hint in hints:
        row, column = cell_of(hint, size, lightness.shape)
        level = float(lightness[row, column])
        lab = fit_to_gamut(np.array([[level, *hint.ab]], np.float64))
        wanted, had = float(np.hypot(*hint.ab)), float(np.hypot(*lab[0, 1:]))
        if had < wanted - max(1, TOLD * wanted):
            notes.append(_reduced(hint, level, lab, had / wanted))
        placed.append(Placed(row, column, lab[0, 1:].astype(np.float32)))
    return placed, tuple(dict.fromkeys(notes))


def cell_of(hint: Hint, size: tuple[int, int], grid: tuple[int, ...]) -> tuple[int, int]:
    """(row, column) of a hint on a grid [h, w] over a photograph of `size`; HintError outside of the photograph."""
    height, width = size
    if not (hint.x < width and hint.y < height):
        raise HintError(
            f"The hint at {hint.x:g},{hint.y:g} lies outside of the photograph, which has {width} x {height} pixels."
        )
    return min(int(hint.y * grid[0] / height), grid[0] - 1), min(int(hint.x * grid[1] / width), grid[1] - 1)


def moved(hint: Hint, size: tuple[int, int], other: tuple[int, int]) -> Hint:
    """A hint of a photograph of `size` (height, width) at the same place of a copy of the `other` size."""
    return hint if size == other else replace(hint, x=hint.x * other[1] / size[1], y=hint.y * other[0] / size[0])


def refuse_another_shape(size: tuple[int, int], other: tuple[int, int], name: str) -> None:
    """HintError unless one size (height, width) is the other one made larger or smaller, give or take a pixel."""
    (height, width), (rows, columns) = sorted((size, other), key=lambda one: one[0] * one[1])
    if abs(rows * width / columns - height) > 1 and abs(columns * height / rows - width) > 1:
        raise HintError(
            f"{name}: these are hints for a photograph of {size[1]} x {size[0]} pixels, and this one is of another "
            f"shape: {other[1]} x {other[0]}."
        )


def color_of(text: str) -> tuple[int, int, int]:
    """The color that "#rrggbb" names; HintError for anything else."""
    if not isinstance(text, str) or not _COLOR.fullmatch(text):
        raise HintError(f"A color is written #rrggbb, such as #c02020, not {text!r}.")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < FARTHEST


def _reduced(hint: Hint, level: float, lab: NDArray[np.float64], share: float) -> str:
    shown = Hint(0, 0, tuple(np.rint(np.clip(lab_to_srgb(lab), 0, 1)[0] * 255).astype(int).tolist()))
    return (
        f"The hint {hint.hex} at {hint.x:g},{hint.y:g} is paler in the picture, as {shown.hex}: "
        f"at the lightness there (L* {level:.0f}) sRGB has {share:.0%} of its chroma."
    )
