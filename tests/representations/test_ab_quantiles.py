"""Larsson's quantile bins of a and b: the published edges and centers, the loss, the read-outs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import norm

from photochrom.errors import ModelError
from photochrom.representations import AbQuantiles, Readout, representation_from_card
from photochrom.representations.loss import pooled

MARGINAL, JOINT = AbQuantiles(), AbQuantiles(bins=16, joint=True)


def certain(color: AbQuantiles, ab: tuple[float, float], height: int = 2, width: int = 3) -> np.ndarray:
    """Logits that are sure of the bin of one color everywhere."""
    logits = np.full((color.channels, height, width), -30, np.float32)
    logits[np.asarray(color.encode(np.array(ab, np.float32)).index)] = 30
    return logits


@pytest.mark.parametrize(("color", "outermost", "innermost"), [(MARGINAL, 53.8469, 0.9794), (JOINT, 46.5683, 1.9603)])
def test_centers_are_the_quantiles_of_the_gaussian(color: AbQuantiles, outermost: float, innermost: float) -> None:
    expected = norm(0, 25).ppf((np.arange(color.bins) + 0.5) / color.bins)
    np.testing.assert_allclose(color.axis_centers, expected, atol=1e-4)
    assert color.axis_centers[-1] == pytest.approx(outermost, abs=1e-3)
    assert color.axis_centers[color.bins // 2] == pytest.approx(innermost, abs=1e-3)


def test_channels() -> None:
    assert (MARGINAL.channels, JOINT.channels) == (64, 256)


@pytest.mark.parametrize(
    ("x", "of_32", "of_16"), [(-60, 0, 0), (-10, 11, 5), (0, 16, 8), (3, 17, 8), (10, 20, 10), (47, 31, 15)]
)
def test_the_worked_examples(x: float, of_32: int, of_16: int) -> None:
    assert MARGINAL.encode(np.array([x, 0.0], np.float32)).index.tolist() == [of_32, 32 + 16]
    assert JOINT.encode(np.array([0.0, x], np.float32)).index.tolist() == [8 * 16 + of_16]


@given(st.floats(-120, 120, width=32), st.floats(-120, 120, width=32))
def test_a_bin_is_floor_of_phi_times_k(a: float, b: float) -> None:
    u = norm(0, 25).cdf([a, b]) * 32
    if np.abs(u - np.rint(u)).min() < 1e-3:  # on an edge, where the last digit decides
        return
    expected = np.minimum(31, np.floor(u)).astype(int)
    index = MARGINAL.encode(torch.tensor([50.0, a, b])).index
    assert index.tolist() == [expected[0], 32 + expected[1]]


@pytest.mark.parametrize("color", [MARGINAL, JOINT])
def test_the_loss_is_the_divergence_summed_over_softmaxes(color: AbQuantiles) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, color.channels, 3, 4)).astype(np.float32)
    ab = rng.uniform(-60, 60, (2, 3, 4, 2)).astype(np.float32)
    targets = color.encode(ab)
    axes = 1 if color.joint else 2
    logs = np.concatenate([log_softmax(part, 1) for part in np.split(logits.astype(float), axes, 1)], 1)
    expected = -np.take_along_axis(np.moveaxis(logs, 1, -1), targets.index, -1).sum(-1).mean()
    assert float(color.loss(logits, targets).plain) == pytest.approx(expected, rel=1e-5)
    in_torch = color.loss(torch.from_numpy(logits), color.encode(torch.from_numpy(ab)))
    assert float(in_torch.weighted) == pytest.approx(expected, rel=1e-5)


def test_a_window_is_taught_as_its_histogram_and_a_right_answer_costs_nothing() -> None:
    window = np.array([[[-60.0, 3.0]] * 3 + [[10.0, 3.0]]], np.float32)[:, None, None]  # [1, 1, 1, 4, 2]
    targets = pooled(MARGINAL.encode(window))
    logits = np.full((1, 64, 1, 1), -40, np.float32)
    logits[0, [0, 20], 0, 0] = np.log([0.75, 0.25])
    logits[0, 32 + 17, 0, 0] = 0
    assert float(MARGINAL.loss(logits, targets).plain) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("color", [MARGINAL, JOINT])
@pytest.mark.parametrize("kind", ["mean", "mode", "median", "center-median", "sample", "coherent", "annealed"])
def test_where_the_network_is_sure_every_readout_gives_its_bin(color: AbQuantiles, kind: str) -> None:
    ab = color.decode(certain(color, (20.0, -33.0)), Readout(kind))
    assert ab.shape == (2, 3, 2)
    again = color.encode(ab)
    wanted = color.encode(np.array([20.0, -33.0], np.float32)).index
    assert (again.index == wanted).all()


def test_expectation_and_median_differ_where_they_should() -> None:
    logits = np.full((64, 1, 1), -40, np.float32)
    logits[[16, 31], 0, 0] = np.log([0.7, 0.3])
    logits[32 + 16] = 0
    centers = MARGINAL.axis_centers
    assert MARGINAL.decode(logits)[0, 0, 0] == pytest.approx(0.7 * centers[16] + 0.3 * centers[31], abs=1e-3)
    u = (16 + 0.5 / 0.7) / 32
    assert MARGINAL.decode(logits, Readout("median"))[0, 0, 0] == pytest.approx(norm(0, 25).ppf(u), abs=0.02)


def test_marginals_of_joint_bins_sum_over_the_other_axis() -> None:
    logits = np.random.default_rng(1).normal(size=(256, 2, 2)).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(0)
    expected = np.einsum("chw,cd->hwd", shares, JOINT.centers)
    np.testing.assert_allclose(JOINT.decode(logits), expected, atol=1e-3)


def test_the_spread_of_a_cell_is_a_distribution_with_the_same_mean() -> None:
    logits = np.random.default_rng(2).normal(size=(64,)).astype(np.float32)
    shares, ab = MARGINAL.spread(logits, 50.0)
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(shares @ ab, MARGINAL.decode(logits[:, None, None])[0, 0], atol=1e-3)


def test_entropy_of_no_opinion() -> None:
    assert float(MARGINAL.entropy(np.zeros((64, 1, 1), np.float32))[0, 0]) == pytest.approx(2 * np.log(32), rel=1e-5)
    assert float(JOINT.entropy(np.zeros((256, 1, 1), np.float32))[0, 0]) == pytest.approx(np.log(256), rel=1e-5)


def test_a_card_brings_it_back() -> None:
    for color in (MARGINAL, JOINT, AbQuantiles(8, True, 30.0)):
        assert representation_from_card(color.to_card()) == color


@pytest.mark.parametrize("settings", [{"bins": 1}, {"bins": 2.5}, {"sigma": 0}, {"bin": 3}])
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        representation_from_card({"name": "ab_quantiles", **settings})


def test_rebalancing_is_refused() -> None:
    with pytest.raises(ModelError, match="only ab_bins"):
        MARGINAL.loss(np.zeros((1, 64, 1, 1)), MARGINAL.encode(np.zeros((1, 1, 1, 2))), np.ones(64))
