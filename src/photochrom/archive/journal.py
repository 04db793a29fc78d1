"""Journal: what was written into a folder of results, of what and how. A small SQLite file in that folder.

A result is *done and unchanged* when the photograph has the size and time that it had, model and options are the same,
and the file is there as it was written. Order makes this safe against being killed at any moment:

    1  the result is written under a temporary name and reaches the disk
    2  its size and time are entered in the journal, beside those of the result that it replaces
    3  it is renamed, which changes neither

Killed before 3, the old result, or none, is still known; killed after it, the new one is. No order of events leaves a
file of ours that the journal does not know, nor makes it take another's file for one of ours.

One run at a time works in a folder: the file is locked as long as it is open, and the system unlocks it when the
process ends, however it ends.
"""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from photochrom.errors import ArchiveError

NAME = ".photochrom.sqlite"
VERSION = 1
_APPLICATION = 0x70686368  # "phch": what `file` and SQLite's own tools see in the header
_COARSEST = 2 * 10**9  # ns: FAT keeps times in steps of two seconds

_SCHEMA = f"""
CREATE TABLE runs (token TEXT PRIMARY KEY, begun REAL, ended REAL);
CREATE TABLE settings (number INTEGER PRIMARY KEY, key TEXT UNIQUE);
CREATE TABLE results (
    target BLOB,                                          -- path below this folder, as the system spells it
    size INTEGER, time INTEGER,                           -- of the result: bytes, ns since 1970
    source BLOB, source_size INTEGER, source_time INTEGER, page INTEGER,
    settings INTEGER REFERENCES settings, provider TEXT, finished REAL,
    PRIMARY KEY (target, time, size)
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
"""


class Verdict(Enum):
    """What the journal knows about a result that is wanted."""

    NEW = "there is none"
    DONE = "done and unchanged"
    STALE = "ours, but the photograph, the model or the options are others now"
    TAKEN = "ours, made of another photograph"
    FOREIGN = "not ours, or changed since"
    IN_COLOR = "left out before, because the photograph is in color already"


@dataclass(frozen=True)
class Stamp:
    """What tells whether a file has changed: its size in bytes and its time in ns."""

    size: int
    time: int

    @classmethod
    def of(cls, path: Path | str, follow: bool = True) -> Self | None:
        """That of a file, None if there is none. OSError for other reasons."""
        try:
            found = os.stat(path, follow_symlinks=follow)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return cls(found.st_size, found.st_mtime_ns)

    def written_as(self, other: "Stamp") -> bool:
        """Whether a file of ours is still the one that was written; a file system may have rounded its time."""
        return self.size == other.size and abs(self.time - other.time) <= _COARSEST


LEFT_OUT = Stamp(-1, 0)  # in place of a result that was not made


@dataclass(frozen=True)
class Source:
    """A photograph as it was when it was read."""

    path: Path
    stamp: Stamp
    page: int = 0


@dataclass(frozen=True)
class Entry:
    """A result that was written, the photograph it was made of, and the number of its settings."""

    written: Stamp
    source: Source
    settings: int


