"""Work handed out to threads comes back in order, and is never far ahead of who takes it."""

import threading
import time

import pytest

from photochrom.cores import cores, in_order


def test_there_is_a_core() -> None:
    assert cores() >= 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    def work(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        return item * item

    assert list(in_order(work, range(40), threads)) == [item * item for item in range(40)]


@pytest.mark.parametrize("threads", [1, 3])
def test_items_are_taken_only_a_little_ahead(threads: int) -> None:
    taken = []

    def items():
        for item in range(1000):
            taken.append(item)
            yield item

    results = in_order(lambda item: item, items(), threads)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert len(taken) <= 5 + 2 * threads + 1
    results.close()
    assert len(taken) <= 5 + 2 * threads + 1


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_reaches_who_takes_the_results_and_ends_the_work(threads: int) -> None:
    before = threading.active_count()

    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    results = in_order(work, range(100), threads)
    with pytest.raises(ValueError, match="three"):
        list(results)
    assert threading.active_count() == before
