"""Larsson's hue and chroma: the bicone's algebra, the loss with its chroma-weighted hue, fading, the read-outs."""

import colorsys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gray_to_lightness, srgb_to_lab
from photochrom.errors import ModelError
from photochrom.representations import HueChroma, Readout, representation_from_card
from photochrom.representations.hue_chroma import hue_and_chroma, of_intensity

COLOR = HueChroma()
channel = st.floats(0, 1)


def lab_of(rgb: tuple[float, float, float]) -> np.ndarray:
    return srgb_to_lab(np.array(rgb, np.float64))


def logits(hue: dict[int, float], chroma: dict[int, float]) -> np.ndarray:
    out = np.full((64, 1, 1), -60, np.float32)
    for bins, offset in ((hue, 0), (chroma, 32)):
        for at, share in bins.items():
            out[offset + at] = np.log(share)
    return out


@pytest.mark.parametrize(
    ("rgb", "hue", "chroma"),
    [((0.8, 0.4, 0.2), 1, 19), ((0.1, 0.5, 0.9), 18, 25), ((0.5, 0.5, 0.5), 0, 0), ((1, 0, 0), 0, 31)],
)
def test_the_worked_examples(rgb: tuple[float, float, float], hue: int, chroma: int) -> None:
    found = hue_and_chroma(np.array(rgb))
    assert [min(31, int(32 * float(value) + 1e-9)) for value in found] == [hue, chroma]


def test_targets_are_the_bins_of_the_color() -> None:
    targets = COLOR.encode(lab_of((0.8, 0.4, 0.2)))
    assert (targets.hue.index.tolist(), targets.chroma.index.tolist()) == ([1], [19])
    assert float(targets.amount) == pytest.approx(0.6, abs=1e-3)


@given(channel, channel, channel)
def test_hue_is_that_of_hsv_and_chroma_the_range(r: float, g: float, b: float) -> None:
    hue, chroma = hue_and_chroma(np.array([r, g, b]))
    assert float(chroma) == pytest.approx(max(r, g, b) - min(r, g, b))
    if chroma > 1e-6:
        expected = colorsys.rgb_to_hsv(r, g, b)[0]
        assert abs((float(hue) - expected + 0.5) % 1 - 0.5) < 1e-6


@given(channel, channel, channel)
def test_hue_chroma_and_intensity_are_the_color(r: float, g: float, b: float) -> None:
    rgb = np.array([r, g, b])
    hue, chroma = hue_and_chroma(rgb)
    np.testing.assert_allclose(of_intensity(hue, chroma, rgb.mean()), rgb, atol=1e-6)


@given(channel, channel, channel)
def test_what_does_not_exist_at_an_intensity_loses_chroma_only(hue: float, chroma: float, gray: float) -> None:
    rgb = of_intensity(np.array(hue), np.array(chroma), np.array(gray))
    assert rgb.min() >= -1e-6
    assert rgb.max() <= 1 + 1e-6
    assert rgb.mean() == pytest.approx(gray, abs=1e-6)


def test_black_is_black_and_nothing_is_nan() -> None:
    for kind in COLOR.readouts:
        ab = COLOR.decode(np.zeros((64, 1, 2), np.float32), Readout(kind), np.array([[0.0, 100.0]]))
        np.testing.assert_allclose(ab, 0, atol=0.02)
    assert not np.isnan(np.asarray(COLOR.encode(np.zeros((1, 3))).amount)).any()


def test_the_hue_counts_by_the_chroma_of_the_pixel() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(1, 64, 1, 2)).astype(np.float32)
    lab = np.stack([lab_of((0.9, 0.3, 0.3)), lab_of((0.5, 0.5, 0.5))])[None, None]
    targets = COLOR.encode(lab)
    logs = [scores[0, part, 0] - np.log(np.exp(scores[0, part, 0]).sum(0)) for part in (slice(32), slice(32, 64))]
    hue = [-logs[0][int(targets.hue.index[0, 0, i, 0]), i] for i in range(2)]
    chroma = [-logs[1][int(targets.chroma.index[0, 0, i, 0]), i] for i in range(2)]
    expected = np.mean([chroma[0] + 5 * 0.6 * hue[0], chroma[1]])
    assert float(COLOR.loss(scores, targets).weighted) == pytest.approx(expected, rel=1e-3)
    in_torch = COLOR.loss(torch.from_numpy(scores), COLOR.encode(torch.from_numpy(lab)))
    assert float(in_torch.weighted) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("gray", "weight"), [(0.5, 1.0), (0.1, 0.3), (0.95, 0.15), (0.0, 0.0)])
def test_by_option_chroma_counts_less_near_black_and_white(gray: float, weight: float) -> None:
    assert float(HueChroma(fade=True).encode(lab_of((gray, gray, gray))).counts) == pytest.approx(weight, abs=2e-3)
    assert float(COLOR.encode(lab_of((gray, gray, gray))).counts) == 1


@pytest.mark.parametrize(
    ("hue", "factor"),
    [({5: 1.0}, 1.0), ({0: 0.5, 8: 0.5}, 0.736570), ({31: 0.6, 1: 0.4}, 1.0), ({0: 0.5, 16: 0.5}, 0.0)],
)
def test_chroma_fades_with_the_certainty_of_the_hue(hue: dict[int, float], factor: float) -> None:
    level = gray_to_lightness(np.full((1, 1), 0.5))
    scores = logits(hue, {6: 1.0})
    faded = COLOR.decode(scores, Readout("median"), level)
    plain = COLOR.decode(scores, Readout("median", fading=False), level)
    assert np.hypot(*faded[0, 0]) == pytest.approx(factor * np.hypot(*plain[0, 0]), rel=0.12, abs=0.05)


def test_the_median_of_chroma_is_taken_by_default() -> None:
    level = gray_to_lightness(np.full((1, 1), 0.45))
    scores = logits({1: 1.0}, {0: 0.3, 1: 0.15, 4: 0.25, 10: 0.3})
    expected = srgb_to_lab(of_intensity(np.array(1.5 / 32), np.array(0.13125), np.array(0.45)))[1:]
    np.testing.assert_allclose(COLOR.decode(scores, None, level)[0, 0], expected, atol=0.02)


def test_the_spread_of_a_cell_sums_to_one_and_holds_its_mode() -> None:
    scores = logits({3: 0.6, 20: 0.4}, {8: 0.7, 2: 0.3})
    level = float(gray_to_lightness(np.array(0.5)))
    shares, ab = COLOR.spread(scores[:, 0, 0], level)
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    mode = COLOR.decode(scores, Readout("mode", fading=False), np.full((1, 1), level))[0, 0]
    np.testing.assert_allclose(ab[np.argmax(shares)], mode, atol=1e-3)


def test_lightness_is_needed_to_make_a_color() -> None:
    with pytest.raises(ValueError, match="lightness"):
        COLOR.decode(np.zeros((64, 1, 1), np.float32))


def test_a_card_brings_it_back() -> None:
    assert representation_from_card(HueChroma(16, 3.0, True).to_card()) == HueChroma(16, 3.0, True)


@pytest.mark.parametrize("settings", [{"bins": 0}, {"hue_weight": -1.0}, {"lambda": 5}])
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        representation_from_card({"name": "hue_chroma", **settings})


def test_a_kind_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ModelError, match="hue_chroma is read by"):
        COLOR.decode(np.zeros((64, 1, 1), np.float32), Readout("annealed"), np.zeros((1, 1)))
