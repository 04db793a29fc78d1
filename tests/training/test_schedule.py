"""Progress, the learning rate and the size of the crops along it; a budget of minutes is kept."""

import math
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_training as tiny
from photochrom.training.recipe import Data, Schedule
from photochrom.training.schedule import Clock, crop_size, rate_factor


@dataclass
class Time:
    """A clock on the wall that only moves when told."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_the_rate_rises_in_a_line_then_falls_along_a_cosine() -> None:
    schedule = Schedule(steps=1, warmup=0.2, final=0.1)
    assert rate_factor(schedule, 0.0) == pytest.approx(0.001 / 0.201)
    assert rate_factor(schedule, 0.1) == pytest.approx(0.101 / 0.201)
    assert rate_factor(schedule, 0.2) == pytest.approx(1)
    assert rate_factor(schedule, 0.6) == pytest.approx(0.1 + 0.9 / 2)
    assert rate_factor(schedule, 1.0) == pytest.approx(0.1)


@given(st.floats(0, 0.5), st.floats(0, 1), st.lists(st.floats(0, 1), min_size=2))
def test_the_rate_stays_above_0_and_never_rises_after_the_warm_up(warmup: float, final: float, at: list[float]) -> None:
    schedule = Schedule(steps=1, warmup=warmup, final=final)
    factors = [rate_factor(schedule, progress) for progress in sorted(at) if progress >= warmup]
    assert all(0 <= factor <= 1 for factor in factors)
    assert all(after <= before + 1e-12 for before, after in pairwise(factors))
    assert 0 < rate_factor(schedule, warmup / 2) <= 1


def test_progress_in_steps_is_the_share_of_the_steps() -> None:
    clock = Clock(Schedule(steps=4), now=Time())
    seen = [clock.progress]
    for _ in range(4):
        clock.tick()
        seen.append(clock.progress)
    assert seen == [0, 0.25, 0.5, 0.75, 1]


@given(pace=st.floats(0.05, 5.0), loading=st.floats(0, 200), last=st.floats(0, 10))
def test_nine_minutes_end_well_inside_nine_minutes(pace: float, loading: float, last: float) -> None:
    wall = Time()
    began = wall.seconds
    wall.seconds += loading
    clock = Clock(Schedule(minutes=9), spent=loading, now=wall)
    while clock.progress < 1:
        wall.seconds += pace
        clock.tick()
    wall.seconds += last  # the last validation and the checkpoint
    assert 8.6 * 60 <= wall.seconds - last - began <= 9 * 60 - 10
    assert wall.seconds - began <= 9 * 60


def test_nothing_is_left_of_minutes_that_loading_used_up() -> None:
    clock = Clock(Schedule(minutes=1), spent=59, now=Time())
    assert clock.budget < 0
    assert clock.progress == 1


def test_what_lies_between_two_parts_of_a_run_is_no_training() -> None:
    wall = Time()
    clock = Clock(Schedule(minutes=1), step=5, seconds=20.0, now=wall)
    wall.seconds += 3600
    clock.resume()
    wall.seconds += 2
    clock.tick()
    assert (clock.step, clock.seconds) == (6, 22)


def test_the_time_left_follows_the_pace() -> None:
    wall = Time()
    clock = Clock(Schedule(steps=10), now=wall)
    assert clock.seconds_left == math.inf
    wall.seconds += 3
    clock.tick()
    assert clock.seconds_left == pytest.approx(27)


@pytest.mark.parametrize(("progress", "size"), [(0, 32), (0.24, 32), (0.25, 64), (0.8, 96), (1, 96)])
def test_crops_grow_with_progress(progress: float, size: int) -> None:
    assert crop_size(Data(crops=((0.0, 32), (0.25, 64), (0.8, 96))), progress) == size


def test_a_tiny_recipe_has_one_size() -> None:
    assert crop_size(tiny.recipe().data, 0.5) == 32
