"""How sure a figure is: bootstrap intervals over photographs, and paired comparisons (Efron & Tibshirani 1993).

A draw takes N of the N photographs with replacement and computes every figure from them anew, pooled figures as well:
photographs are what a test set samples from the world, pixels of one photograph are not independent. Draws weigh rows
of sums, so that all of them together are a few matrix products.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import EvaluationError
from photochrom.evaluation.measures import MEASURES
from photochrom.evaluation.measures_pool import Stack, Totals
from photochrom.evaluation.photo_sums import PhotoSums

Array = NDArray[np.float64]

LEVEL = (2.5, 97.5)  # percentiles of the draws: an interval of 95 %


class Paired(NamedTuple):
    """How two systems differ on the same photographs.

    `difference` is first minus second, of the figure itself, or of its distance from where it is best if that is a
    value (MEASURES: better "0", "1"). `low`, `high` hold 95 % of the draws' differences. `p` is two-sided: twice the
    smaller share of draws with a difference at most, or at least, 0, each share counted as (k + 1) / (draws + 1).
    """

    difference: float
    low: float
    high: float
    p: float


class Drawn(NamedTuple):
    """Every figure of a system, and of each draw [times]: all that intervals and comparisons need of its rows."""

    names: tuple[str, ...]
    """Of the photographs."""
    marks: Array
    """A number made of the colors of each original: tells whether two systems saw the same."""
    figures: dict[str, float]
    draws: dict[str, Array]


class Drawing:
    """Draws the figures of a system whose rows come a part at a time: memory does not grow with the photographs.

    Systems with as many photographs and the same seed get the same draws.
    """

    def __init__(self, photographs: int, times: int = 1000, seed: int = 0) -> None:
        self._counts = _counts(photographs, times, seed)
        self._every, self._draws = Totals(1), Totals(times)
        self._names: list[str] = []
        self._marks: list[Array] = []

    def add(self, rows: Sequence[PhotoSums]) -> None:
        """Take in the rows of the next photographs."""
        stack = Stack.of(rows)
        part = slice(len(self._names), len(self._names) + len(rows))
        self._every.add(stack, np.ones((1, len(rows))))
        self._draws.add(stack, self._counts[:, part].astype(np.float64))
        self._names += stack.names
        cells = stack.histograms["cells"]
        self._marks.append(cells @ np.arange(1.0, cells.shape[1] + 1))

    def finish(self) -> Drawn:
        """The figures, once all rows were taken in; EvaluationError if it was another number of them."""
        if len(self._names) != self._counts.shape[1]:
            raise EvaluationError(f"There are rows of {len(self._names)} of {self._counts.shape[1]} photographs.")
        figures = {name: float(values[0]) for name, values in self._every.figures().items()}
        return Drawn(tuple(self._names), np.concatenate(self._marks), figures, self._draws.figures())


def draw(rows: Sequence[PhotoSums], times: int = 1000, seed: int = 0) -> Drawn:
    """Figures of `times` draws of photographs; the same draws for every system with as many photographs.

    EvaluationError if there are no rows.
    """
    drawing = Drawing(len(rows), times, seed)
    drawing.add(rows)
    return drawing.finish()


def intervals_of(drawn: Drawn) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of every figure; draws that give no figure (NaN) are left out."""
    return {name: _interval(values) for name, values in drawn.draws.items()}


def compared(one: Drawn, other: Drawn) -> dict[str, Paired]:
    """Does the first differ from the second on the same photographs? Figures are subtracted draw by draw.

    EvaluationError if they are not of the same photographs in the same order.
    """
    if one.names != other.names or not np.array_equal(one.marks, other.marks):
        raise EvaluationError("A paired comparison needs the same photographs, in the same order, of both.")
    point = _differences(_as_draws(one.figures), _as_draws(other.figures))
    gaps = _differences(one.draws, other.draws)
    return {name: _paired(float(point[name][0]), values) for name, values in gaps.items()}


def intervals(rows: Sequence[PhotoSums], times: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of every figure of MEASURES, by `times` draws of photographs.

    Draws that give no figure (NaN) are left out. EvaluationError if there are no rows.
    """
    return intervals_of(draw(rows, times, seed))


def paired(
    rows_a: Sequence[PhotoSums], rows_b: Sequence[PhotoSums], times: int = 1000, seed: int = 0
) -> dict[str, Paired]:
    """Does A differ from B on the same photographs? The same draws for both, figures subtracted draw by draw.

    Rows must be of the same photographs in the same order (EvaluationError if the originals' sums differ).
    """
    return compared(draw(rows_a, times, seed), draw(rows_b, times, seed))


def mean_interval(values: Sequence[float] | Array, times: int = 1000, seed: int = 0) -> tuple[float, float]:
    """The same interval for the mean of any number a photograph: a perceptual distance, a right or wrong top-1."""
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or not numbers.size:
        raise EvaluationError("An interval needs one number a photograph, and one photograph at least.")
    return _interval(_draws_of_mean(numbers, times, seed))


def paired_means(
    values_a: Sequence[float] | Array, values_b: Sequence[float] | Array, times: int = 1000, seed: int = 0
) -> Paired:
    """The same comparison for the means of any two numbers a photograph, A minus B."""
    one, other = np.asarray(values_a, np.float64), np.asarray(values_b, np.float64)
    if one.shape != other.shape or one.ndim != 1 or not one.size:
        raise EvaluationError("A comparison needs one number a photograph of both, of the same photographs.")
    gap = one - other
    return _paired(float(gap.mean()), _draws_of_mean(gap, times, seed))


def _counts(photographs: int, times: int, seed: int) -> NDArray[np.uint16]:
    """How often each photograph is drawn, [times, photographs]."""
    random = np.random.default_rng(seed)
    counts = np.empty((times, photographs), np.uint16)
    for row in counts:
        row[:] = np.bincount(random.integers(0, photographs, photographs), minlength=photographs)
    return counts


def _draws_of_mean(values: Array, times: int, seed: int) -> Array:
    """The mean of some numbers in each draw, [times]."""
    counts = _counts(values.size, times, seed)
    return np.array([row @ values for row in counts]) / values.size


def _interval(draws: Array) -> tuple[float, float]:
    known = draws[~np.isnan(draws)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, LEVEL)
    return float(low), float(high)


def _differences(one: Mapping[str, Array], other: Mapping[str, Array]) -> dict[str, Array]:
    out = {}
    for name, values in one.items():
        better = MEASURES[name].better
        if better in ("0", "1"):
            best = float(better)
            out[name] = np.abs(values - best) - np.abs(other[name] - best)
        else:
            out[name] = values - other[name]
    return out


def _paired(difference: float, draws: Array) -> Paired:
    known = draws[~np.isnan(draws)]
    tail = 1 + min(np.count_nonzero(known <= 0), np.count_nonzero(known >= 0))
    return Paired(difference, *_interval(draws), float(min(1.0, 2 * tail / (known.size + 1))))


def _as_draws(figures: Mapping[str, float]) -> dict[str, Array]:
    return {name: np.array([value]) for name, value in figures.items()}
