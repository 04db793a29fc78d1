"""What a classifier makes of gray, colored and original photographs: ranks, categories, confusions. Plain arithmetic.

`truth` is int [N], the class of each photograph; `places` int [N, 5], the classes that the classifier puts first, best
first; `rank` int [N], the place of the true class, 0 if it is first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Array = NDArray[np.float64]

TOP = 5


@dataclass(frozen=True, eq=False)
class Answers:
    """A classifier's answers to all photographs of one kind (gray, colored, original)."""

    places: Ints
    rank: Ints

    def right(self, top: int) -> Array:
        """Whether the true class is among the first `top`, 0 or 1, [N]."""
        return (self.rank < top).astype(np.float64)


@dataclass(frozen=True)
class Category:
    """How colors change a category's recognition: shares of its photographs, 0..1."""

    index: int
    photographs: int
    top1: float
    top1_gray: float
    top5: float
    top5_gray: float
    place: float
    place_gray: float
    """Mean place of the true class, 1 if it is first, in color and in gray."""
    gain: float
    """Mean of 1 / place in color, less that in gray: breaks ties."""


@dataclass(frozen=True)
class Confusion:
    """Photographs of class `true` in whose top five `taken` stands more often recolored than in the original."""

    true: int
    taken: int
    added: float
    """A = C_recolor - C_orig, where C_cd is the share of images of class c with d in the top five."""


def answer(scores: Array, truth: int) -> tuple[Ints, int]:
    """The first five classes of one photograph, and the rank of the true one; equal scores in the order of classes."""
    order = np.argsort(-scores, kind="stable")
    return order[:TOP], int(np.flatnonzero(order == truth)[0])


def by_category(truth: Ints, gray: Answers, colored: Answers) -> list[Category]:
    """Every category that occurs, most helped first, most hurt last (Zhang 2016, Fig. 9).

    By the change of top-5, then of top-1, then of the mean reciprocal rank.
    """
    found = []
    for index in np.unique(truth):
        here = truth == index
        top1, top1_gray, top5, top5_gray = (
            float(one.right(top)[here].mean()) for top in (1, TOP) for one in (colored, gray)
        )
        places = [1.0 + one.rank[here] for one in (colored, gray)]
        mean, mean_gray = (float(one.mean()) for one in places)
        gain = float((1 / places[0] - 1 / places[1]).mean())
        found.append(Category(int(index), int(here.sum()), top1, top1_gray, top5, top5_gray, mean, mean_gray, gain))
    return sorted(found, key=lambda one: (one.top5 - one.top5_gray, one.top1 - one.top1_gray, one.gain), reverse=True)


def confusion_rates(truth: Ints, answers: Answers, classes: int, by_place: bool = False) -> Array:
    """C [classes, classes]: the share of photographs of class c with d in the top five; 0 where a class is absent.

    `by_place` counts a class in the first place whole, in the second half, ... in the fifth a fifth.
    """
    rates = np.zeros((classes, classes))
    np.add.at(rates, (truth[:, None], answers.places), 1 / np.arange(1, 1 + answers.places.shape[1]) if by_place else 1)
    counts = np.bincount(truth, minlength=classes)
    rates /= np.maximum(counts, 1)[:, None]
    return rates


def added_confusions(
    truth: Ints, recolored: Answers, original: Answers, classes: int, top: int = 100
) -> list[Confusion]:
    """The pairs of different classes with the greatest A = C_recolor - C_orig above 0 (Zhang 2016, Fig. 10, 11 b).

    Of equal ones first those whose wrong class stands higher: with few photographs a class most are equal.
    """
    added, higher = (
        confusion_rates(truth, recolored, classes, by_place) - confusion_rates(truth, original, classes, by_place)
        for by_place in (False, True)
    )
    np.fill_diagonal(added, 0)
    order = np.lexsort((-higher.ravel(), -np.round(added.ravel(), 9)))[:top]
    pairs = (np.unravel_index(one, added.shape) for one in order)
    return [Confusion(int(c), int(d), float(added[c, d])) for c, d in pairs if added[c, d] > 0]


def newly_confused(pair: Confusion, truth: Ints, recolored: Answers, original: Answers) -> list[int]:
    """Numbers of a confusion's photographs, the other class being in their top five only recolored; best first."""
    here = [
        (int(np.flatnonzero(recolored.places[one] == pair.taken)[0]), int(one))
        for one in np.flatnonzero(truth == pair.true)
        if pair.taken in recolored.places[one] and pair.taken not in original.places[one]
    ]
    return [one for _, one in sorted(here)]
