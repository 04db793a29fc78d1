"""A folder that a scanner fills: photographs are taken as they come, once nobody writes to them any more.

Folders are looked through again and again, which works on every file system, network drives included. A file is taken
when its size and time have stayed the same for a while; if it changes later, it is taken again. What was seen is kept
in a temporary SQLite file, so that a folder may hold any number of photographs.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from photochrom.archive.journal import Stamp
from photochrom.archive.naming import Naming
from photochrom.archive.plan import Failure, Job, jobs_of, photographs_in
from photochrom.errors import PlanError

POLL = 2.0  # seconds between two looks
SETTLE = 5.0  # seconds without a change after which a file is taken for whole
_SHARE = 10  # a look that takes long is followed by ten times that long without one

_SCHEMA = "CREATE TABLE seen (source BLOB PRIMARY KEY, size INTEGER, time INTEGER, since REAL, taken INTEGER)"


class Watch:
    """Watches folders.

    inputs      the folders
    naming      where results go
    pages       "first" or "all"
    poll        seconds between two looks
    settle      seconds without a change
    clock       in seconds; another one for tests
    """

    def __init__(
        self,
        inputs: Sequence[str],
        naming: Naming,
        pages: str = "first",
        poll: float = POLL,
        settle: float = SETTLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """PlanError where results would be taken for photographs that have come."""
        self._inputs, self._naming, self._pages = inputs, naming, pages
        self._poll, self._settle, self._clock = poll, settle, clock
        self._told = set[Failure]()
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute(_SCHEMA)
        if naming.output is None and len(inputs) > 1:
            raise PlanError("--watch over several folders needs one for the results: -o OUT.")
        for given in inputs:
            if not os.path.isdir(given):
                raise PlanError(f"--watch looks into folders, and {given} is none.")
            if naming.output is not None and os.path.realpath(naming.output) == os.path.realpath(given):
                raise PlanError(f"{given} can't be watched and take the results as well; name another folder with -o.")
            if naming.output is None and not naming.ending:
                raise PlanError("--watch needs a folder for the results (-o), or a suffix that tells them apart.")

    def jobs(self) -> Iterator[Job | Failure | None]:
        """Photographs that are ready, folders that can't be listed, and None while nothing is to be done. Endless."""
        next_look = self._clock()
        while True:
            if self._clock() < next_look:
                yield None
                continue
            began = self._clock()
            yield from self._look()
            next_look = self._clock() + max(self._poll, _SHARE * (self._clock() - began))

    def _look(self) -> Iterator[Job | Failure]:
        failures = list[Failure]()
        for given in self._inputs:
            for source, place in photographs_in(given, self._naming, failures, []):
                if self._ready(source):
                    for _, page, target in jobs_of(source, place, self._naming, self._pages):
                        yield Job(Path(source), None if target is None else Path(target), page)
        yield from (one for one in failures if one not in self._told)
        self._told = set(failures)

    def _ready(self, source: str) -> bool:
        """Whether a file is whole and was not taken as it is."""
        try:
            stamp = Stamp.of(source)
        except OSError:
            return False
        if stamp is None or stamp.size == 0:  # taken away meanwhile, or just begun
            return False
        key, now = os.fsencode(source), self._clock()
        query = "SELECT size, time, since, taken FROM seen WHERE source = ?"
        size, changed, since, taken = self._seen.execute(query, (key,)).fetchone() or (None, None, now, 0)
        if (size, changed) != (stamp.size, stamp.time):
            row = (key, stamp.size, stamp.time, now)
            self._seen.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, 0)", row)
            return False
        if taken or now - since < self._settle:
            return False
        self._seen.execute("UPDATE seen SET taken = 1 WHERE source = ?", (key,))
        return True
