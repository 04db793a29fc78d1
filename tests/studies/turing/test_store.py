"""What the store promises: sessions that survive, answers that count once, nothing that can be guessed."""

import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.errors import StudyError
from photochrom.studies.turing import store as store_module
from photochrom.studies.turing.exchange import Answer, Elsewhere, Presented, Progress
from photochrom.studies.turing.protocol import Protocol
from photochrom.studies.turing.store import FILE, Store
from turing_study import SHORT, SYSTEMS, current, make_store


def answer(trial: Presented, choice: int = 0) -> Answer:
    return Answer(trial.nonce, choice, (1000.0,) * len(trial.tokens), 500.0, hidden=False)


def present(store: Store, cookie: str) -> Presented:
    trial = store.present(cookie)
    assert trial is not None
    return trial


def answer_all(store: Store, cookie: str) -> None:
    while trial := store.present(cookie):
        store.answer(cookie, answer(trial))


def choices(store: Store) -> list[int | None]:
    return [row["choice"] for row in store.rows("SELECT choice FROM trials ORDER BY participant, position")]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def test_a_session_goes_from_practice_to_the_end(store: Store) -> None:
    assert store.progress("anna") is None
    assert store.enroll("anna")
    assert store.progress("anna") == Progress("practice", 0)
    for number in (1, 2):
        trial = present(store, "anna")
        assert (trial.practice, trial.number) == (True, number)
        store.answer("anna", answer(trial))
    assert store.progress("anna") == Progress("test", 0)
    assert present(store, "anna").number == 1
    answer_all(store, "anna")
    progress = store.progress("anna")
    assert progress is not None
    assert progress.stage == "done"
    assert store.present("anna") is None


def test_consent_given_twice_makes_one_participant(store: Store) -> None:
    store.enroll("anna")
    trials = store.rows("SELECT * FROM trials")
    store.enroll("anna")
    assert store.rows("SELECT * FROM trials") == trials


def test_only_practice_tells_which_was_fake(store: Store) -> None:
    store.enroll("anna")
    while trial := store.present("anna"):
        phase, pictures = current(store.path, trial.nonce)
        told = store.answer("anna", answer(trial))
        assert told == (1 - pictures.index("truth") if phase == "practice" else None)


def test_the_first_answer_stands(store: Store) -> None:
    store.enroll("anna")
    trial = present(store, "anna")
    store.answer("anna", answer(trial, 1))
    store.answer("anna", answer(trial, 0))  # a double click, or sent again because the reply was lost
    assert choices(store)[:2] == [1, None]


def test_a_trial_shown_again_takes_no_answer_to_its_first_showing(store: Store) -> None:
    store.enroll("anna")
    first, second = present(store, "anna"), present(store, "anna")
    with pytest.raises(Elsewhere):
        store.answer("anna", answer(first))
    store.answer("anna", answer(second))
    assert choices(store)[:2] == [0, None]


@pytest.mark.parametrize("nonce", ["", "guess", "0"])
def test_nobody_answers_what_was_not_shown(store: Store, nonce: str) -> None:
    store.enroll("anna")
    with pytest.raises(Elsewhere):
        store.answer("anna", Answer(nonce, 0, (1000.0, 1000.0), 1.0, hidden=False))


def test_nobody_answers_or_sees_for_another(store: Store) -> None:
    store.enroll("anna")
    store.enroll("berta")
    trial = present(store, "anna")
    with pytest.raises(Elsewhere):
        store.answer("berta", answer(trial))
    assert store.fetch("berta", trial.tokens[0]) is None
    assert store.fetch("anna", trial.tokens[0]) is not None


def test_words_for_pictures_hold_for_one_showing(store: Store) -> None:
    store.enroll("anna")
    first, second = present(store, "anna"), present(store, "anna")
    assert not set(first.tokens) & set(second.tokens)
    assert store.fetch("anna", first.tokens[0]) is None
    shown = [store.fetch("anna", token) for token in second.tokens]
    assert [system for system, _ in filter(None, shown)] == list(current(store.path, second.nonce)[1])
    store.answer("anna", answer(second))
    assert store.fetch("anna", second.tokens[0]) is None


def test_a_trial_counts_as_seen_before_when_its_pictures_were_fetched(store: Store) -> None:
    store.enroll("anna")
    present(store, "anna")  # asked for, but nothing was seen
    trial = present(store, "anna")
    store.fetch("anna", trial.tokens[0])
    again = present(store, "anna")
    store.answer("anna", answer(again))
    store.answer("anna", answer(present(store, "anna")))
    assert [row["mark"] for row in store.rows("SELECT mark FROM trials WHERE choice IS NOT NULL")] == ["again", ""]


