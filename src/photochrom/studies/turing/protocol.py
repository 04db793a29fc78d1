"""The protocol of a study: how many trials, how long a picture is seen, what makes a trial count.

pairs   a photograph and a colorized version of it in succession; which one has fake colors? (Zhang 2016, 3.1)
rating  one picture at a time; does it look natural? (Iizuka 2016, 4.2)
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from photochrom.errors import StudyError

TRUTH, RANDOM = "truth", "random"  # the photograph itself; the photograph in the colors of another
KINDS = ("pairs", "rating")

# What keeps a trial out of the score. A trial without any of them has the empty mark.
HIDDEN, AGAIN, SHORT, LONG = "hidden", "again", "short", "long"


@dataclass(frozen=True)
class Protocol:
    """The numbers of a study; the defaults are those of Zhang et al. 2016."""

    kind: str = "pairs"
    practice: int = 10
    """Trials at the beginning that don't count; in pairs, they are followed by the right answer."""
    trials: int = 40
    """Trials that follow, vigilance trials among them."""
    vigilance: float = 0.1
    """Share of those trials in which the fake is the random baseline, easy for everybody who looks."""
    exposure: float | None = 1.0
    """Seconds each picture is shown; None: until the answer."""
    tolerance: float = 0.05
    """Seconds by which the time a picture was really shown may differ: three frames of a 60 Hz screen."""
    participants: int = 40
    """Participants wanted, in pairs for each algorithm; then the study is full."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise StudyError(f"A study's kind is {' or '.join(KINDS)}, not {self.kind!r}.")
        if self.practice < 0 or self.trials < 1 or self.participants < 1:
            raise StudyError(
                "A study needs at least one trial and one participant, and practice trials can't be fewer than 0."
            )
        if not 0 <= self.vigilance < 1 or self.vigilance_trials >= self.trials:
            raise StudyError(
                f"Vigilance trials are a share of the {self.trials} trials, 0 up to less than 1; "
                f"{self.vigilance:g} leaves none that counts."
            )
        if self.exposure is None and self.kind == "pairs":
            raise StudyError("In a study of pairs each picture is shown for a time; give an exposure in seconds.")
        if self.exposure is not None and not 0 < self.exposure <= 60:
            raise StudyError(f"An exposure lasts more than 0 and at most 60 seconds, not {self.exposure:g}.")
        if not 0 < self.tolerance <= 60:
            raise StudyError(f"A tolerance is more than 0 and at most 60 seconds, not {self.tolerance:g}.")

    @classmethod
    def of_kind(cls, kind: str) -> Self:
        """The published numbers of a kind; what Iizuka et al. don't tell for `rating` is ours (docs/turing.md)."""
        if kind == "rating":
            return cls(kind="rating", practice=0, trials=60, exposure=None, participants=10)
        return cls(kind=kind)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Back from `to_json`; StudyError for anything else."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise StudyError(f"The study's protocol can't be read ({error}).") from error

    def to_json(self) -> str:
        """Every number, for the store."""
        return json.dumps(asdict(self))

    @property
    def vigilance_trials(self) -> int:
        """How many of the trials are vigilance trials."""
        return round(self.vigilance * self.trials)

    @property
    def photographs(self) -> int:
        """How many photographs a participant sees, each in one trial only."""
        return self.practice + self.trials

    def mark(self, shown: Sequence[float], hidden: bool, seen_before: bool) -> str:
        """What keeps a trial out of the score, "" if nothing does.

        shown        milliseconds each picture was on the screen, as the page measured it
        hidden       whether the page was out of sight meanwhile
        seen_before  whether the trial had been shown already: the page was loaded again, or opened in another tab
        """
        if hidden:
            return HIDDEN
        if seen_before:
            return AGAIN
        if self.exposure is None:
            return ""
        low, high = (1000 * (self.exposure + sign * self.tolerance) for sign in (-1, 1))
        if min(shown) < low:
            return SHORT
        return LONG if max(shown) > high else ""
