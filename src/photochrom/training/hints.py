"""Simulated users (Zhang 2017, section 3.2): a few points of the true color, as a network sees its `hints`.

The number of points is geometric with p = 1/8, none included; a point lies around the middle, normally distributed with
a standard deviation of a quarter of each side; it shows the mean color of a square of 1 to 9 pixels. One photograph in
a hundred shows all of its colors.
"""

import numpy as np
import torch
from torch import Tensor

STOP = 1 / 8  # chance that no further point follows
LARGEST = 9  # pixels a side of a point
ALL = 0.01  # share of photographs that show all


def simulated_hints(ab: Tensor, rng: np.random.Generator) -> Tensor:
    """Hints [N, 3, H, W] (a, b, mask) drawn from the true `ab` [N, 2, H, W], Lab units."""
    hints = torch.zeros((len(ab), 3, *ab.shape[2:]), dtype=ab.dtype, device=ab.device)
    for photograph, shown in zip(ab, hints, strict=True):
        if rng.uniform() < ALL:
            shown[:2], shown[2] = photograph, 1
            continue
        while rng.uniform() >= STOP:
            size = int(rng.integers(1, LARGEST + 1))
            rows, columns = (_span(side, size, rng) for side in ab.shape[2:])
            shown[:2, rows, columns] = photograph[:, rows, columns].mean((1, 2), keepdim=True)
            shown[2, rows, columns] = 1
    return hints


def _span(side: int, size: int, rng: np.random.Generator) -> slice:
    """Where a square of `size` pixels lies along a side."""
    size = min(size, side)
    start = int(np.clip(round(rng.normal((side - size + 1) / 2, (side - size + 1) / 4)), 0, side - size))
    return slice(start, start + size)
