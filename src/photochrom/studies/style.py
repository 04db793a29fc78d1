"""Photographs in the mood of others (Iizuka 2016): the global vector of one, the things of another."""

from typing import Any

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.errors import StudyError
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.global_branch import ab_distance, takes_style
from photochrom.studies.photographs import Gathering, Subject, grayed

MANY = 6  # styles that fit beside each other


def study(photographs: Gathering, styles: Gathering | None, colorizer: Colorizer, folder: Folder) -> Findings:
    """A grid: a row for each photograph, a column for each style; without styles, photographs are each other's."""
    if not takes_style(colorizer):
        raise StudyError(f"The model {colorizer.model.card.name} takes no style photograph; try another model.")
    subjects = list(photographs)
    moods = subjects if styles is None else list(styles)
    if len(moods) > MANY:
        raise StudyError(f"{len(moods)} styles do not fit beside each other; give {MANY} at most, or --limit {MANY}.")
    moves: dict[str, dict[str, float]] = {}
    casts: dict[str, list[np.ndarray]] = {mood.stem: [] for mood in moods}
    rows = [[Cell(None), Cell(None), *(Cell(grayed(mood.pixels)) for mood in moods)]]
    for subject in subjects:
        own = colorizer(subject.photo).pixels
        cells = [Cell(grayed(subject.pixels)), Cell(own)]
        moves[subject.stem] = {}
        for mood in moods:
            colored = colorizer(subject.photo, style=mood.photo).pixels
            away = ab_distance(own, colored)
            moves[subject.stem][mood.stem] = away
            casts[mood.stem].append((colored.astype(np.float64) - own).mean((0, 1)))
            cells.append(Cell(colored, "" if mood is subject else f"ab moves {away:.1f}"))
        rows.append(cells)
    headings = ["gray", "its own mood", *(mood.stem for mood in moods)]
    folder.draw(picture_grid(rows, headings, ["moods", *(one.stem for one in subjects)]), "style-pictures")
    return _findings(subjects, moods, moves, casts, photographs)


def _findings(
    subjects: list[Subject],
    moods: list[Subject],
    moves: dict[str, dict[str, float]],
    casts: dict[str, list[np.ndarray]],
    photographs: Gathering,
) -> Findings:
    strangers = {
        mood.stem: [moves[one.stem][mood.stem] for one in subjects if one is not mood] or [0.0] for mood in moods
    }
    summary: dict[str, Any] = {
        name: {"moves": float(np.mean(values)), "rgb_shift": np.mean(casts[name], axis=0)}
        for name, values in strangers.items()
    }
    rows = tuple((name, one["moves"], *(float(value) for value in one["rgb_shift"])) for name, one in summary.items())
    figures = {"photographs": [one.stem for one in subjects], "styles": summary, "moves": moves}
    return Findings(figures, Table(("style", "ab moves by", "R", "G", "B"), rows), photographs.notes)
