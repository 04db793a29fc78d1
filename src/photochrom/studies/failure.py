"""Where a model is likely to fail: the darkest photographs, those it is least sure of, those that bleed, and, where the
truth is known, those that it mistakes most.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.errors import ModelError
from photochrom.evaluation.measures import measure
from photochrom.prediction import Prediction
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.photographs import Gathering, Pixels, Subject, grayed


class Pictures(NamedTuple):
    """Of one photograph."""

    gray: Pixels
    colored: Pixels
    original: Pixels | None  # where it is in color


@dataclass(frozen=True, eq=False)
class Case:
    """One photograph and what it says about failing; its pictures while it is among the worst of some kind.

    lightness    mean L*
    uncertainty  mean entropy of the predicted distributions, nats; None where the model predicts none
    bleeding     change of ab where the lightness has no edge, Lab units a pixel
    error        100 - AuC against the photograph's own colors, percent; None where it has none
    """

    name: str
    pictures: Pictures | None
    lightness: float
    uncertainty: float | None
    bleeding: float
    error: float | None


KINDS: dict[str, tuple[str, Callable[[Case], float | None]]] = {  # the greater the worse
    "darkest": ("L* {:.0f}", lambda case: -case.lightness),
    "most uncertain": ("{:.2f} nats", lambda case: case.uncertainty),
    "most bled": ("{:.2f} a pixel", lambda case: case.bleeding),
    "most mistaken": ("AuC {:.1f} %", lambda case: case.error),
}

EVERY = 64  # photographs between two times that pictures are forgotten
NO_DISTRIBUTIONS = "The model predicts no distributions, so photographs cannot be told apart by its uncertainty."


def study(photographs: Gathering, colorizer: Colorizer, folder: Folder, show: int) -> Findings:
    """Color every photograph and show the `show` worst of each kind, with numbers."""
    cases: list[Case] = []
    for number, subject in enumerate(photographs, 1):
        cases.append(judged(subject, colorizer))
        if number % EVERY == 0:
            cases = without_pictures(cases, show)
    ranked = {kind: worst(cases, sign)[:show] for kind, (_, sign) in KINDS.items()}
    ranked = {kind: found for kind, found in ranked.items() if found}
    for kind, found in ranked.items():
        _draw(kind, found, folder)
    rows = tuple(
        (kind, number, case.name, _shown(kind, case))
        for kind, found in ranked.items()
        for number, case in enumerate(found, 1)
    )
    missing = [] if "most uncertain" in ranked else [NO_DISTRIBUTIONS]
    figures = {
        "photographs": [_numbers(case) for case in cases],
        "worst": {kind: [case.name for case in found] for kind, found in ranked.items()},
        "correlation_with_error": _correlations(cases),
    }
    return Findings(figures, Table(("kind", "place", "photograph", "measure"), rows), [*photographs.notes, *missing])


def judged(subject: Subject, colorizer: Colorizer) -> Case:
    """Color one photograph and measure what tells of failing."""
    photo = subject.photo
    prediction = colorizer.predict(photo)
    colored = colorizer.render(photo, prediction).pixels
    numbers = measure(subject.pixels, colored, subject.name).numbers
    original = subject.pixels if subject.is_colored else None
    return Case(
        subject.name,
        Pictures(grayed(subject.pixels), colored, original),
        float(photo.lightness().mean()),
        uncertainty(prediction),
        numbers["edges_astray"] / numbers["pixels"],
        None if original is None else 100 - numbers["auc"],
    )


def uncertainty(prediction: Prediction) -> float | None:
    """Mean entropy over the grid, nats; None for a representation without distributions."""
    try:
        return float(prediction.entropy().mean())
    except ModelError:
        return None


def without_pictures(cases: list[Case], show: int) -> list[Case]:
    """The same, pictures kept only of the `show` worst of each kind: all of them would fill the memory."""
    kept = {id(case) for _, sign in KINDS.values() for case in worst(cases, sign)[:show]}
    return [case if id(case) in kept else replace(case, pictures=None) for case in cases]


def worst(cases: list[Case], sign: Callable[[Case], float | None]) -> list[Case]:
    """Worst first; those that the sign says nothing about are left out."""
    known = [(value, case) for case in cases if (value := sign(case)) is not None]
    return [case for _, case in sorted(known, key=lambda pair: -pair[0])]


def _draw(kind: str, found: list[Case], folder: Folder) -> None:
    shown = [(case, case.pictures) for case in found if case.pictures is not None]
    rows = [
        [Cell(pictures.gray, PurePath(case.name).stem) for case, pictures in shown],
        [Cell(pictures.colored, _shown(kind, case)) for case, pictures in shown],
    ]
    labels = ["gray", "colored"]
    if any(pictures.original is not None for _, pictures in shown):
        rows.append([Cell(pictures.original) for _, pictures in shown])
        labels.append("original")
    folder.draw(picture_grid(rows, (), labels), f"failure-{kind.replace(' ', '-')}")


def _shown(kind: str, case: Case) -> str:
    form, sign = KINDS[kind]
    value = sign(case)
    assert value is not None  # those without are not in the ranking
    return form.format({"darkest": -value, "most mistaken": 100 - value}.get(kind, value))


def _numbers(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "lightness": case.lightness,
        "entropy": case.uncertainty,
        "bleeding": case.bleeding,
        "error": case.error,
    }


def _correlations(cases: list[Case]) -> dict[str, float]:
    """Spearman's rank correlation of each warning sign with the error, over photographs in color."""
    known = [case for case in cases if case.error is not None]
    if len(known) < 3:
        return {}
    errors = [case.error for case in known]
    signs = {"lightness": [case.lightness for case in known], "bleeding": [case.bleeding for case in known]}
    if all(case.uncertainty is not None for case in known):
        signs["entropy"] = [float(case.uncertainty or 0) for case in known]
    return {name: rank_correlation(values, errors) for name, values in signs.items()}


def rank_correlation(one: Any, other: Any) -> float:
    """Spearman's: the correlation of the ranks, ties at the mean of theirs."""
    first, second = (_ranks(np.asarray(values, float)) for values in (one, other))
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[place]
    return ranks
