"""Colors as distributions over the 313 bins: their loss, their decoding, their prior and its weights."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from photochrom.errors import ModelError
from photochrom.representations import AbBins, Readout, representation_from_card
from photochrom.representations.ab_bins import bin_centers, class_weights, colorful
from photochrom.representations.soft_encoding import SoftTargets

BOTH = pytest.mark.parametrize("library", [np.asarray, torch.as_tensor], ids=["numpy", "torch"])
distributions = arrays.arrays(np.float64, (6,), elements=st.floats(0, 1)).filter(lambda p: p.sum() > 0.1)


PUBLISHED = {  # bin: (index, weight at lambda 0.5, at lambda 0)
    (0, 0): (120, 0.096503, 0.015876),
    (0, 10): (121, 0.176944, 0.029501),
    (0, -10): (119, 0.292711, 0.049762),
    (10, 10): (140, 0.382665, 0.066065),
    (-10, 10): (103, 0.486650, 0.085554),
    (20, 20): (159, 1.278083, 0.261004),
    (-20, 30): (88, 1.557509, 0.337315),
    (0, 50): (125, 3.470031, 1.28289),
    (40, 40): (200, 3.943127, 1.76683),
    (0, -50): (115, 4.948718, 4.03594),
    (60, -110): (225, 6.173228, 3737.7),
    (-90, 50): (0, 6.174785, 65383.7),
    (100, -90): (303, 6.174868, 526215),
}


def log_softmax(logits: np.ndarray, axis: int) -> np.ndarray:
    """Reference, float64."""
    shifted = logits.astype(np.float64) - logits.max(axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis, keepdims=True)))


def logits_of(*scores: tuple[tuple[int, int], float]) -> np.ndarray:
    """Logits [313, 1, 1] of one pixel: the given bins' scores, next to nothing for all the others."""
    logits = np.full((313, 1, 1), -1e4, np.float32)
    for center, score in scores:
        logits[(bin_centers() == center).all(1)] = score
    return logits