class Journal:
    """The journal of a folder; a context manager. Threads may share it.

    token       begins the names of this run's temporary files
    unfinished  such tokens of runs that were killed
    """

    def __init__(self, folder: Path, key: str, only_look: bool = False) -> None:
        """Open it, for results made with this key (`Settings.key`); begin it, unless one only wants to look.

        ArchiveError says what is wrong.
        """
        self.folder, self.path, self._only_look = folder, folder / NAME, only_look
        self.token = secrets.token_hex(4)
        self._lock = threading.Lock()
        with self._sentences():
            self._rows = sqlite3.connect(self.path, timeout=1, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
                self.unfinished = [
                    token for (token,) in self._rows.execute("SELECT token FROM runs WHERE ended IS NULL")
                ]
                self._settings = self._settings_number(key)
                if not only_look:
                    self._rows.execute("INSERT INTO runs VALUES (?, ?, NULL)", (self.token, time.time()))
            except BaseException:
                self._rows.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._sentences():
            try:
                self._rows.execute("UPDATE runs SET ended = ? WHERE token = ?", (time.time(), self.token))
            finally:
                self._rows.close()

    def look(self, target: Path, source: Source) -> tuple[Verdict, Path | None]:
        """What is known about a wanted result, and of which photograph the present one was made."""
        there = Stamp.of(target, follow=False)
        entry = _matching(self._entries(target), there or LEFT_OUT)
        if entry is None:
            return (Verdict.NEW if there is None else Verdict.FOREIGN), None
        same = entry.source.stamp == source.stamp and entry.source.page == source.page
        if there is None:
            return (Verdict.IN_COLOR if same else Verdict.NEW), None
        if same and entry.settings == self._settings:
            return Verdict.DONE, entry.source.path
        ours = same or entry.source.path == _absolute(source.path)
        return (Verdict.STALE if ours else Verdict.TAKEN), entry.source.path

    def enter(self, target: Path, source: Source, written: Stamp, provider: str) -> None:
        """Note that a result with this stamp will now be given its name; it is on the disk when this returns."""
        there = Stamp.of(target, follow=False)
        entries = self._entries(target)
        present = None if there is None else _matching(entries, there)
        row = (*_key(self.folder, target), written.size, written.time, *_source(source), self._settings, provider)
        with self._lock, self._sentences():
            self._rows.execute("BEGIN")
            for gone in (entry.written for entry in entries if entry is not present):
                self._rows.execute(
                    "DELETE FROM results WHERE (target, size, time) = (?, ?, ?)",
                    (*_key(self.folder, target), gone.size, gone.time),
                )
            self._rows.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, time.time())
            )
            self._rows.execute("COMMIT")

    def swept(self) -> None:
        """Note that nothing is left of the runs that were killed."""
        with self._lock, self._sentences():
            self._rows.executemany("UPDATE runs SET ended = begun WHERE token = ?", [(one,) for one in self.unfinished])

    def _entries(self, target: Path) -> list[Entry]:
        query = "SELECT source, size, time, source_size, source_time, page, settings FROM results WHERE target = ?"
        with self._lock, self._sentences():
            rows = self._rows.execute(query, _key(self.folder, target)).fetchall()
        return [
            Entry(Stamp(size, time), Source(Path(os.fsdecode(source)), Stamp(source_size, source_time), page), settings)
            for source, size, time, source_size, source_time, page, settings in rows
        ]

    def _prepare(self) -> None:
        """Lock the file, and lay out a new one."""
        self._rows.execute("PRAGMA locking_mode = EXCLUSIVE")  # and so needs no shared memory: network drives will do
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = FULL")  # an entry outlives a power failure, as the result does
        self._rows.execute("BEGIN EXCLUSIVE")
        self._rows.execute("COMMIT")
        (version,), (application,) = (
            self._rows.execute(f"PRAGMA {what}").fetchone() for what in ("user_version", "application_id")
        )
        if (version, application) == (0, 0):
            self._rows.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        elif application != _APPLICATION or version != VERSION:
            raise ArchiveError(f"{self.path} is no journal of this version of photochrom; choose another folder.")

    def _settings_number(self, key: str) -> int:
        if not self._only_look:
            self._rows.execute("INSERT OR IGNORE INTO settings (key) VALUES (?)", (key,))
        found = self._rows.execute("SELECT number FROM settings WHERE key = ?", (key,)).fetchone()
        return int(found[0]) if found else 0  # no result has number 0

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """SQLite's errors as sentences."""
        try:
            yield
        except sqlite3.Error as error:
            raise ArchiveError(self._sentence(error)) from error

    def _sentence(self, error: sqlite3.Error) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"Another photochrom is at work in {self.folder}; wait for it, or choose another folder."
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return f"The journal {self.path} is damaged; delete it and go on with --overwrite, which colors all anew."
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return f"The folder {self.folder} may not be written to: its journal {NAME} can't be opened."
        return f"The journal {self.path} can't be kept ({error})."


def _matching(entries: list[Entry], there: Stamp) -> Entry | None:
    """The entry of a file that is there: of several that might be, the one with the nearest time."""
    might = [entry for entry in entries if there.written_as(entry.written)]
    return min(might, key=lambda entry: abs(entry.written.time - there.time), default=None)


def _key(folder: Path, target: Path) -> tuple[bytes]:
    return (os.fsencode(target.relative_to(folder).as_posix()),)


def _source(source: Source) -> tuple[bytes, int, int, int]:
    return os.fsencode(_absolute(source.path)), source.stamp.size, source.stamp.time, source.page


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
