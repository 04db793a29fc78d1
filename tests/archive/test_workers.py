"""A run with worker processes: the same results, one journal, and a worker that dies costs one photograph."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photochrom.archive.coloring import Outcome, Result, Task
from photochrom.archive.journal import Journal
from photochrom.archive.plan import Job, make_plan
from photochrom.archive.run import EACH, Run
from photochrom.archive.settings import Settings
from photochrom.archive.worker import Setup
from photochrom.cores import cores
from pictures import saved, smooth
from tiny_model import write_tiny_model

COUNT = 9


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    for number in range(COUNT):
        Path("scans", f"{number}.png").write_bytes(saved(smooth(60 + number, 70), "png"))
    return tmp_path


def colored(model: str, out: str, processes: int, settings: Settings | None = None) -> list[Outcome]:
    plan = make_plan(["scans"], out, None, None)
    with Run(settings or Settings(), model, "cpu", plan.root, plan.count, processes=processes) as run:
        return list(run.outcomes(plan.jobs(), lambda: False))


def hidden(folder: str) -> list[str]:
    return [path.name for path in Path(folder).rglob(".*") if path.name != ".photochrom.sqlite"]


def test_results_and_journal_are_those_of_one_process(tiny: str) -> None:
    Path("scans", "broken.png").write_bytes(b"no picture")
    with_workers = colored(tiny, "many", 2)
    assert sorted(one.result.value for one in with_workers) == ["colored"] * COUNT + ["failed"]
    assert {one.reason.split(" is not ")[0] for one in with_workers} == {"", "scans/broken.png"}
    alone = colored(tiny, "one", 0)
    assert {one.reason for one in with_workers} == {one.reason for one in alone}
    for number in range(COUNT):
        assert Path("many", f"{number}.png").read_bytes() == Path("one", f"{number}.png").read_bytes()
    assert {one.result for one in colored(tiny, "many", 2)} == {Result.DONE, Result.FAILED}
    assert hidden("many") == []


def test_what_is_in_color_is_left_out_and_entered(tiny: str) -> None:
    colors = np.random.default_rng(0).integers(0, 255, (6, 7, 3), np.uint8).repeat(10, axis=0).repeat(10, axis=1)
    Path("scans", "color.png").write_bytes(saved(colors, "png"))
    found = {str(one.job.source): one.result for one in colored(tiny, "out", 1, Settings(skip_color=True))}
    assert found.pop("scans/color.png") is Result.IN_COLOR
    assert set(found.values()) == {Result.COLORED}
    again = colored(tiny, "out", 0, Settings(skip_color=True))
    assert {one.result for one in again} == {Result.IN_COLOR, Result.DONE}


def test_a_worker_that_is_killed_is_the_failure_of_one_photograph(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between writing and entering; another takes its place, and nothing is left behind."""
    plain, killed = Journal.enter, list[int]()

    def enter(journal: Journal, target: Path, *others: Any) -> None:
        if not killed:
            (part,) = Path("out").glob(f".{journal.token}-*[0-9].part.png")
            killed.append(int(part.name.split("-")[1].split(".")[0][:-9]))
            os.kill(killed[0], signal.SIGKILL)
        else:
            plain(journal, target, *others)

    monkeypatch.setattr(Journal, "enter", enter)
    outcomes = colored(tiny, "out", 1)
    (failed,) = (one for one in outcomes if one.result is not Result.COLORED)
    assert failed.reason == f"{failed.job.source} was not colored: the process at work on it ended (SIGKILL)."
    assert killed[0] != os.getpid()
    assert len(outcomes) == COUNT
    assert hidden("out") == []
    assert [one.result for one in colored(tiny, "out", 1)].count(Result.COLORED) == 1


def test_a_worker_ends_when_its_parent_does(tiny: str) -> None:
    """However that ended: its input closes. In the midst of a photograph, too."""
    command = [sys.executable, "-c", "from photochrom.archive.worker import main; main()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        pickle.dump(Setup(tiny, "cpu", Settings(), "0123abcd"), worker.stdin)
        pickle.dump(Task(Job(Path("scans/0.png"), Path("out/0.png")), None, replace=False), worker.stdin)
        worker.stdin.close()
        assert worker.wait(30) == 0


def test_few_photographs_do_not_pay_the_start_of_a_process(tiny: str) -> None:
    found = []
    for count in (1, 2 * EACH - 1, 2 * EACH, None):
        with Run(Settings(), tiny, "cpu", Path("out"), count, processes=None) as run:
            found.append(run.processes)
    assert found == [0, 0, min(2, cores()) if cores() > 1 else 0, 0]
