"""Several at a time, a bounded number, and an end that waits for what was begun."""

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

from photochrom.archive.pipeline import PATIENCE, Allowance, overlapped


def never() -> bool:
    return False


def test_results_come_once_each() -> None:
    tasks: Iterator[Callable[[], int]] = ((lambda n=number: n * n) for number in range(50))
    assert sorted(overlapped(tasks, 3, never)) == [number * number for number in range(50)]


def test_what_is_a_result_already_is_passed_through() -> None:
    assert sorted(overlapped(iter([1, lambda: 2, 3]), 2, never)) == [1, 2, 3]


def test_as_many_run_together_as_there_are_workers() -> None:
    meeting = threading.Barrier(3, timeout=10)  # broken unless three are there at once
    assert list(overlapped((meeting.wait for _ in range(3)), 3, never))


def test_tasks_are_taken_only_when_there_is_a_place() -> None:
    taken = itertools.count()
    tasks = ((lambda: None) if next(taken) >= 0 else None for _ in range(1000))
    results = overlapped(tasks, 2, never)
    next(results)
    assert next(taken) <= 2 * 2 + 1
    results.close()


def test_after_a_wish_to_stop_nothing_is_begun_and_what_was_begun_is_finished() -> None:
    begun, finished = list[int](), list[int]()

    def task(number: int) -> int:
        begun.append(number)
        finished.append(number)
        return number

    tasks = (lambda n=number: task(n) for number in itertools.count())
    results = list(overlapped(tasks, 2, lambda: len(begun) >= 5))
    assert sorted(results) == sorted(finished) == sorted(begun)
    assert len(begun) <= 5 + 2 * 2


def test_what_waits_for_a_thread_is_not_begun_after_a_wish_to_stop() -> None:
    asked, begun = threading.Event(), list[int]()

    def task(number: int) -> int:
        begun.append(number)
        asked.set()
        threading.Event().wait(2 * PATIENCE)  # in which the wish is noticed
        return number

    assert list(overlapped(((lambda n=number: task(n)) for number in range(9)), 1, asked.is_set)) == begun == [0]


def test_a_pause_is_waited_for_and_the_wish_to_stop_is_heard() -> None:
    asked = iter([False] * 8)
    assert list(overlapped(iter([None, lambda: 1, None, lambda: 2]), 2, never)) == [1, 2]
    assert list(overlapped(itertools.repeat(None), 2, lambda: next(asked, True))) == []


def test_a_mistake_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        list(overlapped(iter([lambda: 1 // 0]), 2, never))


class Crowd:
    """Threads that take pixels of an allowance, hold them for a moment, and count."""

    def __init__(self, pixels: int) -> None:
        self.allowance, self.held, self.most = Allowance(pixels), 0, 0
        self.alone = list[bool]()
        self._lock = threading.Lock()

    def take(self, pixels: int) -> None:
        with self.allowance.take(pixels) as alone:
            with self._lock:
                self.held += pixels
                self.most = max(self.most, self.held)
            threading.Event().wait(0.005)
            with self._lock:
                self.held -= pixels
                self.alone.append(alone)

    def all(self, *pixels: int) -> None:
        threads = [threading.Thread(target=self.take, args=(one,)) for one in pixels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)


def test_pixels_in_memory_are_bounded() -> None:
    crowd = Crowd(100)
    crowd.all(*[40] * 9)
    assert crowd.most == 80


def test_one_that_is_too_large_is_alone_and_has_its_turn() -> None:
    crowd = Crowd(100)
    crowd.all(40, 40, 500, 40, 40)
    assert crowd.most == 500
    assert sorted(crowd.alone) == [False] * 4 + [True]


def test_without_a_bound_nobody_waits_and_nobody_is_alone() -> None:
    crowd = Crowd(0)
    crowd.all(500, 500)
    assert crowd.alone == [False, False]
