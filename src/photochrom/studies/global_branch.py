"""What a photograph as a whole tells the network: with it, without it, with another's (Iizuka 2016).

Either two models, one trained without the global branch, or one model whose style input is given the photograph
itself, an even gray that says nothing, or another photograph.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.errors import StudyError
from photochrom.evaluation.measures_color import ab_error, lab_of
from photochrom.photo import Photo
from photochrom.studies.comparison import against_first, compared, comparison_table, legend, told_of_color
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.gallery import Way, means, visit
from photochrom.studies.photographs import Gathering, Pixels, Subject, gray_of

NEUTRAL = 50.0  # L* of a photograph that says nothing about itself
STYLE = 224


def ways(colorizer: Colorizer) -> dict[str, Way]:
    """One model with the photograph's own whole, with an even gray, and with the photograph before in the list."""
    if not takes_style(colorizer):
        raise StudyError(
            f"The model {colorizer.model.card.name} takes no style, so nothing can be taken away from it; "
            f"give a second model that was trained without it: --without MODEL."
        )
    neutral = Photo.from_array(gray_of(np.full((STYLE, STYLE), NEUTRAL, np.float32)))
    other = _Before()
    return {
        "own": lambda subject: colorizer(subject.photo).pixels,
        "neutral": lambda subject: colorizer(subject.photo, style=neutral).pixels,
        "another's": lambda subject: colorizer(subject.photo, style=other(subject)).pixels,
    }


def two_models(with_it: Colorizer, without: Colorizer) -> dict[str, Way]:
    """A model and one trained without the global branch."""
    return {
        "with": lambda subject: with_it(subject.photo).pixels,
        "without": lambda subject: without(subject.photo).pixels,
    }


def takes_style(colorizer: Colorizer) -> bool:
    """Whether the network has an input for another photograph's mood."""
    return "style" in {one.name for one in colorizer.model.session.get_inputs()}


def study(photographs: Gathering, conditions: Mapping[str, Way], folder: Folder, show: int) -> Findings:
    """Color every photograph under every condition; pictures, measures, and how far colors move from the first."""
    moves: dict[str, list[float]] = {name: [] for name in list(conditions)[1:]}
    found = visit(photographs, _watched(conditions, moves), show)
    found.draw(folder, "global-pictures")
    figures = compared(found.measured)
    vivid, moved = means(found.vivid), means(moves)
    if figures:
        table = comparison_table("condition", figures)
    else:
        rows = tuple((name, vivid[name], moved.get(name)) for name in conditions)
        table = Table(("condition", "colorful", "moves by"), rows)
    result: dict[str, Any] = {
        "photographs": found.seen,
        "in_color": found.in_color,
        "colorful": vivid,
        "moves_from_first": moved,
        "measures": figures,
        "against_the_first": against_first(found.measured),
        "legend": legend(),
    }
    return Findings(result, table, [*photographs.notes, *told_of_color(found.in_color, found.seen)])


def _watched(conditions: Mapping[str, Way], moves: dict[str, list[float]]) -> dict[str, Way]:
    """The same ways, noting the mean distance in ab of each from the first."""
    last: dict[str, Pixels] = {}

    def watched(name: str, way: Way) -> Way:
        def colored(subject: Subject) -> Pixels:
            result = way(subject)
            if name in moves:
                moves[name].append(ab_distance(last["first"], result))
            else:
                last["first"] = result
            return result

        return colored

    return {name: watched(name, way) for name, way in conditions.items()}


def ab_distance(one: Pixels, other: Pixels) -> float:
    """Mean distance in ab of two pictures, Lab units."""
    return float(ab_error(lab_of(one), lab_of(other)).mean())


class _Before:
    """The photograph that was colored before; the first one has none and stays its own."""

    def __init__(self) -> None:
        self.last: Photo | None = None

    def __call__(self, subject: Subject) -> Photo:
        style, self.last = self.last or subject.photo, subject.photo
        return style
