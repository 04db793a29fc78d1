"""What the votes say: who counts, how often people were fooled, and how sure that is."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.studies.turing.analysis import Analysis, Rules, Vote, analyze, bootstrap
from photochrom.studies.turing.assignment import PRACTICE, TEST, VIGILANCE
from photochrom.studies.turing.protocol import AGAIN, LONG, RANDOM, SHORT, TRUTH

FOOLED, FOUND = 1, 0  # choices when the fake comes first


def pair(person: int, choice: int, system: str = "A", phase: str = TEST, photograph: str = "p", mark: str = "") -> Vote:
    return Vote(person, phase, photograph, (RANDOM if phase == VIGILANCE else system, TRUTH), choice, mark)


def session(person: int, fooled: int, found: int, system: str = "A", missed: int = 0, watched: int = 4) -> list[Vote]:
    """A participant's trials that count: of each outcome so many."""
    vigilance = [FOOLED] * missed + [FOUND] * (watched - missed)
    return [
        *[pair(person, FOOLED, system)] * fooled,
        *[pair(person, FOUND, system)] * found,
        *[pair(person, choice, system, VIGILANCE) for choice in vigilance],
    ]


USUAL = Rules()


def of(votes: Sequence[Vote], rules: Rules = USUAL, unfinished: Sequence[int] = (), systems: str = "A") -> Analysis:
    people = {vote.participant: vote.participant not in unfinished for vote in votes}
    return analyze(votes, people, list(systems), rules)


@pytest.mark.parametrize(
    ("pictures", "choice", "fooled", "system"),
    [
        (("A", TRUTH), 0, False, "A"),
        (("A", TRUTH), 1, True, "A"),
        ((TRUTH, "A"), 0, True, "A"),
        ((TRUTH, "A"), 1, False, "A"),
        (("A",), 1, True, "A"),
        ((TRUTH,), 0, False, TRUTH),
    ],
)
def test_people_are_fooled_when_they_call_the_truth_fake(
    pictures: tuple[str, ...], choice: int, fooled: bool, system: str
) -> None:
    vote = Vote(1, TEST, "p", pictures, choice)
    assert (vote.fooled, vote.system) == (fooled, system)


def test_percent_fooled_is_over_the_trials_that_count() -> None:
    votes = [*session(1, 9, 27), *session(2, 18, 18), *[pair(1, FOOLED, phase=PRACTICE)] * 10]
    row = of(votes).rows[0]
    assert (row.participants, row.trials, row.percent, row.median) == (2, 72, 37.5, 37.5)
    assert of(votes).vigilance == (8, 8)


def test_one_participant_has_no_error_and_none_has_no_number() -> None:
    alone, nobody = of(session(1, 1, 3), systems="AB").rows
    assert (alone.percent, alone.error) == (25, None)
    assert nobody.participants == 0
    assert isnan(nobody.percent)


@pytest.mark.parametrize(("missed", "counts"), [(0, True), (1, True), (2, False), (4, False)])
def test_who_misses_two_of_four_vigilance_trials_is_left_out(missed: int, counts: bool) -> None:
    analysis = of([*session(1, 5, 31, missed=missed), *session(2, 5, 31)])
    assert analysis.participants == 1 + counts
    assert analysis.left_out == ({} if counts else {"vigilance": 1})


def test_seventy_percent_of_vigilance_are_enough() -> None:
    assert of(session(1, 5, 31, missed=3, watched=10)).left_out == {}


def test_who_did_not_finish_is_left_out() -> None:
    analysis = of([*session(1, 36, 0), *session(2, 0, 36)], unfinished=[1])
    assert (analysis.rows[0].percent, analysis.left_out) == (0, {"unfinished": 1})


@pytest.mark.parametrize(("marked", "counts"), [(10, True), (11, False)])
def test_who_has_more_than_a_quarter_of_mistimed_trials_is_left_out(marked: int, counts: bool) -> None:
    votes = session(1, 0, 36)
    votes = [replace(vote, mark=LONG) if place < marked else vote for place, vote in enumerate(votes)]
    analysis = of([*votes, *session(2, 36, 0)])
    assert analysis.left_out == ({} if counts else {"timing": 1})
    assert analysis.marks == ({"long": marked} if counts else {})
    kept = of([*votes, *session(2, 36, 0)], Rules(keep_marked=True))
    assert (kept.rows[0].trials, kept.rows[0].percent) == (72, 50)


