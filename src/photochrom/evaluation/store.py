"""What an evaluation has measured so far, in one SQLite file of its folder: nothing that is in it is done again.

A row is the sums of one photograph under one system, known by the system's identity, not by its name: a system that is
added later needs only its own rows, and a model that was trained anew gets new ones. SQLite gives what a run needs that
may be killed at any moment: a row is there whole or not at all.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Self

from photochrom.errors import EvaluationError
from photochrom.evaluation.photo_sums import PhotoSums

FILE = "measured.sqlite"
_FORMAT = "photochrom evaluation 1"
_TABLES = """
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sums(
    photograph INTEGER, system TEXT, data BLOB NOT NULL, PRIMARY KEY(photograph, system)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS features(
    photograph INTEGER, system TEXT, data BLOB NOT NULL, PRIMARY KEY(photograph, system)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS left_out(photograph INTEGER PRIMARY KEY, reason TEXT NOT NULL);
"""
_COMMIT_AFTER = 5.0  # seconds: that much work is lost to a kill, and no time is spent on waiting for the disk


class Store:
    """One report's measurements; a context manager. EvaluationError when another run has it open."""

    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / FILE, timeout=1)
        self._saved = monotonic()
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("BEGIN EXCLUSIVE")
            self._base.commit()  # the lock stays until the file is closed
            self._base.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            self._base.close()
            if "locked" in str(error):
                raise EvaluationError(
                    f"Another run is at work in {folder}; wait for it or choose another folder."
                ) from None
            raise EvaluationError(
                f"{folder / FILE} is none of photochrom's ({error}); choose another folder."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._base.commit()
        self._base.close()

    def claim(self, facts: Mapping[str, str], folder: Path) -> None:
        """Note what this evaluation is of, or compare with what was noted; EvaluationError where they differ."""
        for name, value in {"format": _FORMAT, **facts}.items():
            with self._base:
                self._base.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
            noted = str(self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0])
            if noted != value:
                told = f"{name} {noted}, not {value}" if max(len(noted), len(value)) < 40 else f"other {name}"
                raise EvaluationError(
                    f"{folder} belongs to another evaluation ({told}); choose another folder or delete this one."
                )

    def done(self, system: str, table: str = "sums") -> set[int]:
        """Photographs that have a row under this system, in "sums" or "features"."""
        rows = self._base.execute(f"SELECT photograph FROM {_table(table)} WHERE system = ?", (system,))
        return {number for (number,) in rows}

    def left_out(self) -> dict[int, str]:
        """Photographs that could not be read, and why."""
        return dict(self._base.execute("SELECT photograph, reason FROM left_out ORDER BY photograph"))

    def leave_out(self, photograph: int, reason: str) -> None:
        """Note that a photograph cannot be read."""
        self._base.execute("INSERT OR REPLACE INTO left_out VALUES (?, ?)", (photograph, reason))
        self._save_at_times()

    def note(self, photograph: int, sums: Mapping[str, bytes], features: Mapping[str, bytes]) -> None:
        """Keep what was measured of one photograph, by the systems' identities."""
        for table, rows in (("sums", sums), ("features", features)):
            self._base.executemany(
                f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)",
                [(photograph, system, data) for system, data in rows.items()],
            )
        self._save_at_times()

    def rows(self, system: str, table: str = "sums") -> Iterator[tuple[int, bytes]]:
        """The rows of a system by photograph, one at a time, without those that were left out."""
        query = (
            f"SELECT photograph, data FROM {_table(table)} WHERE system = ? "
            "AND photograph NOT IN (SELECT photograph FROM left_out) ORDER BY photograph"
        )
        yield from self._base.execute(query, (system,))

    def save(self) -> None:
        """Commit what was noted last."""
        self._base.commit()
        self._saved = monotonic()

    def _save_at_times(self) -> None:
        if monotonic() - self._saved > _COMMIT_AFTER:
            self.save()


def packed(sums: PhotoSums) -> bytes:
    """A photograph's sums as bytes, some 3 kB; `unpacked` gives them back."""
    return zlib.compress(json.dumps(sums.to_json(), separators=(",", ":")).encode(), 4)


def unpacked(data: bytes) -> PhotoSums:
    """The sums that were packed."""
    return PhotoSums.from_json(json.loads(zlib.decompress(data)))


def _table(name: str) -> str:
    if name not in ("sums", "features"):
        raise ValueError(name)
    return name
