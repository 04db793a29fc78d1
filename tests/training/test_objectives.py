"""The losses agree with formulas written out; a label outranks what the teacher sees."""

import numpy as np
import pytest
import torch
from torch import Tensor

from photochrom.networks.network import Output
from photochrom.representations import AbBins
from photochrom.representations.ab_bins import class_weights
from photochrom.training.augment import Sample
from photochrom.training.feed import Feed
from photochrom.training.objectives import losses
from photochrom.training.recipe import Objective


def feed_of(ab: Tensor) -> Feed:
    """What a step would have of these colors."""
    sample = Sample(torch.zeros(len(ab), 1, 8, 16), torch.cat([torch.full_like(ab[..., :1], 50), ab], -1))
    return Feed({}, sample, AbBins().encode(sample.lab))


def batch(rng: np.random.Generator) -> tuple[Output, Feed]:
    """Logits of 3 photographs of 2 x 4 pixels, and their colors; the last photograph is gray."""
    ab = rng.uniform(-60, 60, (3, 2, 4, 2)).astype(np.float32)
    ab[2] = rng.uniform(-4, 4, (2, 4, 2))
    logits = torch.from_numpy(rng.normal(size=(3, 313, 2, 4)).astype(np.float32))
    classes = torch.from_numpy(rng.normal(size=(3, 5)).astype(np.float32))
    return Output(logits, torch.zeros(3, 8, 2, 4), classes), feed_of(torch.from_numpy(ab))


def entropies(output: Output, feed: Feed) -> np.ndarray:
    """Cross-entropy of every pixel, float64 [3, 2, 4], by brute force over the 313 bins."""
    distance = ((feed.sample.ab.numpy()[..., None, :] - AbBins().centers) ** 2).sum(-1)
    soft = np.exp(-distance / (2 * 5.0**2))
    soft[distance > np.partition(distance, 9, -1)[..., 9:10]] = 0
    soft /= soft.sum(-1, keepdims=True)
    scores = np.moveaxis(output.logits.numpy().astype(np.float64), 1, -1)
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    return -(soft * logs).sum(-1)


def nearest(feed: Feed) -> np.ndarray:
    return np.argmin(((feed.sample.ab.numpy()[..., None, :] - AbBins().centers) ** 2).sum(-1), -1)


def test_without_weights_both_losses_are_the_mean_cross_entropy(rng: np.random.Generator) -> None:
    output, feed = batch(rng)
    found = losses(Objective(), AbBins(), output, feed, None, None)
    expected = entropies(output, feed).mean()
    assert [float(value) for value in found[:3]] == pytest.approx([expected] * 3, rel=1e-5)
    assert float(found.classes) == 0


def test_weights_count_each_pixel_by_its_nearest_bin(rng: np.random.Generator) -> None:
    output, feed = batch(rng)
    weights = rng.uniform(0.5, 3, 313).astype(np.float32)
    found = losses(Objective(), AbBins(), output, feed, torch.from_numpy(weights), None)
    each = entropies(output, feed)
    assert float(found.color) == pytest.approx((each * weights[nearest(feed)]).mean(), rel=1e-5)
    assert float(found.plain) == pytest.approx(each.mean(), rel=1e-5)
    assert float(found.total) == float(found.color)


def test_equal_weights_change_nothing(rng: np.random.Generator) -> None:
    prior = rng.uniform(size=313)
    assert class_weights(prior / prior.sum(), 1.0) == pytest.approx(np.ones(313))


def test_gray_photographs_can_be_left_out(rng: np.random.Generator) -> None:
    output, feed = batch(rng)
    found = losses(Objective(skip_gray=True), AbBins(), output, feed, None, None)
    assert float(found.color) == pytest.approx(entropies(output, feed)[:2].mean(), rel=1e-5)


def test_classification_adds_its_divergence_by_weight(rng: np.random.Generator) -> None:
    output, feed = batch(rng)
    taught = torch.from_numpy(rng.dirichlet(np.ones(5), 3).astype(np.float32))
    found = losses(Objective(classify=0.3), AbBins(), output, feed, None, taught)
    assert output.classes is not None
    scores = output.classes.numpy().astype(np.float64)
    logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    expected = (taught.numpy() * (np.log(taught.numpy()) - logs)).sum(1).mean()
    assert float(found.classes) == pytest.approx(expected, rel=1e-4)
    assert float(found.total) == pytest.approx(float(found.color) + 0.3 * expected, rel=1e-5)
