"""What a run of `prepare` has done so far, in one SQLite file: nothing that is in it is done again.

Small copies lie in a table of their own, so that reading the verdicts on a million pictures doesn't read the pictures.
SQLite gives what a run needs that may be killed at any moment: a row is there whole or not at all.
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from photochrom.errors import DataError
from photochrom.training.shrinking import Shrunk

_TABLES = """
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts(
    number INTEGER PRIMARY KEY, reason TEXT, chroma REAL, hash INTEGER, side INTEGER, bytes INTEGER
);
CREATE TABLE IF NOT EXISTS pictures(number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shards(name TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
"""
_PER_COMMIT = 64  # pictures: under a second of work lost to a power cut, and no time spent on waiting for the disk


class Verdicts(NamedTuple):
    """All verdicts, in the order of the listing; arrays of equal length."""

    drop: list[str | None]
    chroma: np.ndarray  # float64
    hash: np.ndarray  # uint64
    side: np.ndarray  # int64
    bytes: np.ndarray  # int64, of the small copy


class Journal:
    """One run's journal; a context manager. DataError when another run has it open."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, timeout=1)
        self._waiting = 0
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("BEGIN EXCLUSIVE")
            self._base.commit()  # the lock stays until the file is closed
            self._base.executescript(_TABLES)
        except sqlite3.OperationalError as error:
            self._base.close()
            if "locked" not in str(error):
                raise
            folder = path.parent.parent
            raise DataError(f"another run is at work in {folder}; wait for it or choose another folder.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._base.commit()
        self._base.close()

    def fact(self, name: str, value: str) -> str:
        """The value that was noted under this name first; `value` if none was."""
        with self._base:
            self._base.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
        return str(self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0])

    def seen(self) -> set[int]:
        """Numbers of the pictures that have a verdict."""
        return {number for (number,) in self._base.execute("SELECT number FROM verdicts")}

    def note(self, number: int, shrunk: Shrunk) -> None:
        """Keep a verdict, and the small copy if there is one."""
        signed = shrunk.hash - (1 << 64) if shrunk.hash >> 63 else shrunk.hash  # SQLite's integers have a sign
        row = (number, shrunk.drop, shrunk.chroma, signed, shrunk.side, len(shrunk.data))
        self._base.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?)", row)
        if shrunk.data:
            self._base.execute("INSERT INTO pictures VALUES (?, ?)", (number, shrunk.data))
        self._waiting += 1
        if self._waiting >= _PER_COMMIT:
            self.save()

    def save(self) -> None:
        """Make what was noted last."""
        self._base.commit()
        self._waiting = 0

    def verdicts(self) -> Verdicts:
        """Everything noted, by number."""
        rows = self._base.execute("SELECT reason, chroma, hash, side, bytes FROM verdicts ORDER BY number").fetchall()
        drop, chroma, hashes, side, size = zip(*rows, strict=True) if rows else ((),) * 5
        return Verdicts(
            list(drop),
            np.array(chroma, np.float64),
            np.array(hashes, np.int64).view(np.uint64),
            np.array(side, np.int64),
            np.array(size, np.int64),
        )

    def picture(self, number: int) -> bytes:
        """The small copy of a picture that was not dropped."""
        return bytes(self._base.execute("SELECT data FROM pictures WHERE number = ?", (number,)).fetchone()[0])

    def shards(self) -> dict[str, str]:
        """Finished shards: name -> SHA-256."""
        return dict(self._base.execute("SELECT name, sha256 FROM shards").fetchall())

    def note_shard(self, name: str, sha256: str) -> None:
        """Keep that a shard is finished."""
        with self._base:
            self._base.execute("INSERT OR REPLACE INTO shards VALUES (?, ?)", (name, sha256))
