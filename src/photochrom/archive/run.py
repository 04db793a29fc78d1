"""A run: jobs in, outcomes out, one after the other, with the journal, the list of failures and a count of all."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from photochrom.archive.coloring import Coloring, Outcome, Result, Task, decide
from photochrom.archive.failures import Failures
from photochrom.archive.journal import NAME, Journal
from photochrom.archive.leftovers import sweep
from photochrom.archive.pipeline import Allowance, overlapped
from photochrom.archive.plan import Failure, Job
from photochrom.archive.settings import Settings
from photochrom.catalog import locate
from photochrom.colorizer import Colorizer
from photochrom.cores import cores
from photochrom.errors import ArchiveError, PhotochromError
from photochrom.photo import Photo

PER_CORE = 24_000_000  # pixels in memory at a time; colored in 8 bits, with all copies, 12 bytes each

Jobs = Iterator[Job | Failure | None]


@dataclass
class Summary:
    """What a run did.

    provider    where the network ran
    colored     photographs, and of these `recolored` were in color before
    done        skipped, because they were done before and are unchanged
    in_color    left out, because they are in color already and that was asked for
    failed      with their reasons in the list of failures
    stopped     why it ended early, if the disk was full
    swept       unfinished files of killed runs that were removed
    """

    provider: str
    colored: int = 0
    done: int = 0
    in_color: int = 0
    failed: int = 0
    recolored: int = 0
    stopped: str = ""
    seconds: float = 0.0
    swept: int = 0


class Run:
    """A run over photographs; a context manager.

    summary     counts, up to date after each outcome
    failures    those that failed
    """

    def __init__(
        self, settings: Settings, model: str, provider: str, root: Path | None, count: int | None, debug: bool = False
    ) -> None:
        """Load the model, then open the journal; PhotochromError, and nothing is made, if one of them can't be.

        model, provider    as in `Colorizer`
        root               the folder of all results, which keeps the journal; None: no journal
        count              of jobs; None if nobody knows
        debug              raise what fails
        """
        self._workers = max(1, min(cores() + 1, cores() + 1 if count is None else count))
        alone = self._workers == 1
        colorizer = Colorizer(model, provider, None if alone else max(1, cores() // self._workers))
        if not alone:
            colorizer(np.zeros((8, 8), np.uint8))  # tables are made by the first photograph: by one thread, not by all
        style = None if settings.style is None else Photo.read(settings.style)
        self.summary = Summary(colorizer.model.provider)
        with ExitStack() as stack:
            journal = None
            if root is not None and count != 0:
                key = settings.key(locate(model))
                _make(root)
                journal = stack.enter_context(Journal(root, key))
                self.summary.swept = sweep(journal)
            self.failures = stack.enter_context(Failures(None if journal is None else root))
            allowance = Allowance(PER_CORE * max(2, cores()))
            self._coloring = Coloring(colorizer, settings, style, journal, allowance, not alone, debug)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.summary.seconds = time.monotonic() - self._began
        self._stack.__exit__(kind, error, traceback)

    def outcomes(self, jobs: Jobs, stop: Callable[[], bool]) -> Iterator[Outcome]:
        """Do the jobs until there are no more, `stop` says so, or the disk is full; each outcome when it is there."""

        def ended() -> bool:
            return bool(self.summary.stopped) or stop()

        for outcome in overlapped(self._tasks(jobs), self._workers, ended):
            self._note(outcome)
            yield outcome

    def left(self, count: int) -> int:
        """How many of so many jobs are not done."""
        done = self.summary.colored + self.summary.done + self.summary.in_color + self.summary.failed
        return count - done

    def _tasks(self, jobs: Jobs) -> Iterator[Callable[[], Outcome] | Outcome | None]:
        for job in jobs:
            if job is None:
                yield None
            elif isinstance(job, Failure):
                yield Outcome(Job(Path(job.path), None), Result.FAILED, job.reason)
            else:
                decided = self._coloring.decide(job)
                yield partial(self._coloring.color, decided) if isinstance(decided, Task) else decided

    def _note(self, outcome: Outcome) -> None:
        summary = self.summary
        summary.colored += outcome.result is Result.COLORED
        summary.recolored += outcome.recolored
        summary.done += outcome.result is Result.DONE
        summary.in_color += outcome.result is Result.IN_COLOR
        if outcome.result is Result.STOPPED:
            summary.stopped = summary.stopped or outcome.reason
        if outcome.result is Result.FAILED:
            summary.failed += 1
            self.failures.add(Failure(str(outcome.job.source or "standard input"), outcome.reason))


class Foreseen(NamedTuple):
    """What a run would do with a job: a verdict in a word or two, or, if it is refused, the sentence that says why."""

    job: Job
    verdict: str
    refused: bool = False


def preview(jobs: Jobs, settings: Settings, model: str, root: Path | None) -> Iterator[Foreseen]:
    """What a run would do with each job. Nothing is made or changed."""
    with ExitStack() as stack:
        journal = None
        if root is not None and os.path.exists(root / NAME):
            journal = stack.enter_context(Journal(root, settings.key(locate(model)), only_look=True))
        for job in jobs:
            if isinstance(job, Job):
                yield _foreseen(job, settings, journal)
            elif job is not None:
                yield Foreseen(Job(Path(job.path), None), job.reason, refused=True)


def _foreseen(job: Job, settings: Settings, journal: Journal | None) -> Foreseen:
    try:
        decided = decide(job, settings, journal)
    except PhotochromError as error:
        return Foreseen(job, str(error), refused=True)
    if isinstance(decided, Outcome):
        return Foreseen(job, decided.result.value)
    return Foreseen(job, "color again" if job.target is not None and os.path.lexists(job.target) else "color")


def _make(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(f"The folder {root} can't be made ({error.strerror or error}); choose another.") from error
