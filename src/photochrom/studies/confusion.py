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
    gain: float
    """Mean of 1 / (1 + rank) of the true class in color, less that in gray: breaks ties."""


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
        gain = float((1 / (1 + colored.rank[here]) - 1 / (1 + gray.rank[here])).mean())
        found.append(Category(int(index), int(here.sum()), top1, top1_gray, top5, top5_gray, gain))
    return sorted(found, key=lambda one: (one.top5 - one.top5_gray, one.top1 - one.top1_gray, one.gain), reverse=True)


def confusion_rates(truth: Ints, answers: Answers, classes: int) -> Array:
    """C [classes, classes]: the share of photographs of class c with d in the top five; 0 where a class is absent."""
    rates = np.zeros((classes, classes))
    np.add.at(rates, (truth[:, None], answers.places), 1)
    counts = np.bincount(truth, minlength=classes)
    rates /= np.maximum(counts, 1)[:, None]
    return rates


def added_confusions(recolored: Array, original: Array, top: int = 100) -> list[Confusion]:
    """The pairs of different classes with the greatest A = C_recolor - C_orig above 0 (Zhang 2016, Fig. 10, 11 b)."""
    added = recolored - original
    np.fill_diagonal(added, 0)
    order = np.argsort(-added, axis=None, kind="stable")[:top]
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
