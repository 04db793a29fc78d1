"""What a prediction promises: one run of the network, read in many ways."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import fit_to_gamut, in_gamut, lab_to_srgb
from photochrom.errors import HintError
from photochrom.hints import Hint
from photochrom.prediction import APART, Prediction
from photochrom.representations import Readout, Regression
from tiny_model import BINS, BLUE, GREEN, ORANGE


def predicted(
    votes: dict[int, float], grid: tuple[int, int] = (2, 3), level: float = 60, scale: int = 10
) -> Prediction:
    """A prediction that gives each bin of `votes` its probability in every cell."""
    logits = np.full((313, *grid), -30, np.float32)
    for one, share in votes.items():
        logits[one] = np.log(share)
    size = (grid[0] * scale, grid[1] * scale)
    return Prediction(logits, np.full(grid, level, np.float32), size, BINS, Readout())


def random_prediction(seed: int, spread: float = 3) -> Prediction:
    logits = np.random.default_rng(seed).normal(0, spread, (313, 2, 3)).astype(np.float32)
    return Prediction(logits, np.full((2, 3), 60, np.float32), (20, 30), BINS, Readout())


seeds = st.integers(0, 2**32 - 1)


def test_a_network_that_is_sure_is_believed() -> None:
    assert np.allclose(predicted({ORANGE: 1}).ab(), BINS.centers[ORANGE], atol=1e-3)


def test_the_readout_decides_between_calm_and_vivid() -> None:
    both = predicted({ORANGE: 0.6, BLUE: 0.4})
    middle = 0.6 * BINS.centers[ORANGE] + 0.4 * BINS.centers[BLUE]
    assert np.allclose(both.ab(Readout("mean")), middle, atol=1e-2)
    assert np.allclose(both.ab(Readout("mode")), BINS.centers[ORANGE], atol=1e-3)
    assert np.allclose(both.ab(), both.ab(Readout("annealed", 0.38)), atol=0)


def test_the_cards_saturation_is_part_of_the_color() -> None:
    plain = random_prediction(1)
    assert np.allclose(dataclasses.replace(plain, saturation=1.5).ab(), 1.5 * plain.ab(), rtol=1e-5)


@given(seeds)
def test_entropy_lies_between_none_and_all(seed: int) -> None:
    prediction = random_prediction(seed, spread=30)
    assert prediction.entropy().shape == (2, 3)
    assert prediction.entropy().min() >= -1e-5
    assert prediction.entropy().max() <= np.log(313) + 1e-4


def test_entropy_is_none_where_the_network_is_sure_and_all_where_it_knows_nothing() -> None:
    assert np.allclose(predicted({ORANGE: 1}).entropy(), 0, atol=1e-4)
    assert np.allclose(predicted(dict.fromkeys(range(313), 1 / 313)).entropy(), np.log(313), atol=1e-4)
    assert np.allclose(predicted({ORANGE: 0.5, BLUE: 0.5}).entropy(), np.log(2), atol=1e-4)


def test_a_palette_names_the_modes_best_first_with_their_shares() -> None:
    palette = predicted({ORANGE: 0.5, BLUE: 0.3, GREEN: 0.2}).palette(0, 0)
    assert [round(swatch.share, 3) for swatch in palette] == [0.5, 0.3, 0.2]
    for swatch, one in zip(palette, (ORANGE, BLUE, GREEN), strict=True):
        fitted = fit_to_gamut(np.array([60, *BINS.centers[one]], np.float64))
        assert np.allclose(swatch.lab, fitted, atol=1e-3)
        assert np.allclose(np.array(swatch.srgb) / 255, np.clip(lab_to_srgb(fitted), 0, 1), atol=0.5 / 255)


@given(seeds, st.integers(1, 8))
def test_a_palette_is_short_apart_in_gamut_and_at_the_lightness_there(seed: int, n: int) -> None:
    palette = random_prediction(seed).palette(29, 19, n)
    assert 1 <= len(palette) <= n
    assert sum(swatch.share for swatch in palette) == pytest.approx(1, abs=1e-4)
    for swatch in palette:
        assert swatch.lab[0] == pytest.approx(60)
        assert bool(in_gamut(np.array(swatch.lab)))


def test_shades_of_one_color_are_one_entry() -> None:
    near = int(np.argsort(np.hypot(*(BINS.centers - BINS.centers[ORANGE]).T))[1])
    assert np.hypot(*(BINS.centers[near] - BINS.centers[ORANGE])) < APART
    for share in (0.6, 0.5):  # 0.5: both are the most likely one
        palette = predicted({ORANGE: share, near: 1 - share}).palette(5, 5)
        assert [round(swatch.share, 3) for swatch in palette] == [1]


def test_a_palette_is_asked_for_in_pixels_of_the_photograph() -> None:
    prediction = predicted({BLUE: 1})
    prediction.logits[ORANGE, 1, 2] = 9  # the cell at the bottom right: rows 10..19, columns 20..29
    assert prediction.palette(29, 19)[0].lab[1] > 20
    assert prediction.palette(19, 19)[0].lab[2] < -20
    assert prediction.palette(29, 9)[0].lab[2] < -20


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (30, 0), (0, 20)])
def test_a_place_outside_the_photograph_is_refused(x: int, y: int) -> None:
    with pytest.raises(ValueError, match="outside of a photograph of 30 x 20 pixels"):
        predicted({BLUE: 1}).palette(x, y)


def test_samples_differ_as_wholes_and_agree_inside() -> None:
    """Undecided in the same way everywhere: each sample is one color, and each color as frequent as predicted."""
    samples = predicted({ORANGE: 0.7, BLUE: 0.3}).samples(400, seed=5)
    colors = np.stack([sample.ab(Readout("mode")) for sample in samples])
    assert np.all(colors == colors[:, :1, :1])
    assert np.mean(np.all(colors[:, 0, 0] == BINS.centers[ORANGE], axis=-1)) == pytest.approx(0.7, abs=0.07)


def test_samples_are_the_same_for_the_same_seed_and_leave_the_prediction_alone() -> None:
    prediction = random_prediction(3)
    before = prediction.logits.copy()
    first, again, other = (prediction.samples(1, seed)[0].ab() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(prediction.logits, before)


RED = (200, 40, 40)


def test_a_hint_is_the_color_at_its_place_and_the_rest_of_its_region_takes_it() -> None:
    prediction = predicted({BLUE: 1}, (8, 8))
    prediction.guide[:, 4:] = 20
    hinted = prediction.hinted([Hint(15, 15, RED)])
    ab = hinted.ab()
    assert np.allclose(ab[1, 1], Hint(0, 0, RED).ab, atol=1e-4)
    assert np.allclose(ab[:, :4], Hint(0, 0, RED).ab, atol=3)
    assert np.allclose(ab[:, 4:], BINS.centers[BLUE], atol=0.5)


def test_hints_come_instead_of_those_before_and_leave_with_them() -> None:
    prediction = random_prediction(1)
    first = prediction.hinted([Hint(5, 5, RED)])
    second = first.hinted([Hint(25, 15, (0, 80, 0))])
    assert second.hints == (Hint(25, 15, (0, 80, 0)),)
    assert np.array_equal(second.ab(), prediction.hinted([Hint(25, 15, (0, 80, 0))]).ab())
    assert np.array_equal(first.hinted([]).ab(), prediction.ab())
    assert prediction.hints == ()


def test_a_hint_that_cannot_be_shown_at_the_lightness_there_is_told() -> None:
    hinted = random_prediction(1).hinted([Hint(5, 5, (0, 0, 255)), Hint(6, 6, (150, 145, 145))])
    (note,) = hinted.notes
    assert note.startswith("The hint #0000ff at 5,5 is paler")
    assert hinted.hinted([]).notes == ()


def test_a_hint_outside_of_the_photograph_is_refused() -> None:
    with pytest.raises(HintError, match="lies outside of the photograph, which has 30 x 20 pixels"):
        random_prediction(1).hinted([Hint(30, 5, RED)])


def test_variants_and_readouts_keep_the_hints() -> None:
    hinted = random_prediction(1).hinted([Hint(5, 5, RED)])
    assert all(np.allclose(one.ab(Readout("mode"))[0, 0], hinted.ab()[0, 0]) for one in hinted.samples(3))


def test_a_second_answer_is_what_the_palette_is_taken_from() -> None:
    """Zhang 2017: one color for the picture, 529 to choose from, b fastest, a cell for 4 x 4 pixels."""
    choices = np.full((529, 2, 3), -200, np.float32)
    choices[(3 + 11) * 23 + (5 + 11), 1, 2] = 0  # (30, 50)
    choices[(3 + 11) * 23 + (-5 + 11), 1, 2] = 5 * np.log(0.25)  # (30, -50), softened by a fifth
    prediction = Prediction(
        np.zeros((2, 8, 12), np.float32), np.full((8, 12), 55, np.float32), (16, 24), Regression(), Readout("mean"),
        choices=choices,
    )  # fmt: skip
    first, second = prediction.palette(23, 15)
    assert np.allclose(first.lab[1:], fit_to_gamut(np.array([55.0, 30, 50]))[1:], atol=0.1)
    assert np.allclose(second.lab[1:], fit_to_gamut(np.array([55.0, 30, -50]))[1:], atol=0.1)
    assert (first.share, second.share) == (pytest.approx(0.8, abs=1e-3), pytest.approx(0.2, abs=1e-3))
    assert len(dataclasses.replace(prediction, choices=None).palette(23, 15)) == 1
