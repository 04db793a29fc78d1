"""Colors of a second, distributional answer beside a regression: what the palette head of Zhang 2017 chooses among."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import ModelError
from photochrom.representations.ab_bins import AbBins

SOFTNESS = 0.2  # factor on the logits before the softmax, as the authors' program shows them


@cache
def palette_centers(count: int) -> NDArray[np.float32]:
    """ab of `count` choices, float32 [count, 2]: 529 are a grid of 23 x 23 from -110 to 110, b fastest; 313 the bins.

    529 is what the authors' PyTorch code trains and encodes so; their program that shows palettes has a and b the other
    way round. ModelError for another number.
    """
    if count == 529:
        axis = np.arange(-110, 111, 10, dtype=np.float32)
        return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    if count == 313:
        return np.asarray(AbBins().centers, np.float32)
    raise ModelError(f"a palette has 529 colors or 313, not {count}")
