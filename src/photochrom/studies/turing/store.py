"""The store of a study: participants, the order of their trials, their answers. One SQLite file.

Every change is one transaction, on the disk before the page hears of it: a server that is killed loses nothing, and
each trial is answered at most once. Who somebody is, is a random word in a cookie; nothing else is kept of anybody.
"""

import json
import secrets
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, Self

from photochrom.errors import StudyError
from photochrom.studies.turing.assignment import PRACTICE, choose_system, draw_trials
from photochrom.studies.turing.exchange import Answer, Elsewhere, Presented, Progress
from photochrom.studies.turing.protocol import TRUTH, Protocol

FILE = "study.sqlite"
APPLICATION = 0x70686F74  # "phot": what SQLite's header says this file is
VERSION = 1
ASLEEP = 3600.0  # seconds after which an unfinished participant no longer counts in the balance

SCHEMA = """
CREATE TABLE study (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE photographs (id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE participants (
    id INTEGER PRIMARY KEY, cookie TEXT NOT NULL UNIQUE, system TEXT, enrolled REAL NOT NULL, seen REAL NOT NULL,
    finished REAL
) STRICT;
CREATE TABLE trials (
    participant INTEGER NOT NULL REFERENCES participants, position INTEGER NOT NULL, phase TEXT NOT NULL,
    photograph INTEGER NOT NULL REFERENCES photographs, pictures TEXT NOT NULL, nonce TEXT, seen_before INTEGER NOT NULL
    DEFAULT 0, choice INTEGER, shown TEXT, response REAL, mark TEXT, answered REAL,
    PRIMARY KEY (participant, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
    token TEXT PRIMARY KEY, participant INTEGER NOT NULL, position INTEGER NOT NULL, slot INTEGER NOT NULL,
    fetched INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_of ON tokens (participant, position);
"""


