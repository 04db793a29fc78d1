"""The numbers of a study, and which trials don't count."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photochrom.errors import StudyError
from photochrom.studies.turing.protocol import AGAIN, HIDDEN, LONG, SHORT, Protocol


def test_the_defaults_are_those_of_the_paper() -> None:
    protocol = Protocol()
    assert (protocol.practice, protocol.trials, protocol.exposure, protocol.vigilance) == (10, 40, 1.0, 0.1)
    assert protocol.participants == 40


def test_it_comes_back_from_json() -> None:
    for protocol in (Protocol(), Protocol.of_kind("rating")):
        assert Protocol.from_json(protocol.to_json()) == protocol


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"kind": "triples"}, "pairs or rating"),
        ({"trials": 0}, "at least one trial"),
        ({"practice": -1}, "at least one trial"),
        ({"vigilance": 1.0}, "leaves none"),
        ({"trials": 1, "vigilance": 0.9}, "leaves none"),
        ({"exposure": None}, "give an exposure"),
        ({"exposure": float("nan")}, "at most 60 seconds"),
        ({"tolerance": 0.0}, "more than 0"),
    ],
)
def test_impossible_numbers_are_refused(numbers: dict, reason: str) -> None:
    with pytest.raises(StudyError, match=reason):
        replace(Protocol(), **numbers)


@given(st.floats(0, 5000), st.floats(0, 5000))
@example(950, 1050)
def test_a_trial_counts_when_both_pictures_were_shown_for_the_time(one: float, other: float) -> None:
    mark = Protocol().mark([one, other], hidden=False, seen_before=False)
    assert (mark == "") == (min(one, other) >= 950 and max(one, other) <= 1050)
    assert (mark == SHORT) == (min(one, other) < 950)
    assert mark in ("", SHORT, LONG)


def test_what_was_out_of_sight_or_seen_before_does_not_count() -> None:
    assert Protocol().mark([1000, 1000], hidden=True, seen_before=True) == HIDDEN
    assert Protocol().mark([1000, 1000], hidden=False, seen_before=True) == AGAIN


def test_a_picture_shown_until_the_answer_has_no_wrong_time() -> None:
    assert Protocol.of_kind("rating").mark([123456], hidden=False, seen_before=False) == ""
