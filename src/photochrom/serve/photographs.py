"""The photographs that clients have uploaded: in memory, under random names, gone after a time without use."""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from photochrom.errors import printable
from photochrom.serve.limits import Limits
from photochrom.serve.memory import Memory
from photochrom.serve.problems import Problem

LONGEST = 150  # characters of a name


@dataclass(frozen=True)
class Facts:
    """What there is to know of a photograph; size in pixels, upright."""

    width: int
    height: int
    format: str
    depth: int
    colored: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """How the network is to look at a photograph: by which model, at which size, evened out or not."""

    model: str
    size: int | None = None
    contrast: bool = False


@dataclass(eq=False)
class Kept:
    """A photograph as it came, and what is known of it."""

    name: str
    data: bytes
    facts: Facts
    way: Way
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    used: float = 0.0
    is_gone: bool = False


class Photographs:
    """All of them; the bytes of each count as taken from `memory`."""

    def __init__(self, limits: Limits, memory: Memory, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._memory, self._clock = limits, memory, clock
        self._kept: dict[str, Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def refuse_more(self) -> None:
        """Problem if there is no place for another one."""
        self.expire()
        if len(self._kept) >= self._limits.photographs:
            raise Problem(
                "too-many-photographs",
                f"{len(self._kept)} photographs are kept already; remove some that are done, and try again.",
            )

    def add(self, kept: Kept) -> None:
        """Keep it; Problem where there is no place or no memory for it."""
        self.refuse_more()
        self._memory.take(len(kept.data))
        kept.used = self._clock()
        self._kept[kept.id] = kept

    def find(self, key: str) -> Kept:
        """The one of that name, which counts as used now; Problem if there is none."""
        self.expire()
        kept = self._kept.get(key)
        if kept is None:
            raise Problem("unknown-photograph", "There is no such photograph, or no more; upload it again.")
        kept.used = self._clock()
        return kept

    def remove(self, key: str) -> None:
        """Forget it and all that was made of it."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            kept.is_gone = True
            self._memory.give(len(kept.data))
            self._memory.forget(key)

    def expire(self) -> None:
        """Forget those that nobody has used for long."""
        before = self._clock() - self._limits.keep
        for key in [key for key, kept in self._kept.items() if kept.used < before]:
            self.remove(key)

    def clear(self) -> None:
        """Forget all."""
        for key in list(self._kept):
            self.remove(key)


def plain_name(name: str | None) -> str:
    """A file's name as a client says it, without folders and whatever is not printable; only ever shown."""
    last = re.split(r"[/\\]", name or "")[-1].strip()
    kept = printable(last)
    if len(kept) > LONGEST:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{stem[: LONGEST - 10]}{dot}{suffix[:9]}" if dot else kept[:LONGEST]
    return kept if kept.strip(".") else "photograph"