def test_marked_trials_count_neither_for_the_score_nor_for_vigilance() -> None:
    spoiled = [pair(1, FOOLED, mark=SHORT), pair(1, FOOLED, phase=VIGILANCE, mark=AGAIN)]
    analysis = of([*session(1, 9, 27, missed=1), *spoiled])
    assert (analysis.rows[0].percent, analysis.rows[0].trials) == (25, 36)
    assert analysis.vigilance == (3, 4)
    assert analysis.marks == {"short": 1, "again": 1}


def test_the_error_is_that_of_participants_not_of_trials() -> None:
    fooled, trials = np.repeat([0.0, 36.0], 20), np.full(40, 36.0)  # half are always fooled, half never
    draws = bootstrap(fooled, trials)
    assert draws.mean() == pytest.approx(50, abs=0.5)
    assert draws.std() == pytest.approx(100 * 0.5 / 40**0.5, rel=0.03)  # as if each had answered once


@given(st.lists(st.tuples(st.integers(0, 36), st.integers(1, 36)), min_size=2, max_size=50), st.integers(0, 99))
def test_bootstrap_stays_within_the_participants_own_percentages(people: list[tuple[int, int]], seed: int) -> None:
    fooled, trials = (np.array(part, float) for part in zip(*((min(a, b), b) for a, b in people), strict=True))
    draws = bootstrap(fooled, trials, times=200, seed=seed)
    own = 100 * fooled / trials
    assert own.min() - 1e-9 <= draws.min()
    assert draws.max() <= own.max() + 1e-9


def test_of_a_hundred_studies_with_known_skill_the_interval_holds_it_in_about_95() -> None:
    random, held, errors = np.random.default_rng(1), 0, []
    means = []
    for _ in range(300):
        skills = random.beta(6, 14, 40)  # people differ: 30 % fooled, give or take 10
        draws = bootstrap(random.binomial(36, skills).astype(float), np.full(40, 36.0), times=1000, seed=2)
        low, high = np.percentile(draws, (2.5, 97.5))
        held += low <= 30 <= high
        errors.append(draws.std())
        means.append(draws.mean())
    assert 0.90 <= held / 300 <= 0.99
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.1)


def test_a_difference_is_certain_when_it_is_large_and_not_when_there_is_none() -> None:
    random = np.random.default_rng(5)
    votes = []
    for person, skill in enumerate(np.repeat([0.4, 0.1, 0.1], 40)):
        fooled = int(random.binomial(36, skill))
        votes += session(person, fooled, 36 - fooled, "ABC"[person // 40])
    differences = {(one.system, one.other): one for one in of(votes, systems="ABC").differences}
    assert differences["A", "B"].low > 20
    assert differences["B", "C"].low < 0 < differences["B", "C"].high


def test_photographs_are_sorted_by_how_often_they_fooled() -> None:
    outcomes = {"never": (0, 4), "half": (3, 3), "half, seen less": (1, 1), "always": (2, 0)}
    votes = [
        pair(1, choice, photograph=name)
        for name, (fooled, found) in outcomes.items()
        for choice in [FOOLED] * fooled + [FOUND] * found
    ]
    sights = of(votes).sights
    assert [(one.photograph, one.percent) for one in sights] == [
        ("always", 100), ("half", 50), ("half, seen less", 50), ("never", 0),
    ]  # fmt: skip
    assert sum(one.shown for one in sights) == len(votes)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("pqrs"), st.booleans()), min_size=1))
def test_the_photographs_add_up_to_the_score(trials: list[tuple[str, str, bool]]) -> None:
    analysis = of([pair(1, choice, system, photograph=name) for system, name, choice in trials], systems="AB")
    for row in analysis.rows:
        own = [one for one in analysis.sights if one.system == row.system]
        assert sum(one.shown for one in own) == row.trials
        if row.trials:
            assert 100 * sum(one.fooled for one in own) / row.trials == pytest.approx(row.percent)
    assert all(one.percent >= other.percent for one, other in pairwise(analysis.sights))
