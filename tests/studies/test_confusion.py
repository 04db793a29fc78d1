"""Ranks, categories and confusions, counted by hand on a handful of photographs."""

import numpy as np
import pytest

from photochrom.studies.confusion import (
    Answers,
    Confusion,
    added_confusions,
    answer,
    by_category,
    confusion_rates,
    newly_confused,
)


def answers(*places: list[int], truth: list[int]) -> Answers:
    """Answers whose true class stands where it is listed, or in the ninth place."""
    rank = [row.index(one) if one in row else 8 for row, one in zip(places, truth, strict=True)]
    return Answers(np.array(places), np.array(rank))


TRUTH = [0, 0, 1, 2]
GRAY = answers([0, 3, 4, 5, 6], [3, 4, 5, 6, 7], [1, 0, 3, 4, 5], [3, 2, 4, 5, 6], truth=TRUTH)
COLOR = answers([0, 3, 4, 5, 6], [3, 0, 4, 5, 6], [3, 4, 5, 6, 7], [2, 3, 4, 5, 6], truth=TRUTH)


def test_the_first_five_and_the_rank_of_the_true_class() -> None:
    places, rank = answer(np.array([0.1, 0.9, 0.3, 0.2, 0.0, 0.8, 0.7]), truth=3)
    assert places.tolist() == [1, 5, 6, 2, 3]
    assert rank == 4


def test_equal_scores_stand_in_the_order_of_classes() -> None:
    places, rank = answer(np.zeros(7), truth=6)
    assert places.tolist() == [0, 1, 2, 3, 4]
    assert rank == 6


def test_right_in_the_first_and_in_the_first_five() -> None:
    assert GRAY.right(1).tolist() == [1, 0, 1, 0]
    assert GRAY.right(5).tolist() == [1, 0, 1, 1]
    assert COLOR.right(1).tolist() == [1, 0, 0, 1]


def test_categories_are_sorted_from_most_helped_to_most_hurt() -> None:
    helped, lifted, hurt = by_category(np.array(TRUTH), GRAY, COLOR)
    assert (helped.index, helped.photographs, helped.top5_gray, helped.top5) == (0, 2, 0.5, 1.0)
    assert (lifted.index, lifted.top5_gray, lifted.top5, lifted.top1_gray, lifted.top1) == (2, 1, 1, 0, 1)
    assert (lifted.place_gray, lifted.place) == (2, 1)
    assert lifted.gain == pytest.approx(0.5)
    assert (hurt.index, hurt.top5_gray, hurt.top5) == (1, 1, 0)
    assert helped.gain == pytest.approx((1 / 2 - 1 / 9) / 2)


def test_confusion_rates_are_shares_of_a_class() -> None:
    rates = confusion_rates(np.array(TRUTH), COLOR, 8)
    assert rates[0].tolist() == [1, 0, 0, 1, 1, 1, 1, 0]
    assert rates[1].tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert rates[5].sum() == 0  # no photograph of that class
    assert confusion_rates(np.array(TRUTH), GRAY, 8)[0].tolist() == [0.5, 0, 0, 1, 1, 1, 1, 0.5]


def test_higher_places_count_more_when_places_count() -> None:
    rates = confusion_rates(np.array([0]), answers([4, 0, 1, 2, 3], truth=[0]), 5, by_place=True)
    assert rates[0] == pytest.approx([1 / 2, 1 / 3, 1 / 4, 1 / 5, 1])


def test_added_confusions_are_those_of_recoloring_alone() -> None:
    truth = np.array([0, 0])
    original = answers([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], truth=[0, 0])
    recolored = answers([7, 0, 1, 2, 3], [6, 7, 0, 1, 2], truth=[0, 0])
    assert added_confusions(truth, recolored, original, 8) == [Confusion(0, 7, 1.0), Confusion(0, 6, 0.5)]


def test_of_equal_confusions_the_higher_place_comes_first() -> None:
    truth = np.array([0])
    original, recolored = answers([0, 1, 2, 3, 4], truth=[0]), answers([0, 9, 8, 7, 6], truth=[0])
    assert [one.taken for one in added_confusions(truth, recolored, original, 10)] == [9, 8, 7, 6]
    assert [one.taken for one in added_confusions(truth, recolored, original, 10, top=2)] == [9, 8]


def test_a_confusions_photographs_are_those_that_were_not_confused_before() -> None:
    truth = np.array([0, 0, 1, 0])
    original = answers([0, 5, 1, 2, 3], [0, 1, 2, 3, 4], [5, 1, 2, 3, 4], [0, 1, 2, 3, 4], truth=[0, 0, 1, 0])
    recolored = answers([5, 0, 1, 2, 3], [0, 1, 5, 3, 4], [5, 1, 2, 3, 4], [5, 1, 2, 3, 4], truth=[0, 0, 1, 0])
    assert newly_confused(Confusion(0, 5, 1.0), truth, recolored, original) == [3, 1]
