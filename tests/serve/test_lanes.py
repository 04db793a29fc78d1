"""Work in threads is bounded in number and in time, and ends in order."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from photochrom.serve.lanes import Lane
from photochrom.serve.problems import Problem


class Gate:
    """Work that waits until it is let go, and says when it began."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        self.go.wait(10)
        return "done"


async def refusal(lane: Lane, work: Callable[[], object]) -> str:
    with pytest.raises(Problem) as caught:
        await lane.run(work)
    return caught.value.kind


async def begun(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.begun.wait, 10)


def test_a_full_queue_is_refused_and_goes_on() -> None:
    async def story() -> None:
        lane, gate = Lane("one", 1, 2, 10), Gate()
        first = asyncio.create_task(lane.run(gate))
        await begun(gate)
        waiting = [asyncio.create_task(lane.run(lambda: "next")) for _ in range(2)]
        await asyncio.sleep(0)
        assert lane.waiting == 2
        assert await refusal(lane, gate) == "busy"
        gate.go.set()
        assert [await first, *[await one for one in waiting]] == ["done", "next", "next"]
        assert await lane.run(lambda: 5) == 5
        assert lane.waiting == 0
        lane.join()

    asyncio.run(story())


def test_what_takes_too_long_is_given_up_and_what_waited_for_it_never_runs() -> None:
    async def story() -> None:
        lane, gate, ran = Lane("one", 1, 5, 0.1), Gate(), []
        assert await asyncio.gather(refusal(lane, gate), refusal(lane, lambda: ran.append(1))) == ["too-slow"] * 2
        gate.go.set()
        lane.join()
        assert ran == []

    asyncio.run(story())


def test_at_the_end_what_runs_is_finished_and_what_waits_is_refused() -> None:
    async def story() -> None:
        lane, gate = Lane("one", 1, 5, 10), Gate()
        running = asyncio.create_task(lane.run(gate))
        await begun(gate)
        waiting = asyncio.create_task(refusal(lane, lambda: 1))
        await asyncio.sleep(0)
        lane.close()
        gate.go.set()
        assert (await running, await waiting, await refusal(lane, lambda: 1)) == ("done", "stopping", "stopping")
        lane.join()

    asyncio.run(story())


def test_a_mistake_is_raised_where_it_is_waited_for() -> None:
    async def story() -> None:
        lane = Lane("one", 1, 5, 10)
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 / 0)
        assert lane.waiting == 0
        lane.join()

    asyncio.run(story())
