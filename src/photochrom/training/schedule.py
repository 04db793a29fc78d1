"""Where a run stands and what follows from it: progress in steps or minutes, learning rate, size of the crops."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from photochrom.training.recipe import Data, Schedule

MARGIN = 0.03  # share of a run in minutes that is kept for the last validation and checkpoint


@dataclass
class Clock:
    """Counts steps and seconds of training, those of earlier parts of a resumed run included.

    `spent` are the seconds of a run in minutes that went by before its first step: photographs loaded, network built.
    """

    schedule: Schedule
    step: int = 0
    seconds: float = 0.0
    spent: float = 0.0
    now: Callable[[], float] = time.monotonic
    _since: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._since = self.now()

    def resume(self) -> None:
        """Count seconds from now on; what lies between two calls or before the first step is no training."""
        self._since = self.now()

    def tick(self) -> None:
        """One more step is done."""
        now = self.now()
        self.step, self.seconds, self._since = self.step + 1, self.seconds + now - self._since, now

    @property
    def budget(self) -> float:
        """Seconds that a run in minutes may train; 0 or less when `spent` has used them up."""
        return 60 * self.schedule.minutes * (1 - MARGIN) - self.spent

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0..1."""
        if self.schedule.steps:
            return min(1.0, self.step / self.schedule.steps)
        return min(1.0, self.seconds / self.budget) if self.budget > 0 else 1.0

    @property
    def seconds_left(self) -> float:
        """Expected remaining time at the pace so far; infinite before the first step."""
        return self.seconds * (1 - self.progress) / self.progress if self.progress else math.inf


def rate_factor(schedule: Schedule, progress: float) -> float:
    """Share of the peak learning rate: linear warm-up, then a cosine down to `final`, or steps by `drops`."""
    if progress < schedule.warmup:
        return (progress + 1e-3) / (schedule.warmup + 1e-3)
    if schedule.drops:
        return next((share for start, share in reversed(schedule.drops) if progress >= start), 1.0)
    turn = (progress - schedule.warmup) / (1 - schedule.warmup)
    return schedule.final + (1 - schedule.final) * 0.5 * (1 + math.cos(math.pi * turn))


def crop_size(data: Data, progress: float) -> int:
    """Pixels of the crops at this point of the run."""
    return next(px for share, px in reversed(data.crops) if progress >= share)
