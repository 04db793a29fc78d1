"""sRGB and CIELAB: the numbers of scikit-image, from NumPy and torch alike, with gradients and a gamut."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.color import lab2rgb, rgb2lab

from photochrom import color

GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, 18)] * 3, indexing="ij"), -1).reshape(-1, 3)  # with the cube's corners
CORNERS = np.array(list(itertools.product((0.0, 1.0), repeat=3)))

srgb_values = arrays.arrays(np.float64, (7, 3), elements=st.floats(0, 1))
lab_colors = st.tuples(st.floats(0, 100), st.floats(-128, 128), st.floats(-128, 128))

MAPS: dict[str, Callable[..., object]] = {
    "srgb_to_linear": color.srgb_to_linear,
    "linear_to_srgb": color.linear_to_srgb,
    "linear_to_xyz": color.linear_to_xyz,
    "xyz_to_linear": color.xyz_to_linear,
    "xyz_to_lab": color.xyz_to_lab,
    "srgb_to_lab": color.srgb_to_lab,
    "lightness_of": color.lightness_of,
    "gray_to_lightness": color.gray_to_lightness,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lab_is_that_of_scikit_image_over_the_whole_cube(dtype: type) -> None:
    np.testing.assert_allclose(color.srgb_to_lab(GRID.astype(dtype)), rgb2lab(GRID), atol=1e-3)


@given(srgb_values)
def test_lab_is_that_of_scikit_image_anywhere(srgb: np.ndarray) -> None:
    np.testing.assert_allclose(color.srgb_to_lab(srgb.astype(np.float32)), rgb2lab(srgb), atol=1e-3)


def test_srgb_is_that_of_scikit_image_over_the_whole_cube() -> None:
    lab = rgb2lab(GRID)
    np.testing.assert_allclose(color.lab_to_srgb(lab.astype(np.float32)), lab2rgb(lab), atol=1e-4)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 0, 0), (53.24059, 80.09231, 67.20275)),
        ((0, 255, 0), (87.73510, -86.18303, 83.17970)),
        ((0, 0, 255), (32.29567, 79.18559, -107.85730)),
        ((200, 120, 40), (57.91229, 25.29522, 54.08278)),
        ((12, 34, 56), (12.65617, 0.12139, -16.83165)),
        ((128, 128, 128), (53.58501, -0.00147, 0.00279)),
        ((255, 255, 255), (100, -0.00245, 0.00465)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_known_colors(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(color.srgb_to_lab(np.array(rgb) / 255), lab, atol=6e-6)


@given(srgb_values)
def test_every_conversion_can_be_undone(srgb: np.ndarray) -> None:
    linear = color.srgb_to_linear(srgb)
    np.testing.assert_allclose(color.linear_to_srgb(linear), srgb, atol=1e-7)
    np.testing.assert_allclose(color.xyz_to_linear(color.linear_to_xyz(linear)), linear, atol=1e-12)
    np.testing.assert_allclose(color.lab_to_srgb(color.srgb_to_lab(srgb)), srgb, atol=2e-5)  # the rounded CIE constants


@given(lab_colors)
def test_colors_outside_srgb_survive_the_way_to_xyz_and_back(lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(color.xyz_to_lab(color.lab_to_xyz(np.array(lab))), lab, atol=1e-3)


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_numpy_and_torch_agree(name: str, dtype: type, tolerance: float) -> None:
    for values, share in ((GRID.astype(dtype), 1), ((GRID * 1.5 - 0.25).astype(dtype), 2)):  # inside, and around
        there = MAPS[name](torch.from_numpy(values))
        assert isinstance(there, torch.Tensor)
        np.testing.assert_allclose(there.numpy(), MAPS[name](values), atol=tolerance * share)
        assert there.dtype == torch.from_numpy(values).dtype


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_numpy_and_torch_agree_on_the_way_back(rng: np.random.Generator, dtype: type, tolerance: float) -> None:
    lab = rng.uniform([0, -100, -100], [100, 100, 100], (500, 3)).astype(dtype)
    there = torch.from_numpy(lab)
    np.testing.assert_allclose(color.lab_to_srgb(there).numpy(), color.lab_to_srgb(lab), atol=tolerance)
    np.testing.assert_allclose(color.fit_to_gamut(there).numpy(), color.fit_to_gamut(lab), atol=0.05)
    np.testing.assert_array_equal(color.in_gamut(there).numpy(), color.in_gamut(lab))


@pytest.mark.parametrize("name", MAPS)
def test_gradients_are_finite_at_black_at_white_and_outside(name: str) -> None:
    at = torch.tensor([*CORNERS.tolist(), [-0.2, -1, -1e-9], [1.5, 2, 1.1], [0.04045, 0.0031308, 0.008856]])
    at.requires_grad_()
    out = MAPS[name](at)
    assert isinstance(out, torch.Tensor)
    out.sum().backward()
    assert at.grad is not None
    assert torch.isfinite(at.grad).all()
    assert (at.grad != 0).any()


def test_gradients_of_the_way_back_are_finite_too() -> None:
    lab = torch.tensor([[0, 0, 0], [0, 50, -50], [100, 0, 0], [-5, 0, 0], [110, 3, 3], [50, -200, 200.0]])
    lab.requires_grad_()
    color.lab_to_srgb(lab).sum().backward()
    assert lab.grad is not None
    assert torch.isfinite(lab.grad).all()


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -2, -3, -4])
def test_the_channels_may_lie_on_any_axis(rng: np.random.Generator, axis: int) -> None:
    srgb = rng.random((3, 3, 3, 3))
    there = np.moveaxis(srgb, axis, -1)
    lab = color.srgb_to_lab(srgb, axis)
    np.testing.assert_array_equal(np.moveaxis(lab, axis, -1), color.srgb_to_lab(there))
    np.testing.assert_array_equal(np.moveaxis(color.lab_to_srgb(lab, axis), axis, -1), color.lab_to_srgb(lab_of(there)))
    np.testing.assert_array_equal(color.lightness_of(srgb, axis), color.lightness_of(there))
    wide = lab * 2
    np.testing.assert_array_equal(color.in_gamut(wide, axis), color.in_gamut(np.moveaxis(wide, axis, -1)))
    fitted = color.fit_to_gamut(wide, axis)
    np.testing.assert_array_equal(np.moveaxis(fitted, axis, -1), color.fit_to_gamut(np.moveaxis(wide, axis, -1)))


def lab_of(srgb: np.ndarray) -> np.ndarray:
    return np.asarray(color.srgb_to_lab(srgb))


def test_anything_but_three_channels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"3 channels on axis 0, got shape \(4, 5, 3\)"):
        color.srgb_to_lab(np.zeros((4, 5, 3)), axis=0)


@given(srgb_values)
def test_lightness_alone_is_the_first_channel(srgb: np.ndarray) -> None:
    np.testing.assert_allclose(color.lightness_of(srgb), color.srgb_to_lab(srgb)[:, 0], atol=1e-12)


def test_lightness_of_gray_is_that_of_equal_channels() -> None:
    gray = np.linspace(0, 1, 256)
    np.testing.assert_allclose(
        color.gray_to_lightness(gray), color.lightness_of(np.repeat(gray[:, None], 3, axis=1)), atol=1e-9
    )


def test_what_srgb_shows_is_in_gamut() -> None:
    assert color.in_gamut(lab_of(GRID)).all()
    assert color.in_gamut(lab_of(GRID).astype(np.float32)).all()


@pytest.mark.parametrize("lab", [(50, 100, 0), (50, 0, -100), (99, 20, 0), (1, 0, 20), (-1, 0, 0), (101, 0, 0)])
def test_what_srgb_cannot_show_is_not(lab: tuple[float, ...]) -> None:
    assert not color.in_gamut(np.array(lab, float))


@given(lab_colors)
def test_fitting_keeps_lightness_and_hue_and_only_takes_chroma_away(lab: tuple[float, float, float]) -> None:
    lightness, a, b = color.fit_to_gamut(np.array(lab))
    assert lightness == lab[0]
    assert np.hypot(a, b) <= np.hypot(lab[1], lab[2])
    assert abs(a * lab[2] - b * lab[1]) <= 1e-9  # no turn
    assert a * lab[1] + b * lab[2] >= 0  # no flip


@given(lab_colors)
def test_what_was_fitted_can_be_shown(lab: tuple[float, float, float]) -> None:
    for dtype in (np.float32, np.float64):
        fitted = color.fit_to_gamut(np.array(lab, dtype))
        assert fitted.dtype == dtype
        srgb = color.lab_to_srgb(fitted)
        assert srgb.min() >= -2e-3, srgb  # a linear tolerance of 1e-4, at the dark end times 12.92
        assert srgb.max() <= 1 + 1e-4


@given(lab_colors)
def test_no_more_chroma_is_taken_than_it_needs(lab: tuple[float, float, float]) -> None:
    fitted = color.fit_to_gamut(np.array(lab))
    before, after = np.hypot(lab[1], lab[2]), np.hypot(fitted[1], fitted[2])
    if after < before:
        share = after / before + 1 / 2048
        assert not color.in_gamut(np.array([lab[0], lab[1] * share, lab[2] * share]))


@given(srgb_values)
def test_colors_inside_stay_as_they_are(srgb: np.ndarray) -> None:
    lab = lab_of(srgb)
    np.testing.assert_array_equal(color.fit_to_gamut(lab), np.clip(lab, [0, -200, -200], [100, 200, 200]))


@pytest.mark.parametrize(("lightness", "clipped"), [(-20.0, 0.0), (-1e-3, 0.0), (100.5, 100.0), (1e4, 100.0)])
def test_lightness_out_of_range_is_clipped_and_shows_black_or_white(lightness: float, clipped: float) -> None:
    fitted = color.fit_to_gamut(np.array([[lightness, 30.0, -40.0], [50.0, 5.0, 5.0]]))
    assert fitted[0, 0] == clipped
    np.testing.assert_allclose(color.lab_to_srgb(fitted[0]), clipped / 100, atol=2 / 255)
    np.testing.assert_array_equal(fitted[1], [50, 5, 5])


def test_what_is_not_a_number_stays_so_and_spoils_nothing_else() -> None:
    lab = np.array([[np.nan, 10, 10], [50, np.nan, 10], [50, 100, 100], [50, 5, 5]])
    fitted = color.fit_to_gamut(lab)
    np.testing.assert_array_equal(np.isnan(fitted).any(1), [True, True, False, False])
    np.testing.assert_array_equal(fitted[2:], color.fit_to_gamut(lab[2:]))


def test_an_empty_picture_stays_empty() -> None:
    assert color.fit_to_gamut(np.empty((0, 3))).shape == (0, 3)


@given(st.floats(0, 1))
def test_a_gray_value_has_a_lightness_and_that_lightness_the_gray_value(gray: float) -> None:
    assert float(color.lightness_to_gray(color.gray_to_lightness(np.array(gray)))) == pytest.approx(gray, abs=1e-5)


def test_a_lightness_beyond_white_is_white() -> None:
    np.testing.assert_allclose(color.lightness_to_gray(np.array([-3.0, 100.0, 120.0])), [0, 1, 1], atol=1e-6)
