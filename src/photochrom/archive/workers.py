"""Processes that color photographs side by side: two do twice as much as one, which threads of one process do not.

Each has a model of its own and one thread inside. What must be one is the parent's: the plan, the journal, the list of
failures, what is told. A worker that ends, because the system had no memory left or a decoder crashed, is the failure
of one photograph; another takes its place.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from photochrom.archive.coloring import Outcome, Result, Task
from photochrom.archive.journal import Journal
from photochrom.archive.leftovers import remove_parts
from photochrom.archive.worker import Call, Setup
from photochrom.errors import PhotochromError

GRACE = 10.0  # seconds that a worker gets to end by itself


class Workers:
    """So many worker processes; a context manager. Threads may share it.

    setup     for each
    journal   that they enter their results in
    """

    def __init__(self, count: int, setup: Setup, journal: Journal) -> None:
        """They start, and load the model, while others already work."""
        self._setup, self._journal = setup, journal
        self._all = [_Worker(setup) for _ in range(count)]
        self._idle = queue.SimpleQueue[_Worker]()
        for worker in self._all:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.end()

    def color(self, task: Task) -> Outcome:
        """Have a task done by the next worker that is idle."""
        worker = self._idle.get()
        try:
            return worker.color(task, self._journal)
        except (EOFError, OSError, pickle.UnpicklingError):
            how = worker.end()
            if task.job.target is not None:
                remove_parts(task.job.target.parent, self._setup.token, worker.number)
            worker = self._replaced(worker)
            reason = f"{task.job.source} was not colored: the process at work on it ended ({how})."
            return Outcome(task.job, Result.FAILED, reason)
        finally:
            self._idle.put(worker)

    def _replaced(self, worker: "_Worker") -> "_Worker":
        fresh = _Worker(self._setup)
        self._all[self._all.index(worker)] = fresh
        return fresh


class _Worker:
    """One process, and the way to speak with it."""

    def __init__(self, setup: Setup) -> None:
        command = [sys.executable, "-c", "from photochrom.archive.worker import main; main()"]
        source = str(Path(__file__).resolve().parents[2])  # the same package, wherever it was found
        path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
        env = {**os.environ, "VIPS_CONCURRENCY": "1", "PYTHONPATH": path}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.number = self._process.pid
        with contextlib.suppress(OSError):  # it has ended already, which the first task will tell
            self._send(setup)

    def color(self, task: Task, journal: Journal) -> Outcome:
        """Do a task; EOFError or OSError if the process ends meanwhile."""
        self._send(task)
        while isinstance(said := self._take(), Call):
            self._send(_answer(journal, said))
        outcome: Outcome = said
        return outcome

    def end(self) -> str:
        """End it; how it ended, in words."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if status >= 0:
            return f"exit status {status}"
        with contextlib.suppress(ValueError):
            return signal.Signals(-status).name
        return f"signal {-status}"

    def _send(self, value: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(value, self._process.stdin)
        self._process.stdin.flush()

    def _take(self) -> Any:
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)


def _answer(journal: Journal, call: Call) -> object:
    try:
        return getattr(journal, call.method)(*call.arguments)
    except (PhotochromError, OSError) as error:
        return error
