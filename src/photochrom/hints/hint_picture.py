"""Hints as a picture: transparent, painted over the photograph with any program, one hint a cell that paint touches."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import HintError
from photochrom.hints.hint import Hint, moved, refuse_another_shape
from photochrom.photo import Photo

CELLS = 64  # along the shorter side: about the grid on which colors are predicted
PAINTED = 1 / 2  # of full opacity: less is the soft rim of a brush


def hints_from_picture(path: Path | str, size: tuple[int, int]) -> list[Hint]:
    """The hints in a picture with transparency that was painted over the photograph of `size` (height, width).

    A hint lies in each cell of a grid of CELLS along the shorter side that paint touches, at the painted pixel nearest
    to the middle of the paint there, and has its color. On a copy of the photograph of another size, they keep their
    places. PhotoError for a file that can't be read; HintError without transparency, without paint, and for another
    shape than the photograph's.
    """
    photo = Photo.read(path)
    if photo.alpha is None:
        raise HintError(
            f"{path} has no transparency: paint on a transparent layer over the photograph, and save as PNG."
        )
    refuse_another_shape(photo.size, size, str(path))
    rows, columns = np.nonzero(photo.alpha >= PAINTED * np.iinfo(photo.dtype).max)
    if not rows.size:
        raise HintError(f"{path} is transparent all over: there is no paint in it.")
    side = max(1.0, min(photo.size) / CELLS)
    chosen = _nearest_to_the_middle(rows, columns, side, photo.width)
    colors = photo.pixels[rows[chosen], columns[chosen]].astype(np.uint32)
    colors = colors if photo.dtype == np.uint8 else (colors + 128) // 257
    hints = [
        Hint(float(column) + 0.5, float(row) + 0.5, (int(one[0]), int(one[len(one) // 2]), int(one[-1])))
        for row, column, one in zip(rows[chosen], columns[chosen], colors, strict=True)
    ]
    return [moved(hint, photo.size, size) for hint in hints]


def _nearest_to_the_middle(
    rows: NDArray[np.intp], columns: NDArray[np.intp], side: float, width: int
) -> NDArray[np.intp]:
    """Of the places in each cell of `side` pixels, which one is nearest to their middle."""
    across = int(width / side) + 1
    cell = (rows / side).astype(np.intp) * across + (columns / side).astype(np.intp)
    _, cell, counts = np.unique(cell, return_inverse=True, return_counts=True)
    distance = np.hypot(*(one - (np.bincount(cell, one) / counts)[cell] for one in (rows, columns)))
    order = np.lexsort((distance, cell))
    first = np.ones(len(order), bool)
    first[1:] = np.diff(cell[order]) > 0
    return order[first]
