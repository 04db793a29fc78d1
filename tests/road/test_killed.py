"""A run over a folder is killed at random moments, and goes on each time as if nothing had been.

pytest -q -s -m slow tests/road/test_killed.py          fifty times, with figures: make killed
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from photochrom.archive.journal import NAME as JOURNAL
from photochrom.cores import cores
from pictures import saved, smooth
from tiny_model import write_tiny_model

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no groups there")

PHOTOGRAPHS = 40
LONGEST = 0.4  # seconds of work after which a run is killed at the latest
WORKERS = cores() + 1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an album of many photographs, a model, and the album's results as a quiet run makes them."""
    place = tmp_path_factory.mktemp("night")
    for number in range(PHOTOGRAPHS):
        path = place / "album" / f"{number % 3}" / f"{number:03}.{'png' if number % 2 else 'jpg'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(saved(smooth(100 + number, 160), "png" if number % 2 else "jpeg"))
    write_tiny_model(place / "tiny.onnx")
    run = begin(place, "quiet")
    told = run.communicate()[1]
    assert run.returncode == 0, told
    return place


def begin(place: Path, out: str, *words: str) -> "subprocess.Popen[str]":
    """Start a run in a process group of its own."""
    command = [sys.executable, "-m", "photochrom", "colorize", "album", "-o", out, "--model", "tiny.onnx", *words]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
    return subprocess.Popen(command, cwd=place, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)


def names(folder: Path) -> list[str]:
    """Everything that is not hidden."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return [path.relative_to(folder).as_posix() for path in found]


def results(folder: Path) -> dict[str, bytes]:
    """The same with its content."""
    return {name: (folder / name).read_bytes() for name in names(folder)}


def unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file() and not path.name.startswith(JOURNAL)]


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """What would be another if a result were made a second time."""
    return {name: ((found := (folder / name).stat()).st_ino, found.st_mtime_ns) for name in names(folder)}


def wait_for(what: Callable[[], bool], run: "subprocess.Popen[str]") -> None:
    while not what() and run.poll() is None:
        time.sleep(0.01)


def assert_goes_on(place: Path, folder: Path, known: dict[str, tuple[int, int]]) -> None:
    """The next run leaves what is done, does the rest, and clears away what the killed ones left."""
    run, left = begin(place, folder.name), len(unfinished(folder))
    told = run.communicate()[1]
    assert run.returncode == 0, told
    assert not left or f"{left} unfinished files of a run that was killed were cleared away." in told
    assert f"{len(known)} done before and unchanged" in told or not known
    assert results(folder) == results(place / "quiet")
    assert {name: stamp for name, stamp in stamps(folder).items() if name in known} == known
    assert unfinished(folder) == []


class Night:
    """Runs over one album that are killed, each going on where the one before was; the figures of it all."""

    def __init__(self, place: Path, name: str) -> None:
        self.place, self.name, self.quiet = place, name, results(place / "quiet")
        self.killed = self.finished = self.left = self.folders = 0
        self._begin_folder()

    def _begin_folder(self) -> None:
        self.folder, self.known = self.place / f"{self.name}-{self.folders}", dict[str, tuple[int, int]]()

    def kill(self, after: float) -> None:
        """Begin a run, and kill it so many seconds after its first sign of work."""
        run, before, left = begin(self.place, self.folder.name), len(self.known), set(unfinished(self.folder))
        wait_for(lambda: len(names(self.folder)) > before or set(unfinished(self.folder)) > left, run)
        time.sleep(after)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        self.killed += run.returncode == -signal.SIGKILL
        self._look()
        if len(self.known) == len(self.quiet):
            self.end()

    def _look(self) -> None:
        present, now = results(self.folder), stamps(self.folder)
        assert present == {name: self.quiet[name] for name in present}, "a result is not as a quiet run makes it"
        assert {name: now[name] for name in self.known} == self.known, "a result was made a second time"
        assert len(unfinished(self.folder)) <= WORKERS
        self.finished += len(now) - len(self.known)
        self.left += len(unfinished(self.folder))
        self.known = now

    def end(self) -> None:
        """Let one run finish the folder."""
        assert_goes_on(self.place, self.folder, self.known)
        self.folders += 1
        self._begin_folder()


def test_killed_five_times_at_random_nothing_is_lost_or_half(place: Path) -> None:
    rng, night = random.Random(5), Night(place, "five")
    while night.killed < 5:
        night.kill(rng.uniform(0, LONGEST))
    night.end()
    assert night.finished > 0


@pytest.mark.slow
def test_killed_fifty_times_at_random_nothing_is_lost_or_half(place: Path) -> None:
    rng, night = random.Random(50), Night(place, "fifty")
    while night.killed < 50:
        night.kill(rng.uniform(0, LONGEST))
    night.end()
    sys.stdout.write(
        f"\nkilled at work {night.killed} times; {night.finished} photographs finished between, each made once, as in "
        f"a quiet run; {night.left} unfinished files found and cleared away; {night.folders} folders completed\n"
    )
    assert night.finished > 50


def test_ctrl_c_finishes_what_is_at_hand_and_says_how_to_go_on(place: Path) -> None:
    run, folder = begin(place, "stopped"), place / "stopped"
    wait_for(lambda: len(names(folder)) > 2, run)
    os.killpg(run.pid, signal.SIGINT)
    told = run.communicate()[1]
    assert run.returncode == 130
    assert "Finishing what is at hand; Ctrl-C once more stops at once." in told
    assert told.endswith("Stopped. Run the same again to go on; what is done is left out.\n")
    present = results(folder)
    assert 2 < len(present) < PHOTOGRAPHS
    assert unfinished(folder) == []
    assert f"\n{len(present)} photographs colored on cpu" in told
    assert_goes_on(place, folder, stamps(folder))


def test_a_second_ctrl_c_stops_at_once(place: Path) -> None:
    folder = place / "twice"
    with begin(place, "twice") as run:
        wait_for(lambda: len(names(folder)) > 1, run)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stderr is not None
        while "once more" not in run.stderr.readline():
            pass
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(timeout=60) == 130
    assert_goes_on(place, folder, stamps(folder))
