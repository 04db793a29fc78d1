"""What killed runs left is removed, and nothing else is."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from photochrom.archive.journal import NAME, Journal
from photochrom.archive.leftovers import ABANDONED, Beside, part_of, sweep


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out/deep").mkdir(parents=True)


def killed_run() -> str:
    """The token of a run that never ended."""
    with Journal(Path("out"), "key") as journal:
        token = journal.token
    rows = sqlite3.connect("out/" + NAME)
    with rows:
        rows.execute("UPDATE runs SET ended = NULL")
    rows.close()
    return token


def test_the_unfinished_files_of_a_killed_run_are_removed_wherever_they_lie() -> None:
    token = killed_run()
    ours = [part_of(Path(name), token) for name in ("out/a.jpg", "out/deep/b.tif")]
    ours.append(Path("out/deep") / f".{part_of(Path('c.tif'), token).name}.0123abcd.part")  # a part's own part
    others = [
        Path("out/a.jpg"),
        Path("out/.a.jpg.0123abcd.part"),
        Path("out/.deadbeef-1.part.jpg"),
        Path(f"out/{token}-1"),
    ]
    for path in (*ours, *others):
        path.touch()
    with Journal(Path("out"), "key") as journal:
        assert sweep(journal) == 3
    assert [path for path in ours if path.exists()] == []
    assert [path for path in others if not path.exists()] == []


def test_after_a_quiet_end_nothing_is_looked_for() -> None:
    with Journal(Path("out"), "key") as journal:
        part = part_of(Path("out/a.jpg"), journal.token)
        part.touch()
    with Journal(Path("out"), "key") as journal:
        assert sweep(journal) == 0
    assert part.exists()


def test_without_a_journal_only_old_ones_of_the_same_result_are_removed() -> None:
    names = {"out/.a.jpg.0123abcd.part": True, "out/.b.jpg.0123abcd.part": False, "out/.a.jpg.mine.part": False}
    for name in names:
        Path(name).touch()
    assert Beside().sweep(Path("out/a.jpg")) == 0
    old = time.time() - ABANDONED - 1
    for name in names:
        os.utime(name, (old, old))
    assert Beside().sweep(Path("out/a.jpg")) == 1
    assert {name: not Path(name).exists() for name in names} == names


def test_a_folder_is_looked_into_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, plain = list[str](), os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(str(path)) or plain(path))
    beside = Beside()
    for number in range(9):
        beside.sweep(Path(f"out/{number}.jpg"))
    assert looks == ["out"]
