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
from pictures import saved, smooth
from tiny_model import write_tiny_model

PHOTOGRAPHS = 40
LONGEST = 0.4  # seconds of work after which a run is killed at the latest
WORKERS = len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


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


def results(folder: Path) -> dict[str, bytes]:
    """Everything that is not hidden, by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file() and not path.name.startswith(JOURNAL)]


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """What would be another if a result were made a second time."""
    return {name: ((found := (folder / name).stat()).st_ino, found.st_mtime_ns) for name in results(folder)}


def wait_for(what: Callable[[], bool], run: "subprocess.Popen[str]") -> None:
    while not what() and run.poll() is None:
        time.sleep(0.01)


def kill_at_random(place: Path, times: int, seed: int) -> dict[str, int]:
    """Kill runs until `times` of them were at work, each going on where the one before was; the figures of it all."""
    rng, quiet = random.Random(seed), results(place / "quiet")
    figures = dict.fromkeys(("killed", "finished when killed", "unfinished files left", "folders completed"), 0)
    known: dict[str, tuple[int, int]] = {}
    folder = place / f"out-{times}-0"
    while figures["killed"] < times:
        run = begin(place, folder.name)
        already = len(known)
        wait_for(lambda: len(list(folder.rglob("*.*"))) > 2 or bool(unfinished(folder)), run)
        time.sleep(rng.uniform(0, LONGEST))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        if run.returncode == -signal.SIGKILL:
            figures["killed"] += 1
        present = results(folder)
        assert present == {name: quiet[name] for name in present}, "a result is not as a quiet run makes it"
        now = stamps(folder)
        assert {name: now[name] for name in known} == known, "a result was made a second time"
        assert len(unfinished(folder)) <= WORKERS
        figures["finished when killed"] += len(now) - already
        figures["unfinished files left"] += len(unfinished(folder))
        known = now
        if len(now) == len(quiet):
            assert_goes_on(place, folder, known)
            figures["folders completed"] += 1
            folder, known = place / f"out-{times}-{figures['folders completed']}", {}
    assert_goes_on(place, folder, known)
    return figures


def assert_goes_on(place: Path, folder: Path, known: dict[str, tuple[int, int]]) -> None:
    """The next run leaves what is done, does the rest, and clears away what the killed ones left."""
    run = begin(place, folder.name)
    told = run.communicate()[1]
    assert run.returncode == 0, told
    assert f"{len(known)} done before and unchanged" in told or not known
    assert results(folder) == results(place / "quiet")
    assert {name: stamp for name, stamp in stamps(folder).items() if name in known} == known
    assert unfinished(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_killed_five_times_at_random_nothing_is_lost_or_half(place: Path) -> None:
    assert kill_at_random(place, 5, seed=5)["killed"] == 5


@pytest.mark.slow
def test_killed_fifty_times_at_random_nothing_is_lost_or_half(place: Path) -> None:
    figures = kill_at_random(place, 50, seed=50)
    print("\n" + ", ".join(f"{number} {what}" for what, number in figures.items()))
    assert figures["killed"] == 50


def test_ctrl_c_finishes_what_is_at_hand_and_says_how_to_go_on(place: Path) -> None:
    run, folder = begin(place, "stopped"), place / "stopped"
    wait_for(lambda: len(results(folder)) > 2, run)
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
        wait_for(lambda: len(results(folder)) > 1, run)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stderr is not None
        while "once more" not in run.stderr.readline():
            pass
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(timeout=60) == 130
    assert_goes_on(place, folder, stamps(folder))
