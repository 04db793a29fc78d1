"""The regressions that the papers compare with: targets, errors and the way back, against formulas written out."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gray_to_lightness, in_gamut, lab_to_srgb, srgb_to_lab
from photochrom.errors import ModelError
from photochrom.representations import Readout, Regression, representation_from_card

L2 = Regression()
IIZUKA = Regression(squash="sigmoid", scale=100, error="mse")
LOCAL_HINTS = Regression(squash="tanh", scale=110, error="huber")
YUV, RGB = Regression("yuv", "sigmoid", error="mse"), Regression("rgb", "sigmoid", error="mse")
channel = st.floats(0.02, 0.98)


def pixels(*numbers: list[float]) -> np.ndarray:
    """Numbers of pixels in a row as logits [1, C, 1, n]."""
    return np.array(numbers, np.float32).T[None, :, None]


def test_equation_1_of_zhang() -> None:
    targets = np.array([[[[10, 20], [-5, 0]]]], np.float32)
    loss = L2.loss(pixels([8, 21], [-5, 4]), targets)
    assert float(loss.weighted) * 2 == pytest.approx(10.5)  # the paper's sum over two pixels


@pytest.mark.parametrize(("difference", "expected"), [(0.2, 0.02), (-0.5, 0.125), (1.0, 0.5), (3.0, 2.5)])
def test_the_huber_error_of_the_user_guided_network(difference: float, expected: float) -> None:
    targets = np.array([[[[7.0 - difference, 0.0]]]], np.float32)
    logits = np.arctanh(pixels([7.0, 0.0]) / 110)
    assert float(LOCAL_HINTS.loss(logits, targets).plain) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("ab", "target"), [((-100, 0), (0, 0.5)), ((0, 0), (0.5, 0.5)), ((20, 10), (0.6, 0.55)), ((100, 50), (1.0, 0.75))]
)
def test_targets_behind_a_sigmoid(ab: tuple[float, float], target: tuple[float, float]) -> None:
    np.testing.assert_allclose(IIZUKA.encode(np.array([50.0, *ab])), target, atol=1e-7)


def test_colors_beyond_the_sigmoid_are_clipped() -> None:
    assert IIZUKA.encode(np.array([32.3, 79.2, -107.9])).tolist()[1] == 0.0


def test_the_sigmoid_is_read_as_published() -> None:
    s = np.array([0.6, 0.55])
    logits = pixels(np.log(s / (1 - s)).tolist())
    np.testing.assert_allclose(IIZUKA.decode(logits)[0, 0, 0], (20, 10), atol=1e-4)


def test_iizukas_sum_is_over_a_photograph() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 2, 3, 4)).astype(np.float32)
    targets = np.full((2, 3, 4, 2), 0.4, np.float32)
    s = 1 / (1 + np.exp(-np.moveaxis(logits, 1, -1)))
    expected = ((s - 0.4) ** 2).sum() / 2
    whole = Regression(squash="sigmoid", scale=100, error="mse", per_photograph=True)
    assert float(whole.loss(logits, targets).plain) == pytest.approx(expected, rel=1e-5)
    in_torch = whole.loss(torch.from_numpy(logits), torch.from_numpy(targets))
    assert float(in_torch.plain) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("color", [IIZUKA, YUV, RGB])
@given(channel, channel, channel)
def test_what_is_encoded_is_decoded(color: Regression, r: float, g: float, b: float) -> None:
    lab = srgb_to_lab(np.array([r, g, b]))
    s = np.clip(color.encode(lab), 1e-6, 1 - 1e-6)
    ab = color.decode(pixels(np.log(s / (1 - s)).tolist()), None, _lightness_that_keeps_luma(lab, color))[0, 0, 0]
    if np.abs(lab[1:]).max() < 99:
        np.testing.assert_allclose(ab, lab[1:], atol=0.15)


def _lightness_that_keeps_luma(lab: np.ndarray, color: Regression) -> np.ndarray:
    """YUV keeps Y: the L* of the gray whose value is the color's luma."""
    if color.space != "yuv":
        return np.array([[[lab[0]]]])
    luma = float(lab_to_srgb(lab) @ np.array([0.299, 0.587, 0.114]))
    return srgb_to_lab(np.array([luma] * 3))[None, None, :1]


def test_uv_of_gray_is_the_middle() -> None:
    np.testing.assert_allclose(YUV.encode(np.array([60.0, 0.0, 0.0])), 0.5, atol=1e-3)


def test_uv_needs_a_lightness() -> None:
    with pytest.raises(ValueError, match="lightness"):
        YUV.decode(pixels([0.0, 0.0]))


def test_a_cells_spread_is_its_one_color() -> None:
    shares, ab = LOCAL_HINTS.spread(np.array([0.1, -0.2], np.float32), 50.0)
    assert shares.tolist() == [1.0]
    np.testing.assert_allclose(ab[0], 110 * np.tanh([0.1, -0.2]), rtol=1e-5)
    assert bool(in_gamut(np.array([50.0, *ab[0]])))


def test_it_has_no_entropy() -> None:
    with pytest.raises(ModelError, match="one color"):
        L2.entropy(np.zeros((2, 1, 1), np.float32))


def test_it_has_one_readout() -> None:
    with pytest.raises(ModelError, match="a regression is read by mean, not by annealed"):
        L2.decode(pixels([1.0, 2.0]), Readout())


def test_a_card_brings_it_back() -> None:
    for color in (L2, IIZUKA, LOCAL_HINTS, YUV, RGB):
        assert representation_from_card(color.to_card()) == color


@pytest.mark.parametrize(
    "settings", [{"space": "hsv"}, {"space": "rgb"}, {"scale": 0}, {"error": "l1"}, {"squash": "relu"}, {"bins": 3}]
)
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        representation_from_card({"name": "regression", **settings})


# Y, then U and V by Iizuka's program for s = (0.6, 0.55), with its own lightness and with the one that was meant
RELEASED = [(0.2, (-0.029257, 0.110193), (-0.026791, 0.104647)), (0.5, (-0.038505, 0.135433), (-0.035273, 0.126039))]


@pytest.mark.parametrize(("luma", "released", "meant"), RELEASED)
def test_iizukas_program_reads_five_to_nine_percent_more_color(
    luma: float, released: tuple[float, float], meant: tuple[float, float]
) -> None:
    s = np.array([0.6, 0.55])
    logits = np.log(s / (1 - s)).astype(np.float32)[:, None, None]
    lightness = gray_to_lightness(np.full((1, 1), luma))
    published = Regression(squash="sigmoid", scale=100, error="mse", released=True)
    (ab,) = published.decode(logits, None, lightness)[0]
    u, v = released
    rgb = luma + np.array([1.13983 * v, -0.39465 * u - 0.58060 * v, 2.03211 * u])
    np.testing.assert_allclose(ab, srgb_to_lab(rgb)[1:], atol=0.02)
    assert 1.04 < np.hypot(*released) / np.hypot(*meant) < 1.10
    assert np.hypot(*ab) > np.hypot(*IIZUKA.decode(logits, None, lightness)[0, 0])
    assert representation_from_card(published.to_card()) == published
    with pytest.raises(ValueError, match="only with the lightness of the place"):
        published.decode(logits)


def test_only_lab_is_read_as_released() -> None:
    with pytest.raises(ModelError, match="read as released in lab, not in yuv"):
        Regression("yuv", "sigmoid", error="mse", released=True)
