"""Who sees what: balanced, random, no photograph twice, and nothing that an order could give away."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import StudyError
from photochrom.studies.turing.assignment import PRACTICE, TEST, VIGILANCE, choose_system, draw_trials
from photochrom.studies.turing.protocol import RANDOM, TRUTH, Protocol

seeds = st.integers(0, 2**32).map(Random)
protocols = st.builds(
    Protocol, practice=st.integers(0, 12), trials=st.integers(2, 60), vigilance=st.sampled_from([0, 0.1, 0.25])
)
names = st.lists(st.sampled_from("ABCDE"), min_size=1, unique=True)


@given(names, st.integers(1, 60), seeds)
def test_systems_never_differ_by_more_than_one_participant(systems: list[str], people: int, random: Random) -> None:
    counts = dict.fromkeys(systems, 0)
    for _ in range(people):
        counts[choose_system(counts, random)] += 1
        assert max(counts.values()) - min(counts.values()) <= 1


def test_every_order_of_systems_happens() -> None:
    firsts = Counter(choose_system({"A": 3, "B": 3, "C": 4}, Random(seed)) for seed in range(300))
    assert set(firsts) == {"A", "B"}
    assert min(firsts.values()) > 100


@given(protocols, st.integers(0, 20), seeds)
def test_a_participant_sees_each_photograph_once_and_one_algorithm(
    protocol: Protocol, more: int, random: Random
) -> None:
    photographs = range(100, 100 + protocol.photographs + more)
    trials = draw_trials(protocol, photographs, ["A"], random)
    phases = [trial.phase for trial in trials]
    assert phases[: protocol.practice] == [PRACTICE] * protocol.practice
    assert phases.count(VIGILANCE) == protocol.vigilance_trials
    assert phases.count(TEST) == protocol.trials - protocol.vigilance_trials
    seen = [trial.photograph for trial in trials]
    assert len(set(seen)) == len(seen)
    assert set(seen) <= set(photographs)
    for trial in trials:
        assert sorted(trial.pictures) == sorted((TRUTH, RANDOM if trial.phase == VIGILANCE else "A"))


def test_ten_percent_of_forty_are_four_vigilance_trials() -> None:
    assert Protocol().vigilance_trials == 4
    assert Protocol().photographs == 50


def test_the_fake_is_first_in_half_of_the_trials_and_vigilance_is_anywhere() -> None:
    first, places = 0, Counter[int]()
    for seed in range(200):
        trials = draw_trials(Protocol(), range(50), ["A"], Random(seed))
        first += sum(trial.pictures[1] == TRUTH for trial in trials)
        places.update(place for place, trial in enumerate(trials) if trial.phase == VIGILANCE)
    assert 0.48 < first / (200 * 50) < 0.52  # four standard errors
    assert set(places) == set(range(10, 50))


@given(names, st.integers(0, 5), st.integers(1, 40), seeds)
def test_in_a_rating_every_system_has_as_many_pictures(
    systems: list[str], practice: int, trials: int, random: Random
) -> None:
    protocol = Protocol("rating", practice=practice, trials=trials, vigilance=0, exposure=None)
    drawn = draw_trials(protocol, range(protocol.photographs), [TRUTH, *systems], random)
    counts = Counter(trial.pictures[0] for trial in drawn if trial.phase == TEST)
    every = [counts[name] for name in (TRUTH, *systems)]
    assert max(every) - min(every) <= 1
    assert all(len(trial.pictures) == 1 for trial in drawn)


def test_too_few_photographs_are_told() -> None:
    with pytest.raises(StudyError, match="50 trials need as many photographs, and there are 49"):
        draw_trials(Protocol(), range(49), ["A"], Random(0))
