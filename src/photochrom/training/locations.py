"""Sparse training (Larsson 2016, section 3.1): a few pixels a photograph, each taught the colors around it."""

import numpy as np
import torch
from torch import Tensor


def random_locations(
    count: int, photographs: int, size: tuple[int, int], margin: int, rng: np.random.Generator
) -> Tensor:
    """(row, column) of `count` pixels of each photograph, at least `margin` from its rim: [N, count, 2], int64."""
    height, width = size
    if 2 * margin >= min(height, width):
        raise ValueError(f"no pixel of {height} x {width} is {margin} pixels from the rim")
    rows = rng.integers(margin, height - margin, (photographs, count))
    columns = rng.integers(margin, width - margin, (photographs, count))
    return torch.from_numpy(np.stack([rows, columns], axis=-1))


def windows(planes: Tensor, locations: Tensor, side: int) -> Tensor:
    """The pixels of `planes` [N, C, H, W] in the side x side window around each location: [N, P, side^2, C].

    The pixel itself is in the middle; beyond the rim the rim's own pixels are taken.
    """
    reach = torch.arange(side) - side // 2
    count, _, height, width = planes.shape
    rows = (locations[..., 0, None, None] + reach[:, None]).expand(-1, -1, side, side).clamp(0, height - 1)
    columns = (locations[..., 1, None, None] + reach[None, :]).expand(-1, -1, side, side).clamp(0, width - 1)
    photograph = torch.arange(count)[:, None, None, None]
    return planes.movedim(1, -1)[photograph, rows, columns].flatten(2, 3)
