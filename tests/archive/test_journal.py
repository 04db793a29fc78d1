"""What the journal promises: it knows what is done and unchanged, and never takes another's file for one of ours."""

import os
import sqlite3
from pathlib import Path

import pytest

from photochrom.archive.journal import LEFT_OUT, NAME, Journal, Source, Stamp, Verdict
from photochrom.errors import ArchiveError
from photochrom.photo.files import publish


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of results, and a source beside it."""
    monkeypatch.chdir(tmp_path)
    Path("out/deep").mkdir(parents=True)
    Path("a.jpg").write_text("a photograph")
    return tmp_path


TARGET = Path("out/deep/a.jpg")


def source(path: str = "a.jpg", page: int = 0) -> Source:
    stamp = Stamp.of(path)
    assert stamp is not None
    return Source(Path(path), stamp, page)


def written(text: str = "colored") -> Path:
    part = TARGET.with_name(".part.jpg")
    part.write_text(text)
    return part


def entered(journal: Journal, text: str = "colored", of: Source | None = None) -> Path:
    """As a run does it, up to the moment before the result gets its name."""
    part = written(text)
    stamp = Stamp.of(part)
    assert stamp is not None
    journal.enter(TARGET, of or source(), stamp, "cpu")
    return part


def make(key: str = "key", text: str = "colored") -> None:
    with Journal(Path("out"), key) as journal:
        publish(entered(journal, text), TARGET, overwrite=True)


def verdict(key: str = "key", of: Source | None = None) -> Verdict:
    with Journal(Path("out"), key) as journal:
        return journal.look(TARGET, of or source())[0]


def later(path: Path | str, seconds: int = 10) -> None:
    """As if the file had been written that much later."""
    found = os.stat(path)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + seconds * 10**9))


def test_what_was_never_made_is_new() -> None:
    assert verdict() is Verdict.NEW


def test_what_was_made_is_done() -> None:
    make()
    assert verdict() is Verdict.DONE


def test_a_photograph_that_was_moved_with_its_time_is_the_same() -> None:
    make()
    Path("a.jpg").rename("moved.jpg")
    assert verdict(of=source("moved.jpg")) is Verdict.DONE


def test_made_again_within_a_moment_in_the_same_size_it_is_the_new_one_that_is_known() -> None:
    for key in ("first", "second"):
        make(key)
    assert (verdict("first"), verdict("second")) == (Verdict.STALE, Verdict.DONE)


def test_a_change_of_the_photograph_or_the_options_makes_it_stale() -> None:
    make()
    assert verdict("other key") is Verdict.STALE
    later("a.jpg", 1)
    assert verdict() is Verdict.STALE
    make()
    Path("a.jpg").write_text("another photograph")
    assert verdict() is Verdict.STALE
    assert verdict(of=source(page=1)) is Verdict.STALE


def test_a_result_that_was_deleted_is_new() -> None:
    make()
    TARGET.unlink()
    assert verdict() is Verdict.NEW


def test_a_result_that_somebody_changed_is_not_ours_any_more() -> None:
    make()
    TARGET.write_text("retouched by hand")
    assert verdict() is Verdict.FOREIGN
    make()
    later(TARGET)
    assert verdict() is Verdict.FOREIGN


def test_a_file_that_was_there_before_is_not_ours() -> None:
    TARGET.write_text("mine")
    assert verdict() is Verdict.FOREIGN


def test_a_time_that_the_file_system_rounded_is_no_change() -> None:
    make()
    seconds = int(TARGET.stat().st_mtime) // 2 * 2
    os.utime(TARGET, (seconds, seconds))
    assert verdict() is Verdict.DONE


def test_a_result_made_of_another_photograph_is_told_with_its_name(place: Path) -> None:
    make()
    Path("b.jpg").write_text("quite another")
    with Journal(Path("out"), "key") as journal:
        assert journal.look(TARGET, source("b.jpg")) == (Verdict.TAKEN, place / "a.jpg")


def test_killed_before_the_result_got_its_name_nothing_is_known_of_it() -> None:
    with Journal(Path("out"), "key") as journal:
        entered(journal)
    assert verdict() is Verdict.NEW


def test_killed_before_a_new_result_replaced_the_old_one_the_old_one_is_still_known() -> None:
    make(text="old")
    with Journal(Path("out"), "other key") as journal:
        part = entered(journal, "the new one")
    assert verdict("other key") is Verdict.STALE
    assert verdict() is Verdict.DONE
    publish(part, TARGET, overwrite=True)
    assert verdict("other key") is Verdict.DONE
    assert verdict() is Verdict.STALE


def test_entries_of_results_that_are_gone_do_not_pile_up() -> None:
    for number in range(5):
        make(text="x" * number)
    with sqlite3.connect("out/" + NAME) as rows:
        assert rows.execute("SELECT count(*) FROM results").fetchone()[0] <= 2
    rows.close()


def test_what_was_left_out_is_remembered_until_the_photograph_changes() -> None:
    with Journal(Path("out"), "key") as journal:
        journal.enter(TARGET, source(), LEFT_OUT, "cpu")
        assert journal.look(TARGET, source())[0] is Verdict.IN_COLOR
    later("a.jpg")
    assert verdict() is Verdict.NEW


def test_the_processor_is_kept() -> None:
    make()
    rows = sqlite3.connect("out/" + NAME)
    assert rows.execute("SELECT target, provider FROM results").fetchall() == [(b"deep/a.jpg", "cpu")]
    rows.close()


def test_only_one_run_at_a_time_works_in_a_folder() -> None:
    with Journal(Path("out"), "key"), pytest.raises(ArchiveError, match="Another photochrom is at work in out"):
        Journal(Path("out"), "key")
    assert verdict() is Verdict.NEW


def test_a_run_that_was_killed_is_known_by_its_token() -> None:
    with Journal(Path("out"), "key") as journal:
        killed = journal.token
    with sqlite3.connect("out/" + NAME) as rows:
        rows.execute("UPDATE runs SET ended = NULL")
    rows.close()
    with Journal(Path("out"), "key") as journal:
        assert journal.unfinished == [killed]
        journal.swept()
    with Journal(Path("out"), "key") as journal:
        assert journal.unfinished == []


def test_looking_changes_nothing() -> None:
    make()
    before = Path("out", NAME).read_bytes()
    with Journal(Path("out"), "other key", only_look=True) as journal:
        assert journal.look(TARGET, source())[0] is Verdict.STALE
    assert Path("out", NAME).read_bytes() == before


def test_a_damaged_journal_is_one_sentence() -> None:
    Path("out", NAME).write_text("scribbles" * 1000)
    with pytest.raises(ArchiveError, match="is damaged; delete it"):
        Journal(Path("out"), "key")


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99", "PRAGMA application_id = 7"])
def test_a_journal_of_another_program_or_version_is_refused(change: str) -> None:
    make()
    rows = sqlite3.connect("out/" + NAME)
    rows.execute(change)
    rows.close()
    with pytest.raises(ArchiveError, match="no journal of this version"):
        Journal(Path("out"), "key")


def test_a_folder_that_takes_no_journal_is_one_sentence() -> None:
    Path("out", NAME).mkdir()
    with pytest.raises(ArchiveError, match="may not be written to"):
        Journal(Path("out"), "key")