def test_as_many_times_as_pictures(store: Store) -> None:
    store.enroll("anna")
    with pytest.raises(StudyError, match="2 pictures were shown, and 1 times are told"):
        store.answer("anna", Answer(present(store, "anna").nonce, 0, (1000.0,), 1.0, hidden=False))
    assert choices(store)[0] is None


steps = st.lists(st.sampled_from(["present", "fetch", "answer", "answer old", "enroll", "reopen"]), max_size=25)


@settings(max_examples=15)
@given(steps)
def test_whatever_two_tabs_and_reloads_do_each_trial_is_answered_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("study")
    store = make_store(folder)
    store.enroll("anna")
    shown: list[Presented] = []
    kept: list[tuple[int, int]] = []
    for number, step in enumerate(steps):
        if step == "reopen":
            store.close()
            store = Store(folder / FILE)
        elif step == "enroll":
            assert store.enroll("anna")
        elif step == "present":
            shown += filter(None, [store.present("anna")])
        elif shown and step == "fetch":
            store.fetch("anna", shown[-1].tokens[number % 2])
        elif shown:
            trial = shown[-1] if step == "answer" else shown[number % len(shown)]
            try:
                store.answer("anna", answer(trial, number % 2))
            except Elsewhere:
                continue
            kept.append((number, number % 2))
        given = [choice is not None for choice in choices(store)]
        assert given == sorted(given, reverse=True)
    first_of = sum(choice is not None for choice in choices(store))
    assert first_of <= len(kept)
    store.close()


def test_algorithms_are_balanced_and_who_left_does_not_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        store.enroll(f"person {number}")
    systems = [row["system"] for row in store.rows("SELECT system FROM participants ORDER BY id")]
    assert Counter(systems) == dict.fromkeys(SYSTEMS, 3)
    left = [f"person {number}" for number in range(6) if systems[number] == "dull"]
    later = store_module.time.time() + 2 * store_module.ASLEEP
    monkeypatch.setattr(store_module.time, "time", lambda: later)
    for number in range(6):
        if f"person {number}" not in left:
            answer_all(store, f"person {number}")
    for number in range(3):
        store.enroll(f"new {number}")
    added = [row["system"] for row in store.rows("SELECT system FROM participants WHERE id > 6")]
    assert added == ["dull"] * 3


def test_a_full_study_takes_nobody_else(tmp_path: Path) -> None:
    store = make_store(tmp_path, Protocol(practice=0, trials=4, vigilance=0, participants=1))
    assert [store.enroll(name) for name in ("anna", "berta", "clara")] == [True, True, False]
    assert store.progress("clara") is None
    assert store.progress("anna") == Progress("test", 0)


def test_another_study_in_the_same_place_is_refused(tmp_path: Path) -> None:
    make_store(tmp_path).close()
    files = make_store(tmp_path).files()
    for protocol, systems, names in (
        (Protocol(trials=5, practice=2), SYSTEMS, files),
        (SHORT, {**SYSTEMS, "dull": "retrained"}, files),
        (SHORT, SYSTEMS, files[1:]),
    ):
        with pytest.raises(StudyError, match="holds a study of other photographs, models or numbers"):
            Store.create(tmp_path / FILE, protocol, systems, names)


def test_a_study_may_go_on_with_more_participants(tmp_path: Path) -> None:
    few, more = (Protocol(practice=0, trials=4, vigilance=0, participants=number) for number in (1, 2))
    store = make_store(tmp_path, few)
    assert [store.enroll(name) for name in ("anna", "berta", "clara")] == [True, True, False]
    store.close()
    make_store(tmp_path, more).close()
    store = Store(tmp_path / FILE)
    assert store.protocol == more
    assert store.enroll("clara")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="There is no study in"):
        Store(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"votes, votes, votes" * 100)
    with pytest.raises(StudyError, match="can't be read as the store"):
        Store(tmp_path / FILE)
    (tmp_path / FILE).unlink()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("CREATE TABLE study (name TEXT, value TEXT)")
    db.close()
    with pytest.raises(StudyError, match="is not the store of a study"):
        Store(tmp_path / FILE)


KILLED = """
import os, signal, sys
from pathlib import Path
from photochrom.studies.turing.exchange import Answer
from photochrom.studies.turing.store import Store
store = Store(Path(sys.argv[1]))
store.enroll("anna")
for _ in range(5):
    trial = store.present("anna")
    store.answer("anna", Answer(trial.nonce, 1, (1000.0, 1000.0), 500.0, False))
store.present("anna")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_answer_and_no_order(store: Store) -> None:
    store.enroll("anna")
    before = [row["pictures"] for row in store.rows("SELECT pictures FROM trials ORDER BY position")]
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.path)], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    opened = Store(store.path, Random(1))
    assert choices(opened) == [1] * 5 + [None] * 7
    assert [row["pictures"] for row in opened.rows("SELECT pictures FROM trials ORDER BY position")] == before
    assert opened.progress("anna") == Progress("test", 3)
