"""Several ways to color the same photographs, measured against their originals: one table, intervals, differences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation.bootstrap import intervals, paired
from photochrom.evaluation.measures import MEASURES, PhotoSums, summarize
from photochrom.studies.folder import Table

Pixels = NDArray[np.uint8]

COLUMNS = ("auc", "auc_bins", "rmse_alpha_beta", "psnr", "colorful_ratio", "chroma_w1", "bleeding")
GRAY_TRUTH = "None of the photographs is in color, so there is nothing to measure against: pictures alone were drawn."


def compared(rows: Mapping[str, Sequence[PhotoSums]], measures: Sequence[str] = COLUMNS) -> dict[str, Any]:
    """Figures of each way by its name: the value of every measure of `measures` and its 95 % interval.

    `rows` holds the sums of the same photographs, in the same order, for each; {} where there are none.
    """
    if not any(map(len, rows.values())):
        return {}
    return {name: _figures(one, measures) for name, one in rows.items()}


def against_first(rows: Mapping[str, Sequence[PhotoSums]], measures: Sequence[str] = COLUMNS) -> dict[str, Any]:
    """The difference of each way from the first, with its 95 % interval and p, draws paired by photograph."""
    (_, base), *others = rows.items()
    if not base:
        return {}
    found = {}
    for name, one in others:
        differences = paired(one, base)
        found[name] = {key: differences[key]._asdict() for key in measures}
    return found


def comparison_table(heading: str, figures: Mapping[str, Any], measures: Sequence[str] = COLUMNS) -> Table:
    """A row a way, a column a measure."""
    rows = tuple((name, *(one[key]["value"] for key in measures)) for name, one in figures.items())
    return Table((heading, *measures), rows)


def legend(measures: Sequence[str] = COLUMNS) -> dict[str, dict[str, str]]:
    """What the measures are, for results.json."""
    return {key: MEASURES[key]._asdict() for key in measures}


def told_of_color(in_color: int, seen: int) -> list[str]:
    """What is to be said when some photographs, or all, are no truth."""
    if in_color == seen:
        return []
    return [f"{in_color} of {seen} photographs are in color; these alone were measured."] if in_color else [GRAY_TRUTH]


def _figures(rows: Sequence[PhotoSums], measures: Sequence[str]) -> dict[str, Any]:
    values, spread = summarize(rows), intervals(rows)
    return {key: {"value": values[key], "interval": list(spread[key])} for key in measures}
