"""Reading one number off a histogram over equal bins of the unit interval (Larsson 2016, section 3.4). NumPy.

All take probabilities [..., K] and answer in units of the interval, 0..1, shape [...]; bin k covers k/K..(k+1)/K.
"""

import numpy as np
from numpy.typing import NDArray

from photochrom.representations.readout import Readout

Array = NDArray[np.float32]


def softmax(scores: Array) -> Array:
    """Probabilities over the last axis."""
    shares: Array = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def entropy(shares: Array) -> Array:
    """Of distributions [..., K]: [...], nats."""
    nats: Array = -np.sum(shares * np.log(np.maximum(shares, np.finfo(np.float32).tiny)), axis=-1)
    return nats


def centers(bins: int) -> Array:
    """(k + 1/2) / K."""
    out: Array = ((np.arange(bins) + 0.5) / bins).astype(np.float32)
    return out


def mode(shares: Array) -> Array:
    """Center of the most likely bin."""
    best: Array = centers(shares.shape[-1])[np.argmax(shares, axis=-1)]
    return best


def quantile(shares: Array, level: float | Array) -> Array:
    """Where the cumulative distribution, linear within a bin, reaches `level` (0..1; a number or [...])."""
    bins = shares.shape[-1]
    cumulative = np.cumsum(shares, axis=-1)
    wanted = np.asarray(level, np.float32)[..., None] * cumulative[..., -1:]
    at = np.minimum((cumulative < wanted).sum(axis=-1, keepdims=True), bins - 1)
    within, upper = np.take_along_axis(shares, at, -1), np.take_along_axis(cumulative, at, -1)
    part = 1 - (upper - wanted) / np.maximum(within, np.finfo(np.float32).tiny)
    out: Array = ((at + np.clip(part, 0, 1)) / bins)[..., 0].astype(np.float32)
    return out


def median(shares: Array) -> Array:
    """The median as the paper has it, interpolated within its bin."""
    return quantile(shares, 0.5)


def center_median(shares: Array) -> Array:
    """The median as the released code has it: the center of the first bin whose cumulative share is at least 1/2."""
    at = np.argmax(np.cumsum(shares, axis=-1) >= 0.5, axis=-1)
    found: Array = centers(shares.shape[-1])[at]
    return found


def circular_mean(shares: Array) -> tuple[Array, Array]:
    """Angle (in turns, 0..1) and resultant length R (0..1) of a distribution on the circle: the complex expectation."""
    turns = 2 * np.pi * centers(shares.shape[-1])
    x, y = shares @ np.cos(turns), shares @ np.sin(turns)
    angle: Array = (np.arctan2(y, x) / (2 * np.pi) % 1).astype(np.float32)
    return angle, np.hypot(x, y).astype(np.float32)


def levels(shape: tuple[int, ...], readout: Readout) -> Array:
    """Quantiles to draw at, [*shape]: one for each cell ("sample") or the same for all ("coherent"); by the seed."""
    rng = np.random.default_rng(readout.seed)
    drawn: Array = rng.uniform(size=shape if readout.kind == "sample" else ()).astype(np.float32)
    return np.broadcast_to(drawn, shape)


def gumbel(shape: tuple[int, ...], readout: Readout) -> Array:
    """Noise for scores [..., K], after which the largest is a draw from their softmax (the Gumbel-max rule).

    One value for each score ("sample"), or one a bin shared by all cells ("coherent"); by the seed.
    """
    rng = np.random.default_rng(readout.seed)
    drawn: Array = rng.gumbel(size=shape if readout.kind == "sample" else shape[-1:]).astype(np.float32)
    return drawn
