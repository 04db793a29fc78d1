"""A folder that a scanner fills: each photograph is taken once, when nobody writes to it any more."""

from itertools import islice
from pathlib import Path

import pytest

from photochrom.archive.naming import Naming
from photochrom.archive.plan import Failure, Job, naming_for
from photochrom.archive.watch import Watch
from photochrom.errors import PlanError
from pictures import lock


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("scans/box 1").mkdir(parents=True)
    return tmp_path


class Scanner:
    """A watch whose clock stands still until it is told to go on."""

    def __init__(self, *inputs: str, output: str | None = "out") -> None:
        self.now = 0.0
        naming = Naming(output, "", None) if output else naming_for(None, None, None)
        watch = Watch(inputs or ["scans"], naming, poll=1, settle=3, clock=lambda: self.now)
        self._jobs = watch.jobs()

    def after(self, seconds: float) -> list[str]:
        """What is ready, looked at every half second."""
        came = list[str]()
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            for one in iter(self._jobs.__next__, None):
                came.append(one.reason if isinstance(one, Failure) else f"{one.source} -> {one.target}")
        return came


def test_a_photograph_is_taken_once_when_it_has_settled() -> None:
    scanner = Scanner()
    assert scanner.after(10) == []
    Path("scans/box 1/a.tif").write_text("whole")
    assert scanner.after(3) == []
    assert scanner.after(2) == ["scans/box 1/a.tif -> out/box 1/a.tif"]
    assert scanner.after(20) == []


def test_a_file_that_grows_is_left_until_it_has_settled() -> None:
    scanner = Scanner()
    for length in range(1, 6):
        Path("scans/a.tif").write_text("x" * length)
        assert scanner.after(2) == []
    assert scanner.after(5) == ["scans/a.tif -> out/a.tif"]


def test_a_file_that_is_still_empty_is_left() -> None:
    scanner = Scanner()
    Path("scans/a.tif").touch()
    assert scanner.after(60) == []
    Path("scans/a.tif").write_text("whole")
    assert len(scanner.after(5)) == 1


def test_a_photograph_that_changes_is_taken_again() -> None:
    scanner = Scanner()
    Path("scans/a.tif").write_text("first")
    assert len(scanner.after(5)) == 1
    Path("scans/a.tif").write_text("scanned anew")
    assert len(scanner.after(6)) == 1


def test_results_inside_the_folder_and_beside_the_sources_are_no_photographs() -> None:
    for name in ("scans/out/a.tif", "scans/b-color.tif"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("a result")
    assert Scanner(output="scans/out").after(9) == ["scans/b-color.tif -> scans/out/b-color.tif"]
    assert Scanner(output=None).after(9) == ["scans/out/a.tif -> scans/out/a-color.tif"]


def test_a_folder_that_cannot_be_listed_is_told_once_and_looked_into_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scanner = Scanner()
    with monkeypatch.context() as patch:
        lock(patch, Path("scans/box 1"))
        assert scanner.after(5) == ["The folder scans/box 1 cannot be listed (Permission denied)."]
    Path("scans/box 1/a.tif").write_text("whole")
    assert len(scanner.after(6)) == 1


def test_jobs_come_without_end() -> None:
    jobs = Watch(["scans"], Naming("out", "", None)).jobs()
    assert list(islice(jobs, 1000)) == [None] * 1000
    assert not isinstance(next(jobs), Job)


@pytest.mark.parametrize(
    ("inputs", "output", "suffix", "sentence"),
    [
        (["scans", "missing"], "out", None, "missing is none"),
        (["scans"], "scans", None, "can't be watched and take the results"),
        (["scans"], "scans/../scans", None, "can't be watched and take the results"),
        (["scans"], None, "", "needs a folder for the results"),
        (["scans", "."], None, None, "over several folders"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    inputs: list[str], output: str | None, suffix: str | None, sentence: str
) -> None:
    with pytest.raises(PlanError, match=sentence):
        Watch(inputs, naming_for(output, suffix, None))
