"""What the votes say: percent fooled with its bootstrap standard error, by algorithm and by photograph.

A participant is left out who did not finish, who failed vigilance, or whose pictures were mistimed too often (`Rules`);
of the others, marked trials don't count. In a rating, "fooled" reads "judged natural", and the truth has a row too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from photochrom.studies.turing.assignment import PRACTICE, VIGILANCE
from photochrom.studies.turing.protocol import TRUTH

UNFINISHED, INATTENTIVE, MISTIMED = "unfinished", "vigilance", "timing"

DRAWS = 10_000  # bootstrap samples: the last digit of a standard error of 2.2 no longer moves
MIDDLE = (2.5, 97.5)  # percentiles of a 95 % interval

# Least share of vigilance trials found. Random colors on one picture alone are sometimes taken for natural ones.
LEAST = {"pairs": 0.7, "rating": 0.5}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Vote:
    """One answered trial."""

    participant: int
    phase: str
    photograph: str
    pictures: tuple[str, ...]
    choice: int
    mark: str = ""

    @property
    def system(self) -> str:
        """Whose picture it was about: of a pair the colorized one."""
        return next((name for name in self.pictures if name != TRUTH), TRUTH)

    @property
    def fooled(self) -> bool:
        """Whether the picture was taken for real: in a pair the fake was not found, in a rating it looked natural."""
        return self.pictures[self.choice] == TRUTH if len(self.pictures) == 2 else self.choice == 1


@dataclass(frozen=True)
class Rules:
    """Who and what is left out."""

    vigilance: float = 0.7
    """Least share of vigilance trials in which the fake must be found."""
    mistimed: float = 0.25
    """Greatest share of marked trials."""
    keep_marked: bool = False
    """Whether marked trials count nevertheless, and nobody is left out for them."""

    def reason(self, finished: bool, votes: Sequence[Vote]) -> str | None:
        """Why a participant is left out, None for those who count. `votes` are theirs, without practice."""
        if not finished:
            return UNFINISHED
        if not self.keep_marked and sum(bool(vote.mark) for vote in votes) > self.mistimed * len(votes):
            return MISTIMED
        watched = [not vote.fooled for vote in votes if vote.phase == VIGILANCE and self.counts(vote)]
        if watched and sum(watched) < self.vigilance * len(watched):
            return INATTENTIVE
        return None

    def counts(self, vote: Vote) -> bool:
        """Whether a trial counts."""
        return self.keep_marked or not vote.mark


@dataclass(frozen=True)
class Row:
    """One algorithm. Percentages; error, low, high (95 %) are None with fewer than two participants."""

    system: str
    participants: int
    trials: int
    percent: float
    error: float | None = None
    low: float | None = None
    high: float | None = None
    median: float = 0.0
    """Of the participants' own percentages: what Iizuka et al. report."""


@dataclass(frozen=True)
class Difference:
    """How much more often one algorithm fools than another, in percentage points; its 95 % interval."""

    system: str
    other: str
    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class Sight:
    """One photograph by one algorithm: how often it was shown, and how often it fooled."""

    system: str
    photograph: str
    shown: int
    fooled: int

    @property
    def percent(self) -> float:
        """Percent of the times that it fooled."""
        return 100 * self.fooled / self.shown


@dataclass(frozen=True)
class Analysis:
    """All that a report says."""

    rows: list[Row]
    differences: list[Difference]
    sights: list[Sight]
    """Sorted: what fooled most often first; of equals what was shown more often."""
    participants: int
    left_out: dict[str, int]
    vigilance: tuple[int, int]
    """Of the participants who count: vigilance trials in which the fake was found, and all of them."""
    marks: dict[str, int] = field(default_factory=dict)
    """Trials that don't count, of participants who do, by reason."""