class Store:
    """An open study. Threads may share it; so may several processes the file."""

    def __init__(self, path: Path, random: Random | None = None) -> None:
        """Open a store that exists; StudyError where there is none. `random` draws trials, not secrets."""
        self.path, self._lock = path, threading.RLock()
        self.random = random or SystemRandom()
        if not path.is_file():
            raise StudyError(f"There is no study in {path}; make one with photochrom study turing PHOTOS -o FOLDER.")
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            weakref.finalize(self, self._db.close)
            self._db.row_factory = sqlite3.Row
            found = [self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            if found != [APPLICATION, VERSION]:
                raise StudyError(f"{path} is not the store of a study of this version of photochrom.")
            self._db.execute("PRAGMA synchronous = FULL")
            rows = dict(self._db.execute("SELECT name, value FROM study"))
        except sqlite3.Error as error:
            raise StudyError(f"{path} can't be read as the store of a study ({error}).") from None
        self.name, self.protocol = rows["name"], Protocol.from_json(rows["protocol"])
        self.systems: dict[str, str] = json.loads(rows["systems"])

    @classmethod
    def create(cls, path: Path, protocol: Protocol, systems: Mapping[str, str], photographs: Sequence[str],
               random: Random | None = None) -> Self:  # fmt: skip
        """Make the store, or open it where it is; StudyError where it holds another study.

        Of a study that exists, the number of participants alone may be another: then it goes on with that.

        systems      what is judged, name -> what tells whether it is the same
        photographs  file names of the pictures
        """
        if not path.exists():
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            values = {
                "name": secrets.token_hex(4),
                "protocol": protocol.to_json(),
                "systems": json.dumps(dict(systems)),
            }
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with closing(sqlite3.connect(part)) as db:
                    db.executescript(
                        f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; {SCHEMA}"
                    )
                    db.executemany("INSERT INTO study VALUES (?, ?)", values.items())
                    db.executemany("INSERT INTO photographs (file) VALUES (?)", [(name,) for name in photographs])
                    db.commit()
                    db.execute("PRAGMA journal_mode = WAL")
                part.replace(path)
            except (OSError, sqlite3.Error) as error:
                raise StudyError(f"The study can't be written to {path} ({error}); choose another folder.") from None
        store = cls(path, random)
        same = replace(store.protocol, participants=protocol.participants) == protocol
        if not same or store.systems != dict(systems) or store.files() != sorted(photographs):
            raise StudyError(
                f"{path} holds a study of other photographs, models or numbers; repeat the command that made it, or "
                "choose another folder with -o."
            )
        if store.protocol != protocol:
            store.protocol = protocol
            with store._changing() as db:
                db.execute("UPDATE study SET value = ? WHERE name = 'protocol'", (protocol.to_json(),))
        return store

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def files(self) -> list[str]:
        """File names of the photographs' pictures, sorted."""
        with self._lock:
            return [file for (file,) in self._db.execute("SELECT file FROM photographs ORDER BY file")]

    def enroll(self, cookie: str) -> bool:
        """Make somebody a participant, draw the trials; False when the study is full. Once a cookie: again is nothing.

        In pairs the algorithm is one with the fewest participants; who left unfinished an hour ago doesn't count.
        """
        with self._changing() as db:
            if db.execute("SELECT 1 FROM participants WHERE cookie = ?", (cookie,)).fetchone():
                return True
            counts = self._counts(db)
            if min(counts.values()) >= self.protocol.participants:
                return False
            pairs = self.protocol.kind == "pairs"
            system = choose_system(counts, self.random) if pairs else None
            photographs = [row[0] for row in db.execute("SELECT id FROM photographs ORDER BY id")]
            shown = [system] if system is not None else [TRUTH, *self.systems]
            trials = draw_trials(self.protocol, photographs, shown, self.random)
            now = time.time()
            participant = db.execute(
                "INSERT INTO participants (cookie, system, enrolled, seen) VALUES (?, ?, ?, ?)",
                (cookie, system, now, now),
            ).lastrowid
            db.executemany(
                "INSERT INTO trials (participant, position, phase, photograph, pictures) VALUES (?, ?, ?, ?, ?)",
                [
                    (participant, position, trial.phase, trial.photograph, json.dumps(trial.pictures))
                    for position, trial in enumerate(trials)
                ],
            )
        return True

    def progress(self, cookie: str) -> Progress | None:
        """How far a participant is; None for a stranger."""
        with self._lock:
            rows = self._db.execute(
                "SELECT phase, pictures, choice FROM trials JOIN participants ON id = participant WHERE cookie = ? "
                "ORDER BY position",
                (cookie,),
            ).fetchall()
        if not rows:
            return None
        if rows[-1][2] is not None:
            found = [json.loads(pictures)[choice] != TRUTH for phase, pictures, choice in rows
                     if phase != PRACTICE and self.protocol.kind == "pairs"]  # fmt: skip
            return Progress("done", len(rows), sum(found) if found else None)
        answered = sum(choice is not None for *_, choice in rows)
        if answered < self.protocol.practice:
            return Progress("practice", answered)
        return Progress("test", answered - self.protocol.practice)

    def present(self, cookie: str) -> Presented | None:
        """Show the current trial, under new random words; None when all are answered, or for a stranger.

        Where the trial's pictures had been fetched already, it counts as seen before.
        """
        with self._changing() as db:
            row = self._current(db, cookie)
            if row is None:
                return None
            participant, position, phase, pictures = (
                row[name] for name in ("participant", "position", "phase", "pictures")
            )
            where = (participant, position)
            seen = db.execute(
                "SELECT 1 FROM tokens WHERE participant = ? AND position = ? AND fetched", where
            ).fetchone()
            nonce, tokens = secrets.token_urlsafe(16), tuple(secrets.token_urlsafe(16) for _ in json.loads(pictures))
            db.execute("DELETE FROM tokens WHERE participant = ? AND position = ?", where)
            db.executemany(
                "INSERT INTO tokens (token, participant, position, slot) VALUES (?, ?, ?, ?)",
                [(token, *where, slot) for slot, token in enumerate(tokens)],
            )
            db.execute(
                "UPDATE trials SET nonce = ?, seen_before = seen_before OR ? WHERE participant = ? AND position = ?",
                (nonce, seen is not None, *where),
            )
            db.execute("UPDATE participants SET seen = ? WHERE id = ?", (time.time(), participant))
        practice = phase == PRACTICE
        return Presented(nonce, position + 1 - (0 if practice else self.protocol.practice), practice, tokens)

    def fetch(self, cookie: str, token: str) -> tuple[str, str] | None:
        """(system, file) of a picture of this participant's current trial, which from now on was seen; else None."""
        with self._changing() as db:
            row = db.execute(
                "SELECT slot, pictures, file FROM tokens JOIN trials USING (participant, position) "
                "JOIN photographs ON photographs.id = photograph JOIN participants ON participants.id = participant "
                "WHERE token = ? AND cookie = ?",
                (token, cookie),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE tokens SET fetched = 1 WHERE token = ?", (token,))
        return json.loads(row["pictures"])[row["slot"]], row["file"]

    def answer(self, cookie: str, answer: Answer) -> int | None:
        """Keep an answer; in a practice trial of pairs, the picture that was fake, else None.

        The same answer sent twice is kept once, the first one stands. Elsewhere for any trial that is not the current.
        """
        with self._changing() as db:
            row = db.execute(
                "SELECT trials.* FROM trials JOIN participants ON id = participant WHERE cookie = ? AND nonce = ?",
                (cookie, answer.nonce),
            ).fetchone()
            if row is None:
                raise Elsewhere
            pictures = json.loads(row["pictures"])
            if row["choice"] is None:
                self._keep(db, row, answer, len(pictures))
        if row["phase"] == PRACTICE and self.protocol.kind == "pairs":
            return int(pictures[0] == TRUTH)
        return None

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a SELECT finds, for reports."""
        with self._lock:
            return [dict(row) for row in self._db.execute(query)]

    def _keep(self, db: sqlite3.Connection, row: sqlite3.Row, answer: Answer, count: int) -> None:
        if len(answer.shown) != count:
            raise StudyError(f"{count} pictures were shown, and {len(answer.shown)} times are told.")
        now, where = time.time(), (row["participant"], row["position"])
        mark = self.protocol.mark(answer.shown, answer.hidden, bool(row["seen_before"]))
        db.execute(
            "UPDATE trials SET choice = ?, shown = ?, response = ?, mark = ?, answered = ? "
            "WHERE participant = ? AND position = ?",
            (answer.choice, json.dumps(answer.shown), answer.response, mark, now, *where),
        )
        db.execute("DELETE FROM tokens WHERE participant = ? AND position = ?", where)
        last = row["position"] == self.protocol.photographs - 1
        db.execute(
            "UPDATE participants SET seen = ?, finished = CASE WHEN ? THEN ? ELSE finished END WHERE id = ?",
            (now, last, now, row["participant"]),
        )

    def _current(self, db: sqlite3.Connection, cookie: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = db.execute(
            "SELECT trials.* FROM trials JOIN participants ON id = participant WHERE cookie = ? AND choice IS NULL "
            "ORDER BY position LIMIT 1",
            (cookie,),
        ).fetchone()
        return row

    def _counts(self, db: sqlite3.Connection) -> dict[str, int]:
        """Participants of each system that have finished or are at it; in a rating everybody judges all."""
        awake = db.execute(
            "SELECT system, count(*) FROM participants WHERE finished IS NOT NULL OR seen > ? GROUP BY system",
            (time.time() - ASLEEP,),
        ).fetchall()
        found = dict(map(tuple, awake))
        if self.protocol.kind == "pairs":
            return {system: found.get(system, 0) for system in self.systems}
        return {"all": sum(found.values())}

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone in this process and among processes."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