class TestLoss:
    @pytest.fixture
    def case(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Logits [2, 313, 4, 5] and the colors [2, 4, 5, 2] that they should be."""
        return rng.normal(0, 3, (2, 313, 4, 5)), rng.uniform(-90, 90, (2, 4, 5, 2))

    @BOTH
    def test_it_is_the_cross_entropy_against_the_dense_targets(self, case: Any, library: Any) -> None:
        bins, (logits, ab) = AbBins(), case
        entropy = -(bins.dense(bins.encode(ab)) * log_softmax(np.moveaxis(logits, 1, -1), -1)).sum(-1)
        loss = bins.loss(library(logits), bins.encode(library(ab)))
        assert float(loss.plain) == pytest.approx(entropy.mean(), rel=1e-7)
        assert float(loss.weighted) == float(loss.plain)

    @BOTH
    def test_a_pixel_weighs_what_its_nearest_bin_weighs(self, case: Any, library: Any, rng: Any) -> None:
        bins, (logits, ab), weights = AbBins(), case, rng.uniform(0.1, 6, 313)
        entropy = -(bins.dense(bins.encode(ab)) * log_softmax(np.moveaxis(logits, 1, -1), -1)).sum(-1)
        loss = bins.loss(library(logits), bins.encode(library(ab)), library(weights))
        assert float(loss.weighted) == pytest.approx((entropy * weights[bins.nearest(ab)]).mean(), rel=1e-7)
        assert float(loss.plain) == pytest.approx(entropy.mean(), rel=1e-7)

    @BOTH
    def test_a_masked_photograph_does_not_count(self, case: Any, library: Any, rng: Any) -> None:
        bins, (logits, ab), weights = AbBins(), case, rng.uniform(0.1, 6, 313)
        both = bins.loss(library(logits), bins.encode(library(ab)), library(weights), library(np.array([False, True])))
        alone = bins.loss(library(logits[1:]), bins.encode(library(ab[1:])), library(weights))
        assert float(both.weighted) == pytest.approx(float(alone.weighted))
        assert float(both.plain) == pytest.approx(float(alone.plain))

    @BOTH
    def test_a_batch_of_gray_photographs_costs_nothing(self, case: Any, library: Any) -> None:
        bins, (logits, ab) = AbBins(), case
        loss = bins.loss(library(logits), bins.encode(library(ab)), mask=library(np.array([False, False])))
        assert (float(loss.weighted), float(loss.plain)) == (0, 0)

    def test_the_gradient_is_weight_times_softmax_minus_target(self, case: Any, rng: Any) -> None:
        bins, (scores, ab), weights = AbBins(), case, torch.from_numpy(rng.uniform(0.1, 6, 313))
        logits = torch.from_numpy(scores).requires_grad_()
        mask = torch.tensor([True, False])
        bins.loss(logits, bins.encode(torch.from_numpy(ab)), weights, mask).weighted.backward()
        expected = np.exp(log_softmax(scores, 1)) - np.moveaxis(bins.dense(bins.encode(ab)), -1, 1)
        expected *= weights.numpy()[bins.nearest(ab)][:, None] * mask.numpy()[:, None, None, None] / 20
        assert logits.grad is not None
        np.testing.assert_allclose(logits.grad.numpy(), expected, atol=1e-9)

    def test_a_case_worked_by_hand(self) -> None:
        logits = torch.full((1, 313, 1, 1), -1e4, dtype=torch.float64)
        logits[0, :4, 0, 0] = torch.tensor([1, 0, 0.5, -1], dtype=torch.float64)
        logits.requires_grad_()
        targets = SoftTargets(torch.tensor([[[[0, 1, 2]]]]), torch.tensor([[[[0.6, 0.3, 0.1]]]], dtype=torch.float64))
        weights = torch.ones(313, dtype=torch.float64)
        weights[0] = 2.5
        loss = AbBins(neighbors=3).loss(logits, targets, weights)
        loss.weighted.backward()
        assert float(loss.plain.detach()) == pytest.approx(1.096567269173791)
        assert float(loss.weighted.detach()) == pytest.approx(2.7414181729344778)
        assert logits.grad is not None
        expected = [-0.31502288, -0.31407128, 0.46872495, 0.16036921]
        np.testing.assert_allclose(logits.grad[0, :4, 0, 0].numpy(), expected, atol=1e-7)

    def test_it_is_safe_in_float32(self) -> None:
        logits = torch.zeros((1, 313, 1, 1))
        logits[0, 120] = 1e4
        loss = AbBins().loss(logits, AbBins().encode(torch.tensor([[[[50.0, 50.0]]]])))
        assert float(loss.plain) == pytest.approx(1e4)


class TestDecode:
    @BOTH
    @pytest.mark.parametrize(
        ("temperature", "expected"),
        [
            (1.0, (12, 8)),
            (0.38, (7.722827, 2.656919)),
            (math.log(10) / 6, (7.792971, 2.709258)),
            (0.1, (0.240386, 0.004169)),
            (0.0, (0, 0)),
        ],
    )
    def test_the_annealed_mean(self, library: Any, temperature: float, expected: tuple[float, float]) -> None:
        scores = [(center, math.log(z)) for center, z in (((0, 0), 0.5), ((40, 0), 0.3), ((0, 40), 0.2))]
        ab = AbBins().decode(library(logits_of(*scores)), Readout("annealed", temperature))
        assert tuple(ab.shape) == (1, 1, 2)
        np.testing.assert_allclose(np.asarray(ab)[0, 0], expected, atol=2e-5)

    @BOTH
    def test_it_is_the_mean_of_the_sharpened_softmax(self, library: Any, rng: np.random.Generator) -> None:
        logits = rng.normal(0, 4, (2, 3, 313, 5, 7)).astype(np.float32)
        ab = AbBins().decode(library(logits), Readout("annealed", 0.5))
        expected = np.moveaxis(np.exp(log_softmax(logits / 0.5, -3)), -3, -1) @ bin_centers()
        assert np.asarray(ab).dtype == np.float32
        np.testing.assert_allclose(np.asarray(ab), expected, atol=1e-3)

    @BOTH
    def test_the_mean_is_the_annealed_one_at_temperature_one(self, library: Any, rng: np.random.Generator) -> None:
        logits = library(rng.normal(0, 4, (313, 5, 7)).astype(np.float32))
        mean = AbBins().decode(logits, Readout("mean", 0.2))
        np.testing.assert_array_equal(np.asarray(mean), np.asarray(AbBins().decode(logits, Readout("annealed", 1.0))))

    @BOTH
    def test_the_mode_is_the_most_likely_bin_and_the_limit_of_cold(self, library: Any, rng: Any) -> None:
        scores = rng.permuted(np.tile(np.arange(313, dtype=np.float32)[:, None, None], (1, 4, 6)), axis=0)
        mode = np.asarray(AbBins().decode(library(scores), Readout("mode")))
        np.testing.assert_array_equal(mode, bin_centers()[scores.argmax(0)])
        for cold in (0.0, 1e-3):
            np.testing.assert_array_equal(np.asarray(AbBins().decode(library(scores), Readout("annealed", cold))), mode)

    def test_without_a_readout_it_is_the_annealed_mean_at_038(self, rng: np.random.Generator) -> None:
        logits = rng.normal(0, 4, (313, 5, 7)).astype(np.float32)
        np.testing.assert_array_equal(AbBins().decode(logits), AbBins().decode(logits, Readout("annealed", 0.38)))

    @BOTH
    @given(shift=st.floats(-1e4, 1e4), size=st.floats(0.1, 1e4))
    def test_it_is_safe_in_float32_and_shifts_do_not_matter(self, library: Any, shift: float, size: float) -> None:
        logits = np.linspace(-size, size, 313, dtype=np.float32)[::-1].reshape(313, 1, 1)
        for readout in (Readout(), Readout("mean"), Readout("mode"), Readout("annealed", 1e-6)):
            ab = np.asarray(AbBins().decode(library(logits.copy()), readout))
            assert np.isfinite(ab).all()
            assert (np.abs(ab) <= 110).all()
        whole = np.rint(logits)  # float32 takes whole shifts of whole numbers without rounding
        np.testing.assert_array_equal(
            np.asarray(AbBins().decode(library(whole + np.float32(round(shift))))),
            np.asarray(AbBins().decode(library(whole))),
        )

    def test_half_precision_logits_are_decoded_in_float32(self) -> None:
        assert AbBins().decode(np.zeros((313, 2, 2), np.float16)).dtype == np.float32
        np.testing.assert_allclose(AbBins().decode(np.zeros((313, 1, 1), np.float16))[0, 0], bin_centers().mean(0))

    @given(arrays.arrays(np.float32, (313, 1, 2), elements=st.floats(-50, 50, width=32)), st.floats(0.05, 2))
    def test_numpy_and_torch_agree(self, logits: np.ndarray, temperature: float) -> None:
        readout = Readout("annealed", temperature)
        there = AbBins().decode(torch.from_numpy(logits), readout)
        np.testing.assert_allclose(there.numpy(), AbBins().decode(logits, readout), atol=5e-3)  # 313 terms in float32

    def test_a_color_survives_encoding_and_decoding_nearly(self, rng: np.random.Generator) -> None:
        bins, ab = AbBins(), rng.uniform(-40, 40, (6, 8, 2))
        with np.errstate(divide="ignore"):
            logits = np.moveaxis(np.log(bins.dense(bins.encode(ab))), -1, 0)
        logits = np.maximum(logits, -1e4)
        assert np.abs(bins.decode(logits, Readout("mean")) - ab).max() < 1


class TestPrior:
    @given(arrays.arrays(np.float64, (3, 4, 2), elements=st.floats(-110, 110)))
    def test_it_is_the_mean_of_the_dense_targets(self, ab: np.ndarray) -> None:
        bins = AbBins()
        prior = bins.prior(ab)
        assert (prior.dtype, prior.shape) == (np.float64, (313,))
        assert prior.sum() == pytest.approx(1)
        np.testing.assert_allclose(prior, bins.dense(bins.encode(ab)).mean((0, 1)), atol=1e-12)

    def test_torch_colors_give_the_same(self, rng: np.random.Generator) -> None:
        ab = rng.uniform(-60, 60, (100, 2)).astype(np.float32)
        np.testing.assert_allclose(AbBins().prior(torch.from_numpy(ab)), AbBins().prior(ab), atol=1e-6)

    def test_it_is_smooth(self) -> None:
        assert (AbBins().prior(np.zeros((1, 2))) > 0).sum() == 10


class TestClassWeights:
    @pytest.mark.parametrize(
        ("rebalance", "expected"),
        [
            (0.0, [0.35714286, 1.25, 2.77777778, 25.0]),
            (0.5, [0.70910355, 1.49699638, 1.98131874, 2.59095528]),
            (1.0, [1, 1, 1, 1]),
        ],
    )
    def test_a_case_worked_by_hand(self, rebalance: float, expected: list[float]) -> None:
        np.testing.assert_allclose(class_weights(np.array([0.7, 0.2, 0.09, 0.01]), rebalance), expected, rtol=1e-7)

    @given(distributions, st.floats(0, 1))
    def test_a_pixel_weighs_one_on_average(self, mass: np.ndarray, rebalance: float) -> None:
        prior = np.where(mass < 1e-6, 0, mass) / np.where(mass < 1e-6, 0, mass).sum()
        weights = class_weights(prior, rebalance)
        assert (prior * weights).sum() == pytest.approx(1)
        assert ((weights > 0) == (prior > 0)).all()

    @given(distributions, st.floats(0, 0.99))
    def test_the_rarer_a_color_the_more_it_weighs(self, mass: np.ndarray, rebalance: float) -> None:
        prior = (mass + 1e-3) / (mass + 1e-3).sum()
        by_frequency = class_weights(prior, rebalance)[np.argsort(-prior)]
        assert (np.diff(by_frequency) >= -1e-9 * by_frequency[1:]).all()

    @pytest.fixture
    def published_prior(self, root: Path) -> np.ndarray:
        """Of ImageNet."""
        return np.loadtxt(root / "src/photochrom/evaluation/data/zhang2016_prior.txt")

    def test_the_published_prior_gives_the_published_weights(self, published_prior: np.ndarray) -> None:
        half, none = class_weights(published_prior, 0.5), class_weights(published_prior, 0)
        for center, (index, at_half, at_none) in PUBLISHED.items():
            assert tuple(bin_centers()[index]) == center
            assert half[index] == pytest.approx(at_half, abs=1e-6)
            assert none[index] == pytest.approx(at_none, rel=5e-5)
        assert (half.argmin(), half.argmax()) == (120, 303)
        assert half.max() / half.min() == pytest.approx(64, rel=1e-3)
        assert (half.mean(), np.median(half)) == pytest.approx((5.174879779833851, 5.998717115234545))
        assert (none.mean(), np.median(none)) == pytest.approx((4688.9934967934905, 34.05214793315623))
        np.testing.assert_allclose(class_weights(published_prior, 1), 1)

    @pytest.mark.parametrize(
        "prior", [np.array([0.5, 0.6]), np.array([1.5, -0.5]), np.array([[1.0]]), np.array([np.nan, 1])]
    )
    def test_what_is_no_distribution_is_refused(self, prior: np.ndarray) -> None:
        with pytest.raises(ModelError, match="frequencies that sum to 1"):
            class_weights(prior)

    @pytest.mark.parametrize("rebalance", [-0.1, 1.1, math.nan])
    def test_lambda_lies_between_0_and_1(self, rebalance: float) -> None:
        with pytest.raises(ModelError, match="lambda lies in"):
            class_weights(np.array([0.5, 0.5]), rebalance)


@BOTH
def test_a_photograph_is_gray_until_one_a_or_b_exceeds_the_threshold(library: Any) -> None:
    ab = np.zeros((4, 3, 3, 2), np.float32)
    ab[0, 1, 2] = (5.0, -5.0)
    ab[1, 1, 2, 0] = 5.01
    ab[2, 0, 0, 1] = -5.01
    assert np.asarray(colorful(library(ab))).tolist() == [False, True, True, False]
    assert np.asarray(colorful(library(ab), threshold=4.9)).tolist() == [True, True, True, False]


class TestSettings:
    def test_a_card_brings_the_representation_back(self) -> None:
        bins = AbBins(neighbors=5, sigma=4.0)
        assert bins.to_card() == {"name": "ab_bins", "neighbors": 5, "sigma": 4.0}
        assert representation_from_card(bins.to_card()) == bins
        assert representation_from_card({"name": "ab_bins"}) == AbBins(10, 5.0)

    def test_it_has_one_channel_a_bin(self) -> None:
        assert AbBins().channels == 313
        np.testing.assert_array_equal(AbBins().centers, bin_centers().astype(np.float32))
        assert AbBins().centers.dtype == np.float32

    @pytest.mark.parametrize(
        ("card", "sentence"),
        [
            ({"name": "ab_boxes"}, "unknown representation 'ab_boxes': this version knows ab_bins"),
            ({}, "unknown representation None"),
            ({"name": "ab_bins", "neighbours": 5}, "unknown setting 'neighbours'"),
            ({"name": "ab_bins", "neighbors": 0}, "1 to 313 neighbors, not 0"),
            ({"name": "ab_bins", "neighbors": 314}, "1 to 313 neighbors, not 314"),
            ({"name": "ab_bins", "neighbors": 2.5}, "1 to 313 neighbors, not 2.5"),
            ({"name": "ab_bins", "neighbors": "ten"}, "1 to 313 neighbors, not 'ten'"),
            ({"name": ["ab_bins"]}, r"unknown representation \['ab_bins'\]"),
            ({"name": "ab_bins", "sigma": "wide"}, "a sigma above 0, not 'wide'"),
            ({"name": "ab_bins", "sigma": 0}, "a sigma above 0, not 0"),
            ({"name": "ab_bins", "sigma": math.nan}, "a sigma above 0, not nan"),
        ],
    )
    def test_impossible_ones_are_refused_in_one_sentence(self, card: dict[str, object], sentence: str) -> None:
        with pytest.raises(ModelError, match=sentence):
            representation_from_card(card)
