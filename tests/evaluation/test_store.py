"""What was measured is there whole or not at all, and belongs to one evaluation."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from albums import colorful
from photochrom.errors import EvaluationError
from photochrom.evaluation.measures import measure, summarize
from photochrom.evaluation.store import FILE, Store, packed, unpacked

FACTS = {"protocol": "folder", "photographs": "a" * 64}


def test_rows_come_back_in_the_order_of_photographs_without_those_left_out(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for photograph in (2, 0, 1):
            store.note(photograph, {"one": bytes([photograph])}, {"one": b"f"})
        store.leave_out(1, "broken")
    with Store(tmp_path) as store:
        assert list(store.rows("one")) == [(0, b"\0"), (2, b"\2")]
        assert store.done("one") == {0, 1, 2}
        assert store.done("two") == set()
        assert list(store.rows("one", "features")) == [(0, b"f"), (2, b"f")]
        assert store.left_out() == {1: "broken"}


def test_sums_are_unpacked_to_the_same_figures() -> None:
    sums = measure(colorful(1), colorful(2), "ä/1.png")
    back = unpacked(packed(sums))
    assert back.name == sums.name
    one, other = summarize([sums]), summarize([back])
    assert all(np.isclose(one[name], other[name], atol=1e-6, equal_nan=True) for name in one)


def test_the_same_evaluation_is_welcome_and_another_one_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.claim(FACTS, tmp_path)
        store.claim(FACTS, tmp_path)
        with pytest.raises(EvaluationError, match=r"belongs to another evaluation \(protocol folder, not val5k\)"):
            store.claim({**FACTS, "protocol": "val5k"}, tmp_path)
        with pytest.raises(EvaluationError, match=r"belongs to another evaluation \(other photographs\)"):
            store.claim({**FACTS, "photographs": "b" * 64}, tmp_path)


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(EvaluationError, match="Another run is at work"):
        Store(tmp_path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("nothing of the kind, and long enough to be looked at" * 20)
    with pytest.raises(EvaluationError, match="none of photochrom's"):
        Store(tmp_path)


def test_what_was_saved_survives_a_killed_process(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.note(0, {"one": b"kept"}, {})
    store.save()
    store.note(1, {"one": b"lost"}, {})
    copy = tmp_path / "after"
    copy.mkdir()
    for file in tmp_path.glob(f"{FILE}*"):
        (copy / file.name).write_bytes(file.read_bytes())  # as the disk is found after the power is gone
    base = sqlite3.connect(copy / FILE)
    assert base.execute("SELECT photograph FROM sums").fetchall() == [(0,)]
    base.close()
    store.__exit__()
