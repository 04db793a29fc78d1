"""A bench: what one process needs to measure photographs. Opened once, then one photograph after the other.

Several processes share the photographs between them: each opens its own bench, in which a network runs on its share of
the cores.
"""

import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from photochrom.errors import EvaluationError, PhotoError
from photochrom.evaluation.distances import Seen
from photochrom.evaluation.features import Extractor
from photochrom.evaluation.frames import Pixels
from photochrom.evaluation.measures import measure
from photochrom.evaluation.photographs import Photographs
from photochrom.evaluation.store import packed
from photochrom.evaluation.systems import Color, System

ORIGINALS = "originals"  # stands in a system's place for the features of the photographs themselves

Wanted = Mapping[int, Sequence[str]]  # photograph -> identities of the systems that are to be measured on it


@dataclass(frozen=True)
class Task:
    """What is measured, and with what; can be pickled."""

    photographs: Photographs
    systems: Sequence[System]
    extractor: Path | None = None
    scale: str = "unit"
    provider: str = "auto"
    threads: int | None = None


@dataclass(frozen=True)
class Measured:
    """What came of one photograph: packed rows by the systems' identities, or why it is left out."""

    photograph: int
    sums: Mapping[str, bytes] = field(default_factory=dict)
    features: Mapping[str, bytes] = field(default_factory=dict)
    left_out: str | None = None


class Bench:
    """Opens each system when it is first asked for."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.extractor = None if task.extractor is None else Extractor.load(task.extractor, scale=task.scale)
        self._systems = {one.identity: one for one in task.systems}
        self._open: dict[str, Color] = {}

    def color(self, identity: str, truth: Pixels, photograph: int) -> Pixels:
        """One system's result for a photograph."""
        if identity not in self._open:
            task = self.task
            self._open[identity] = self._systems[identity].open(task.photographs, task.provider, task.threads)
        return self._open[identity](truth, photograph)

    def measure(self, photograph: int, systems: Sequence[str]) -> Measured:
        """The sums of a photograph under these systems. Errors of a system pass; an unreadable original is told."""
        photographs = self.task.photographs
        try:
            truth = photographs.read(photograph)
        except PhotoError as error:
            return Measured(photograph, left_out=str(error))
        sums: dict[str, bytes] = {}
        features: dict[str, bytes] = {}
        seen = None if self.extractor is None else Seen(self.extractor, truth)
        for identity in systems:
            result = truth if identity == ORIGINALS else self.color(identity, truth, photograph)
            if identity != ORIGINALS:
                sums[identity] = packed(measure(truth, result, photographs.name(photograph)))
            if seen is not None and self.extractor is not None:
                features[identity] = (seen if result is truth else Seen(self.extractor, result)).row(seen)
        return Measured(photograph, sums, features)


def measured(task: Task, wanted: Wanted, workers: int) -> Iterator[Measured]:
    """What came of all these photographs, as they are done, in `workers` processes; with one, in this one.

    EvaluationError when a process is killed.
    """
    if workers <= 1 or len(wanted) < 2:
        bench = Bench(task)
        for photograph, systems in wanted.items():
            yield bench.measure(photograph, systems)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (task,))
    try:
        yield from _windowed(pool, wanted, 4 * workers)
    except BrokenProcessPool:
        raise EvaluationError(
            "One of the processes was killed, often for want of memory; run the same with fewer --workers, it goes on."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _windowed(pool: ProcessPoolExecutor, wanted: Wanted, window: int) -> Iterator[Measured]:
    """Results in the order asked, with at most `window` under way."""
    waiting = iter(wanted.items())
    running: list[Future[Measured]] = [pool.submit(_measure, *one) for one in islice(waiting, window)]
    while running:
        yield running.pop(0).result()
        running += [pool.submit(_measure, *one) for one in islice(waiting, 1)]


_bench: list[Bench] = []  # of a worker process: the one it opened


def _begin(task: Task) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started; it stops the others
    _bench[:] = [Bench(task)]


def _measure(photograph: int, systems: Sequence[str]) -> Measured:
    return _bench[0].measure(photograph, systems)
