"""What the store and the page tell each other: how far somebody is, the trial that is shown, the answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a participant is."""

    stage: str  # practice, test, done
    answered: int  # of that stage
    correct: int | None = None  # when done: in how many of the trials the fake was found


@dataclass(frozen=True)
class Presented:
    """The current trial as a page may know it: random words, and nothing of what they stand for."""

    nonce: str
    number: int
    practice: bool
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a page reports. Choice: in pairs the picture said to be fake, 0 or 1; in a rating 1 is natural, 0 is not."""

    nonce: str
    choice: int
    shown: tuple[float, ...]  # milliseconds each picture was seen
    response: float  # milliseconds from the question to the answer
    hidden: bool


class Elsewhere(Exception):
    """The trial that is answered is not the current one: it was shown again, in another tab or after a reload."""
