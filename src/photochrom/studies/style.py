"""Photographs in the mood of others (Iizuka 2016): the global vector of one, the things of another."""

import numpy as np
from numpy.typing import NDArray

from photochrom.colorizer import Colorizer
from photochrom.errors import StudyError
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.global_branch import ab_distance, takes_style
from photochrom.studies.photographs import Gathering, distinct, grayed

Array = NDArray[np.float64]

MANY = 6  # styles that fit beside each other


def study(photographs: Gathering, styles: Gathering | None, colorizer: Colorizer, folder: Folder) -> Findings:
    """A grid: a row for each photograph, a column for each style; without styles, photographs are each other's."""
    if not takes_style(colorizer):
        raise StudyError(f"The model {colorizer.model.card.name} takes no style photograph; try another model.")
    count = len(photographs if styles is None else styles)
    if count > MANY:
        raise StudyError(f"{count} styles do not fit beside each other; give {MANY} at most, or --limit {MANY}.")
    subjects = list(photographs)
    moods = subjects if styles is None else list(styles)
    moves = np.zeros((len(subjects), len(moods)))
    shifts = np.zeros((len(subjects), len(moods), 3))
    rows = [[Cell(None), Cell(None), *(Cell(grayed(mood.pixels)) for mood in moods)]]
    for row, subject in enumerate(subjects):
        own = colorizer(subject.photo).pixels
        cells = [Cell(grayed(subject.pixels)), Cell(own)]
        for column, mood in enumerate(moods):
            colored = colorizer(subject.photo, style=mood.photo).pixels
            moves[row, column] = ab_distance(own, colored)
            shifts[row, column] = (colored.astype(np.float64) - own).mean((0, 1))
            cells.append(Cell(colored, "" if mood is subject else f"ab moves {moves[row, column]:.1f}"))
        rows.append(cells)
    names, styled = distinct([one.stem for one in subjects]), distinct([one.stem for one in moods])
    folder.draw(picture_grid(rows, ["gray", "its own mood", *styled], ["moods", *names]), "style-pictures")
    strange = np.array([[mood is not subject for mood in moods] for subject in subjects])
    return Findings(
        {"photographs": names, "styles": styled, "moves": moves, "rgb_shifts": shifts},
        Table(("style", "ab moves by", "R", "G", "B"), tuple(_line(*one) for one in zip(
            styled, moves.T, shifts.swapaxes(0, 1), strange.T, strict=True
        ))),
        photographs.notes,
    )  # fmt: skip


def _line(name: str, moves: Array, shifts: Array, strange: NDArray[np.bool_]) -> tuple[object, ...]:
    """A style's mean move and shift of R, G and B over the photographs but its own."""
    if not strange.any():
        return (name, None, None, None, None)
    return (name, float(moves[strange].mean()), *shifts[strange].mean(0).tolist())
