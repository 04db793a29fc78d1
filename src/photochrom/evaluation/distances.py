"""Distances in the features of a network, of whole systems: kept a photograph at a time, pooled with an interval.

A row holds the feature vector of a result and its perceptual distance from the original. The Frechet distance is pooled
by running moments in 20 groups of photographs, so memory does not grow with their number; its interval is that of the
delete-a-group jackknife (Kott 2001): a bootstrap would draw photographs twice, which alone widens the distance.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import EvaluationError
from photochrom.evaluation.bootstrap import mean_interval, paired_means
from photochrom.evaluation.features import Extractor, Moments, distance_name, frechet, perceptual_distance
from photochrom.evaluation.frames import Pixels

Array = NDArray[np.float64]

GROUPS = 20  # of the jackknife
_QUANTILE = 2.093  # of Student's t with 19 degrees of freedom: 95 %


class Seen:
    """What an extractor makes of a picture: a vector, and maps where it has any. The network runs once."""

    def __init__(self, extractor: Extractor, picture: Pixels) -> None:
        features = extractor.features([picture])
        self.vector: Array = features.vectors[0]
        self.maps = features.maps

    def row(self, original: "Seen") -> bytes:
        """The row of a result: its perceptual distance from the original (NaN without maps), its vector as float32."""
        distance = perceptual_distance(self.maps, original.maps)[0] if self.maps else np.nan
        return np.concatenate([[distance], self.vector]).astype("<f4").tobytes()


def require_enough(photographs: int) -> None:
    """EvaluationError when there are fewer than two a group."""
    if photographs < 2 * GROUPS:
        raise EvaluationError(f"Distances in features need {2 * GROUPS} photographs at least, not {photographs}.")


def pooled(
    extractor: Extractor,
    originals: Iterable[tuple[int, bytes]],
    results: Iterable[tuple[int, bytes]],
    times: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """The distances of a system by name, each with value, low and high; perceptual only where the extractor has maps.

    Rows are (photograph, row) in the order of photographs, of the same photographs on both sides.
    """
    groups = [(Moments(), Moments()) for _ in range(GROUPS)]
    distances = []
    for position, (true, made) in enumerate(_together(originals, results)):
        for moments, row in zip(groups[position % GROUPS], (true, made), strict=True):
            moments.add(row[None, 1:])
        distances.append(made[0])
    require_enough(len(distances))
    value, (low, high) = _frechet_of(groups), _jackknife(groups)
    told = {distance_name("frechet", extractor): {"value": value, "low": low, "high": high}}
    if not np.isnan(distances).any():
        low, high = mean_interval(distances, times, seed)
        name = distance_name("perceptual", extractor)
        told[name] = {"value": float(np.mean(distances)), "low": low, "high": high}
    return told


def described(extractor: Extractor) -> dict[str, dict[str, str]]:
    """How to read the distances, by name, as `measures.MEASURES` does."""
    told = {
        "frechet": "squared Frechet distance of results' and originals' features (Heusel 2017); biased by 1 / count",
        "perceptual": "mean perceptual distance, arithmetic of LPIPS, channels weighing alike (Zhang 2018)",
    }
    return {
        distance_name(kind, extractor): {"unit": "", "better": "lower", "formula": formula}
        for kind, formula in told.items()
    }


def compared(
    extractor: Extractor, one: Iterable[tuple[int, bytes]], other: Iterable[tuple[int, bytes]], times: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Paired bootstrap of the perceptual distance of two systems, A minus B; nothing without maps."""
    pairs = np.array([(a[0], b[0]) for a, b in _together(one, other)])
    if np.isnan(pairs).any():
        return {}
    told = paired_means(pairs[:, 0], pairs[:, 1], times, seed)
    return {distance_name("perceptual", extractor): told._asdict()}


def _together(one: Iterable[tuple[int, bytes]], other: Iterable[tuple[int, bytes]]) -> Iterator[tuple[Array, Array]]:
    for (_, left), (_, right) in zip(one, other, strict=True):
        yield np.frombuffer(left, "<f4").astype(np.float64), np.frombuffer(right, "<f4").astype(np.float64)


def _frechet_of(groups: list[tuple[Moments, Moments]]) -> float:
    true, made = Moments(), Moments()
    for originals, results in groups:
        true.merge(originals)
        made.merge(results)
    return frechet(true.mean, true.covariance, made.mean, made.covariance)


def _jackknife(groups: list[tuple[Moments, Moments]]) -> tuple[float, float]:
    """Interval of the Frechet distance: without each group in turn."""
    without = np.array([_frechet_of(groups[:one] + groups[one + 1 :]) for one in range(len(groups))])
    error = np.sqrt((len(groups) - 1) * np.mean((without - without.mean()) ** 2))
    value = _frechet_of(groups)
    return max(0.0, value - _QUANTILE * error), value + _QUANTILE * error
