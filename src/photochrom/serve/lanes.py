"""Work in threads: a lane has so many workers, so many places to wait in, and so many seconds for both."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from photochrom.serve.problems import Problem

Done = TypeVar("Done")


class Lane:
    """A bounded queue before a few threads; used from one event loop.

    name        for metrics
    workers     threads
    queue       how many may wait
    seconds     that a caller waits. Work that runs by then runs on to its end, which is bounded by the size of what a
                photograph may be, and its worker is taken until then
    """

    def __init__(self, name: str, workers: int, queue: int, seconds: float) -> None:
        self.name, self.queue, self.seconds = name, queue, seconds
        self.done, self.busy_seconds = 0, 0.0
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"photochrom-{name}")
        self._jobs: set[Future[Any]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many wait for a worker."""
        return max(0, len(self._jobs) - self._workers)

    @property
    def running(self) -> int:
        """How many workers are at work."""
        return min(len(self._jobs), self._workers)

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more work."""
        return self._closed

    async def run(self, work: Callable[[], Done]) -> Done:
        """Have it done; what it raises is raised here. Problem where it can't be done, or not in time."""
        if self._closed:
            raise stopping()
        if self.waiting >= self.queue:
            raise Problem("busy", f"{self.queue} photographs are waiting already; try again in a few seconds.")
        job: Future[Done] = self._pool.submit(self._timed, work)
        loop = asyncio.get_running_loop()
        self._jobs.add(job)
        job.add_done_callback(lambda done: _tell(loop, self._jobs.discard, done))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job), self.seconds)
        except TimeoutError:
            raise Problem("too-slow", f"It was not done within {self.seconds:g} seconds; try again later.") from None
        except asyncio.CancelledError:
            if self._closed and job.cancelled():
                raise stopping() from None
            raise

    def close(self) -> None:
        """Take no more, refuse who waits; what runs ends well."""
        self._closed = True
        for job in list(self._jobs):
            job.cancel()

    def join(self) -> None:
        """Wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _timed(self, work: Callable[[], Done]) -> Done:
        begin = time.perf_counter()
        try:
            return work()
        finally:
            self.busy_seconds += time.perf_counter() - begin
            self.done += 1


def stopping() -> Problem:
    """What is told when the server is about to end."""
    return Problem("stopping", "The server is stopping; start it again and try once more.")


def _tell(loop: asyncio.AbstractEventLoop, say: Callable[[Any], None], what: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody listens any more
        loop.call_soon_threadsafe(say, what)