def analyze(
    votes: Iterable[Vote], finished: dict[int, bool], systems: Sequence[str], rules: Rules, seed: int = 0
) -> Analysis:
    """Figures of all votes. `finished`: every participant, whether to the end; `systems` in the order of the rows."""
    by_person: dict[int, list[Vote]] = {person: [] for person in finished}
    for vote in votes:
        if vote.phase != PRACTICE:
            by_person[vote.participant].append(vote)
    reasons = {person: rules.reason(finished[person], own) for person, own in by_person.items()}
    kept = [own for person, own in by_person.items() if reasons[person] is None]
    counted = [[vote for vote in own if rules.counts(vote)] for own in kept]
    scored = [[vote for vote in own if vote.phase != VIGILANCE] for own in counted]
    watched = [vote for own in counted for vote in own if vote.phase == VIGILANCE]
    samples = {name: _tally(scored, name) for name in systems}
    same_people = TRUTH in systems  # in a rating everybody judges everything; in pairs draws must not hang together
    seeds = [seed + (0 if same_people else place) for place in range(len(systems))]
    draws = {name: _resampled(*samples[name], seed=own) for name, own in zip(systems, seeds, strict=True)}
    return Analysis(
        rows=[_row(name, *samples[name], draws[name]) for name in systems],
        differences=list(_differences(samples, draws)),
        sights=_sights(vote for own in scored for vote in own),
        participants=len(kept),
        left_out=dict(Counter(reason for reason in reasons.values() if reason)),
        vigilance=(sum(not vote.fooled for vote in watched), len(watched)),
        marks=dict(Counter(vote.mark for own in kept for vote in own if vote.mark)),
    )


def bootstrap(fooled: Array, trials: Array, times: int = DRAWS, seed: int = 0) -> Array:
    """`times` percentages of as many participants, drawn from these with replacement, each with all their trials.

    fooled, trials  of each participant
    Participants and not trials are drawn: answers of one person hang together.
    """
    people = np.random.default_rng(seed).integers(0, len(trials), (times, len(trials)))
    percents: Array = 100 * fooled[people].sum(axis=1) / trials[people].sum(axis=1)
    return percents


def _tally(people: Sequence[Sequence[Vote]], system: str) -> tuple[Array, Array]:
    """For those who judged the system, in how many trials they were fooled and how many there were."""
    own = [[vote.fooled for vote in votes if vote.system == system] for votes in people]
    own = [answers for answers in own if answers]
    return np.array([sum(answers) for answers in own], float), np.array([len(answers) for answers in own], float)


def _resampled(fooled: Array, trials: Array, seed: int) -> Array | None:
    return bootstrap(fooled, trials, seed=seed) if len(trials) > 1 else None


def _row(system: str, fooled: Array, trials: Array, draws: Array | None) -> Row:
    if not len(trials):
        return Row(system, 0, 0, float("nan"), median=float("nan"))
    percent, median = float(100 * fooled.sum() / trials.sum()), float(np.median(100 * fooled / trials))
    plain = Row(system, len(trials), int(trials.sum()), percent, median=median)
    if draws is None:
        return plain
    low, high = np.percentile(draws, MIDDLE)
    return Row(
        plain.system,
        plain.participants,
        plain.trials,
        percent,
        float(draws.std(ddof=1)),
        float(low),
        float(high),
        median,
    )


def _differences(samples: dict[str, tuple[Array, Array]], draws: dict[str, Array | None]) -> Iterable[Difference]:
    """Of every two systems. Where the same people judged both, the same people were drawn: the interval is paired."""
    for one, other in combinations(samples, 2):
        first, second = draws[one], draws[other]
        if first is None or second is None:
            continue
        low, high = np.percentile(first - second, MIDDLE)
        means = [100 * fooled.sum() / trials.sum() for fooled, trials in (samples[one], samples[other])]
        yield Difference(one, other, float(means[0] - means[1]), float(low), float(high))


def _sights(votes: Iterable[Vote]) -> list[Sight]:
    shown: Counter[tuple[str, str]] = Counter()
    fooled: Counter[tuple[str, str]] = Counter()
    for vote in votes:
        key = (vote.system, vote.photograph)
        shown[key] += 1
        fooled[key] += vote.fooled

    def order(one: Sight) -> tuple[float, int, str, str]:
        return -one.percent, -one.shown, one.photograph, one.system

    return sorted((Sight(*key, count, fooled[key]) for key, count in shown.items()), key=order)
