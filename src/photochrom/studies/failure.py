"""Where a model is likely to fail: the darkest photographs, those it is least sure of, those that bleed, and, where the
truth is known, those that it mistakes most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.errors import ModelError
from photochrom.evaluation.measures import measure
from photochrom.prediction import Prediction
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.photographs import Gathering, Pixels, Subject, grayed


@dataclass(frozen=True, eq=False)
class Case:
    """One photograph and what it says about failing.

    lightness    mean L*
    uncertainty  mean entropy of the predicted distributions, nats; None where the model predicts none
    bleeding     change of ab where the lightness has no edge, Lab units a pixel
    error        100 - AuC against the photograph's own colors, percent; None where it has none
    """

    subject: Subject
    colored: Pixels
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

NO_DISTRIBUTIONS = "The model predicts no distributions, so photographs cannot be told apart by its uncertainty."


def study(photographs: Gathering, colorizer: Colorizer, folder: Folder, show: int) -> Findings:
    """Color every photograph and show the `show` worst of each kind, with numbers."""
    cases = [judged(subject, colorizer) for subject in photographs]
    ranked = {kind: worst(cases, sign)[:show] for kind, (_, sign) in KINDS.items()}
    ranked = {kind: found for kind, found in ranked.items() if found}
    for kind, found in ranked.items():
        _draw(kind, found, folder)
    rows = tuple(
        (kind, number, case.subject.name, _shown(kind, case))
        for kind, found in ranked.items()
        for number, case in enumerate(found, 1)
    )
    missing = [] if "most uncertain" in ranked else [NO_DISTRIBUTIONS]
    figures = {
        "photographs": [_numbers(case) for case in cases],
        "worst": {kind: [case.subject.name for case in found] for kind, found in ranked.items()},
        "correlation_with_error": _correlations(cases),
    }
    return Findings(figures, Table(("kind", "place", "photograph", "measure"), rows), [*photographs.notes, *missing])


def judged(subject: Subject, colorizer: Colorizer) -> Case:
    """Color one photograph and measure what tells of failing."""
    photo = subject.photo
    prediction = colorizer.predict(photo)
    colored = colorizer.render(photo, prediction).pixels
    numbers = measure(subject.pixels, colored, subject.name).numbers
    return Case(
        subject,
        colored,
        float(photo.lightness().mean()),
        uncertainty(prediction),
        numbers["edges_astray"] / numbers["pixels"],
        100 - numbers["auc"] if subject.is_colored else None,
    )


def uncertainty(prediction: Prediction) -> float | None:
    """Mean entropy over the grid, nats; None for a representation without distributions."""
    try:
        return float(prediction.entropy().mean())
    except ModelError:
        return None


def worst(cases: list[Case], sign: Callable[[Case], float | None]) -> list[Case]:
    """Worst first; those that the sign says nothing about are left out."""
    known = [(value, case) for case in cases if (value := sign(case)) is not None]
    return [case for _, case in sorted(known, key=lambda pair: -pair[0])]


def _draw(kind: str, found: list[Case], folder: Folder) -> None:
    rows = [
        [Cell(grayed(case.subject.pixels), case.subject.stem) for case in found],
        [Cell(case.colored, _shown(kind, case)) for case in found],
    ]
    labels = ["gray", "colored"]
    if any(case.error is not None for case in found):
        rows.append([Cell(case.subject.pixels if case.error is not None else None) for case in found])
        labels.append("original")
    folder.draw(picture_grid(rows, (), labels), f"failure-{kind.replace(' ', '-')}")


def _shown(kind: str, case: Case) -> str:
    form, sign = KINDS[kind]
    value = sign(case)
    assert value is not None  # those without are not in the ranking
    return form.format({"darkest": -value, "most mistaken": 100 - value}.get(kind, value))


def _numbers(case: Case) -> dict[str, Any]:
    return {
        "name": case.subject.name,
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
