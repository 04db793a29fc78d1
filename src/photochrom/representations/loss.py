"""What losses of distributions have in common: log-softmax, and the divergence from soft targets."""

from typing import Any, NamedTuple

import numpy as np

from photochrom.color import array_namespace
from photochrom.errors import ModelError
from photochrom.representations.soft_encoding import SoftTargets

Array = Any  # any array of the array API standard: NumPy, torch


class Loss(NamedTuple):
    """Both scalars: `weighted` is what training minimizes, `plain` the same with every weight 1."""

    weighted: Array
    plain: Array


def log_softmax(scores: Array) -> Array:
    """Logarithm of the softmax over the last axis; torch's own is one fused pass, and the loss spends its time here."""
    if not isinstance(scores, np.ndarray):
        return scores.log_softmax(-1)
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    return scores - np.log(np.sum(np.exp(scores), axis=-1, keepdims=True))


def cross_entropy(logs: Array, targets: SoftTargets) -> Array:
    """Cross-entropy of log-probabilities `logs` [..., C] against soft targets [..., K]: [...], nats."""
    xp = array_namespace(logs)
    return -xp.sum(xp.take_along_axis(logs, targets.index, axis=-1) * targets.weight, axis=-1)


def entropy(targets: SoftTargets) -> Array:
    """Entropy of soft targets [..., K], in which a bin may stand several times: [...], nats."""
    xp = array_namespace(targets.weight)
    same = xp.astype(targets.index[..., :, None] == targets.index[..., None, :], targets.weight.dtype)
    mass = xp.sum(same * targets.weight[..., None, :], axis=-1)  # of each entry's bin
    return -xp.sum(targets.weight * xp.log(xp.clip(mass, 1e-30, None)), axis=-1)


def divergence(logs: Array, targets: SoftTargets) -> Array:
    """Kullback-Leibler divergence of the targets from the prediction, KL(y || f) (Larsson 2016, section 3.2)."""
    return cross_entropy(logs, targets) - entropy(targets)


def pooled(targets: SoftTargets) -> SoftTargets:
    """The mean of the targets along their last axis but one, [..., W, K] -> [..., W K]: a histogram over a window."""
    xp = array_namespace(targets.weight)
    shape = (*targets.index.shape[:-2], targets.index.shape[-2] * targets.index.shape[-1])
    weight = targets.weight / targets.index.shape[-2]
    return SoftTargets(xp.reshape(targets.index, shape), xp.reshape(weight, shape))


def refuse_weights(weights: Array | None) -> None:
    """ModelError where a representation without classes of colors is asked to rebalance them."""
    if weights is not None:
        raise ModelError("only ab_bins knows rebalancing weights: leave objective.rebalance at 1")


def photograph_mean(values: Array, mask: Array | None) -> Array:
    """Mean of `values` [N, h, w] over the pixels of the photographs that `mask` [N] keeps (all without one)."""
    xp = array_namespace(values)
    if mask is None:
        return xp.mean(values)
    kept = xp.astype(mask, values.dtype)[:, None, None] * xp.ones_like(values)
    return xp.sum(values * kept) / xp.clip(xp.sum(kept), 1, None)
