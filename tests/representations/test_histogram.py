"""Reading a number off a histogram: the worked examples of Larsson's released code and of the paper's own rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from photochrom.representations import Readout, histogram


def shares(bins: int, parts: dict[int, float]) -> np.ndarray:
    out = np.zeros(bins, np.float32)
    out[list(parts)] = list(parts.values())
    return out


CHROMA = shares(32, {0: 0.3, 1: 0.15, 4: 0.25, 10: 0.3})
any_shares = hnp.arrays(np.float32, (3, 8), elements=st.floats(0.015625, 1, width=32)).map(
    lambda x: x / x.sum(-1, keepdims=True)
)


def test_the_median_is_interpolated_within_its_bin() -> None:
    assert float(histogram.median(CHROMA)) == pytest.approx(0.13125, abs=1e-6)


def test_the_median_of_the_released_code_is_a_center() -> None:
    assert float(histogram.center_median(CHROMA)) == pytest.approx(0.140625)


def test_the_mode_is_a_center() -> None:
    assert float(histogram.mode(CHROMA)) == pytest.approx(0.015625)


def test_the_expectation_weighs_centers() -> None:
    assert float(CHROMA @ histogram.centers(32)) == pytest.approx(0.1453125)


@pytest.mark.parametrize(
    ("parts", "resultant", "hue"),
    [
        ({5: 1.0}, 1.0, 0.171875),
        ({0: 0.5, 8: 0.5}, 0.707107, 0.140625),
        ({31: 0.6, 1: 0.4}, 0.981561, 0.0092968),
        ({0: 0.5, 16: 0.5}, 0.0, None),
    ],
)
def test_the_complex_expectation_of_hues(parts: dict[int, float], resultant: float, hue: float | None) -> None:
    angle, length = histogram.circular_mean(shares(32, parts))
    assert float(length) == pytest.approx(resultant, abs=1e-6)
    if hue is not None:
        assert float(angle) == pytest.approx(hue, abs=1e-6)


@given(any_shares, st.floats(0.01, 0.99))
def test_a_quantile_leaves_its_level_below_itself(share: np.ndarray, level: float) -> None:
    at = histogram.quantile(share, level)
    rises = [np.append(0, np.cumsum(one)) for one in share]
    below = np.stack([np.interp(x, np.arange(9) / 8, rise) for x, rise in zip(at, rises, strict=True)])
    np.testing.assert_allclose(below, level, atol=1e-4)


@given(any_shares)
def test_the_quantile_rises_with_its_level(share: np.ndarray) -> None:
    rising = np.stack([histogram.quantile(share, level) for level in (0.0, 0.2, 0.5, 0.8, 1.0)])
    assert (np.diff(rising, axis=0) >= -1e-6).all()


def test_draws_are_as_frequent_as_their_shares() -> None:
    wanted = np.array([0.5, 0.3, 0.15, 0.05], np.float32)
    scores = np.broadcast_to(np.log(wanted), (20000, 4))
    by_noise = np.argmax(scores + histogram.gumbel(scores.shape, Readout("sample", seed=3)), -1)
    levels = histogram.levels((20000,), Readout("sample", seed=3))
    by_quantile = (histogram.quantile(np.broadcast_to(wanted, scores.shape), levels) * 4).astype(int)
    for drawn in (by_noise, by_quantile):
        np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20000, wanted, atol=0.015)


def test_a_coherent_draw_is_the_same_wherever_the_distribution_is() -> None:
    coherent = Readout("coherent", seed=4)
    assert histogram.gumbel((5, 6, 4), coherent).shape == (4,)
    assert len(np.unique(histogram.levels((5, 6), coherent))) == 1


@given(any_shares)
def test_entropy_lies_between_certainty_and_every_bin_alike(share: np.ndarray) -> None:
    nats = histogram.entropy(share)
    assert ((nats >= -1e-6) & (nats <= np.log(8) + 1e-5)).all()
    assert float(histogram.entropy(shares(8, {2: 1.0}))) == pytest.approx(0, abs=1e-6)
