"""What the server may hold in memory: bytes that are taken and given back, and a store of what can be made again.

Used by the event loop alone, so without locks.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from photochrom.serve.problems import Problem


class Memory:
    """A number of bytes. `keep` uses what is left of it for results, and the least recently used ones go first."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken, self.kept = limit, 0, 0
        self._results: OrderedDict[tuple[str, Hashable], tuple[Any, int]] = OrderedDict()

    @property
    def used(self) -> int:
        """Bytes of everything."""
        return self.taken + self.kept

    def take(self, size: int) -> None:
        """Count bytes that are needed; Problem where there are not so many, even without any result."""
        if self.taken + size > self.limit:
            raise Problem(
                "memory",
                f"There is no room for it: the server may use {self.limit / 10**6:g} MB. Remove photographs that are "
                "done, or wait until others are.",
            )
        self.taken += size
        self._shrink()

    def give(self, size: int) -> None:
        """Count them as free again."""
        self.taken -= size

    @contextmanager
    def borrowed(self, size: int) -> Iterator[None]:
        """Count bytes that are there anyway, while they are: results make room for them, nobody is refused."""
        self.taken += size
        self._shrink()
        try:
            yield
        finally:
            self.give(size)

    def keep(self, owner: str, name: Hashable, value: Any, size: int) -> None:
        """Hold a result of a photograph, until there is no room for it."""
        self._drop((owner, name))
        self._results[owner, name] = (value, size)
        self.kept += size
        self._shrink()

    def find(self, owner: str, name: Hashable) -> Any:
        """A result that is still held, else None."""
        key = (owner, name)
        if key not in self._results:
            return None
        self._results.move_to_end(key)
        return self._results[key][0]

    def forget(self, owner: str) -> None:
        """Drop all results of a photograph."""
        for key in [key for key in self._results if key[0] == owner]:
            self._drop(key)

    def _shrink(self) -> None:
        while self._results and self.used > self.limit:
            self._drop(next(iter(self._results)))

    def _drop(self, key: tuple[str, Hashable]) -> None:
        if key in self._results:
            self.kept -= self._results.pop(key)[1]
