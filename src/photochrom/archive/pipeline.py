"""Several photographs at a time, so that one is decoded while another is in the network and a third is written.

Each thread takes one photograph the whole way. NumPy, onnxruntime and libvips release Python's lock while they compute,
so threads fill the cores without copies between processes, and each of them needs only one thread inside: that divides
the cores without a fight. How many photographs are in memory is bounded twice, by threads and by pixels.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE = 0.2  # seconds: how soon a wish to stop, or a new photograph, is noticed while nothing else happens


class Allowance:
    """Pixels that may be in memory at a time; a photograph of more than that is alone. First come, first served.

    0 allows any number.
    """

    def __init__(self, pixels: int) -> None:
        self._all = self._left = pixels
        self._turn, self._freed = threading.Lock(), threading.Condition()

    @contextmanager
    def take(self, pixels: int) -> Iterator[bool]:
        """Wait until a photograph of this size may be opened, and hold its pixels; True if it is alone."""
        taken = min(pixels, self._all)
        with self._turn, self._freed:  # one waits at a time, so that small ones don't keep a large one from its turn
            self._freed.wait_for(lambda: self._left >= taken)
            self._left -= taken
        try:
            yield self._all > 0 and taken == self._all
        finally:
            with self._freed:
                self._left += taken
                self._freed.notify_all()


def overlapped(
    tasks: Iterator[Callable[[], Result] | Result | None], workers: int, stop: Callable[[], bool]
) -> Iterator[Result]:
    """Results of tasks, as they are finished; what is no function is a result already, None a pause: nothing to do yet.

    Tasks are taken from the iterator when there is a place for them. Once `stop` says so, no task is begun any more,
    and the iterator ends when those that were begun are finished.
    """
    waiting = set[Future[Result]]()
    with ThreadPoolExecutor(workers) as pool:
        more = True
        while more or waiting:
            pause = False
            while more and not pause and not stop() and len(waiting) < 2 * workers:  # so that no thread waits for us
                try:
                    task = next(tasks)
                except StopIteration:
                    more = False
                    break
                if task is None:
                    pause = True
                elif callable(task):
                    waiting.add(pool.submit(task))
                else:
                    yield task
            if stop():
                more = False
                waiting -= {future for future in waiting if future.cancel()}  # those that no thread has begun
            if waiting:
                finished, waiting = wait(waiting, PATIENCE, FIRST_COMPLETED)
                yield from (future.result() for future in finished)
            elif pause:
                time.sleep(PATIENCE)
