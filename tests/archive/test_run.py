"""A run as a whole, where a command line can't reach: a watched folder, memory that stays bounded, a full disk."""

import errno
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from photochrom.archive.coloring import Result, is_full
from photochrom.archive.naming import Naming
from photochrom.archive.plan import Job, make_plan
from photochrom.archive.run import Run
from photochrom.archive.settings import Settings, digest
from photochrom.archive.watch import Watch
from photochrom.colorizer import Colorizer
from photochrom.cores import cores
from photochrom.errors import ArchiveError, PhotoError
from photochrom.photo import Photo
from pictures import saved, smooth
from tiny_model import write_tiny_model

NIGHT = 60.0  # seconds after which a test gives up


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    return tmp_path


def scan(name: str, height: int = 30) -> Path:
    path = Path("scans", name)
    path.write_bytes(saved(smooth(height, 40), "png"))
    return path


def never() -> bool:
    return False


def test_a_watched_folder_is_colored_as_it_fills_and_a_growing_file_is_waited_for(tiny: str) -> None:
    watch = Watch(["scans"], Naming("out", "", None), poll=0.05, settle=0.4)
    data = scan("first.png").read_bytes()
    heights, began = list[int](), time.monotonic()

    def write_slowly() -> None:
        with open("scans/slow.png", "wb") as file:
            for start in range(0, len(data), len(data) // 5 + 1):
                file.write(data[start : start + len(data) // 5 + 1])
                file.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    with Run(Settings(), tiny, "cpu", Path("out"), None) as run:
        for outcome in run.outcomes(watch.jobs(), lambda: len(heights) == 2 or time.monotonic() - began > NIGHT):
            assert (outcome.result, outcome.reason) == (Result.COLORED, "")
            assert outcome.job.target is not None
            heights.append(Photo.read(outcome.job.target).height)
    writer.join()
    assert heights == [30, 30]
    assert not Path("out/failures.csv").exists()


def test_photographs_are_opened_only_when_their_turn_comes(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        scan(f"{number}.png")
    opened, plain, finished = [0], Photo.read, 0

    def read(path: Path, *others: object) -> Photo:
        opened[0] += 1
        return plain(path, *others)

    monkeypatch.setattr(Photo, "read", read)
    plan = make_plan(["scans"], "out", None, None)
    with Run(Settings(), tiny, "cpu", plan.root, plan.count) as run:
        for _ in run.outcomes(plan.jobs(), never):
            finished += 1
            assert opened[0] - finished <= 3 * (cores() + 1)
    assert finished == 40


def test_a_plan_is_taken_as_it_is_needed(tiny: str) -> None:
    """Were it made a list first, this would not end."""

    def endless() -> Iterator[Job]:
        path = scan("a.png")
        for number in range(10**9):
            yield Job(path, Path(f"out/{number}.png"))

    with Run(Settings(), tiny, "cpu", Path("out"), None) as run:
        done = len(list(run.outcomes(endless(), lambda: run.summary.colored >= 5)))
    assert done == run.summary.colored >= 5


class Quick:
    """In place of a photograph, and of what is predicted for it: what is left is the folder's own work."""

    notes = ()

    def is_colored(self) -> bool:
        return False

    def write(self, path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"colored")


def test_memory_does_not_grow_with_the_number_of_photographs(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Photo, "read", lambda *_: Quick())
    monkeypatch.setattr(Colorizer, "predict", lambda *_: Quick())
    monkeypatch.setattr(Colorizer, "render", lambda _, photo, *__: photo)
    for number in range(400):
        Path(f"scans/{number}.jpg").touch()
    a_path_each = 100  # bytes; a job with its paths takes ten times as many
    for result in (Result.COLORED, Result.DONE):
        tracemalloc.start()
        plan = make_plan(["scans"], "out", None, None)
        assert tracemalloc.get_traced_memory()[1] < a_path_each * 400
        held = list[int]()
        with Run(Settings(), tiny, "cpu", plan.root, plan.count) as run:
            for outcome in run.outcomes(plan.jobs(), never):
                assert outcome.result is result
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert median(held[-50:]) - median(held[50:100]) < a_path_each * 300


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EROFS, "Read-only file system"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (PhotoError("a.png cannot be written (unix error: No space left on device)."), True),
        (PhotoError("a.png is damaged or cut short"), False),
    ],
)
def test_a_full_disk_is_told_from_other_reasons(error: Exception, full: bool) -> None:
    assert is_full(error) is full
    wrapped = PhotoError("a.png cannot be written")
    wrapped.__cause__ = error
    assert is_full(wrapped) is full


def test_a_style_or_a_model_counts_by_its_content() -> None:
    for name in ("one", "copy"):
        Path(name).write_text("the same")
    Path("other").write_text("another")
    model = Path("one")
    assert Settings(style=Path("one")).key(model) == Settings(style=Path("copy")).key(Path("copy"))
    assert Settings(style=Path("one")).key(model) != Settings(style=Path("other")).key(model)
    assert Settings().key(model) != Settings().key(Path("other"))
    with pytest.raises(ArchiveError, match="missing cannot be read"):
        digest(Path("missing"))
