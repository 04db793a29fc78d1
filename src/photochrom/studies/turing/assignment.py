"""Who sees what: a participant's algorithm, and the order of the trials. Pure functions of a random generator.

Assignment is random but balanced: always one of the algorithms that have the fewest participants.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from photochrom.errors import StudyError
from photochrom.studies.turing.protocol import RANDOM, TRUTH, Protocol

PRACTICE, TEST, VIGILANCE = "practice", "test", "vigilance"  # phases; a participant can't tell the last two apart


@dataclass(frozen=True)
class Trial:
    """One question: the versions of one photograph that are shown, in this order."""

    phase: str
    photograph: int
    pictures: tuple[str, ...]  # names of systems: (truth, a model) in either order, or one of them


def choose_system(counts: Mapping[str, int], random: Random) -> str:
    """One of the systems with the fewest participants, each as likely."""
    fewest = min(counts.values())
    return random.choice([system for system, count in counts.items() if count == fewest])


def draw_trials(
    protocol: Protocol, photographs: Sequence[int], systems: Sequence[str], random: Random
) -> tuple[Trial, ...]:
    """All trials of one participant, in order; no photograph twice.

    systems     in pairs the one algorithm of this participant; in a rating all that are rated, truth among them
    StudyError  when there are fewer photographs than trials
    """
    if len(photographs) < protocol.photographs:
        raise StudyError(
            f"{protocol.photographs} trials need as many photographs, and there are {len(photographs)}; "
            "give more photographs, or fewer trials with --practice and --trials."
        )
    chosen = random.sample(photographs, protocol.photographs)
    phases = [VIGILANCE] * protocol.vigilance_trials + [TEST] * (protocol.trials - protocol.vigilance_trials)
    random.shuffle(phases)
    phases = [PRACTICE] * protocol.practice + phases
    turns = _turns(systems, phases, random)
    return tuple(
        Trial(phase, photograph, _pictures(protocol.kind, RANDOM if phase == VIGILANCE else next(turns[phase]), random))
        for phase, photograph in zip(phases, chosen, strict=True)
    )


def _turns(systems: Sequence[str], phases: Sequence[str], random: Random) -> dict[str, Iterator[str]]:
    """For practice and test, the systems in random order, each as often as any other, give or take one."""
    turns = {}
    for phase in (PRACTICE, TEST):
        count = phases.count(phase)
        rounds = [random.sample(systems, len(systems)) for _ in range(-(-count // len(systems)))]
        order = [system for one in rounds for system in one][:count]
        random.shuffle(order)
        turns[phase] = iter(order)
    return turns


def _pictures(kind: str, system: str, random: Random) -> tuple[str, ...]:
    if kind == "rating":
        return (system,)
    return (TRUTH, system) if random.random() < 0.5 else (system, TRUTH)
