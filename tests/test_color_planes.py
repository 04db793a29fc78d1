"""The fast road from Lab to linear sRGB agrees with the plain one, and fits into the gamut what is outside."""

import numpy as np
import pytest

from photochrom.color import (
    fit_to_gamut,
    gray_to_lightness,
    in_gamut,
    lab_to_xyz,
    lightness_of,
    linear_to_srgb,
    xyz_to_linear,
)
from photochrom.color_planes import (
    TOLERANCE,
    Linear,
    fitted,
    gamut_boundary,
    gamut_share,
    lightness_from,
    linear_from_lab,
    new_desk,
    outside,
)


@pytest.fixture(scope="module")
def lab() -> np.ndarray:
    """Colors inside and outside of sRGB, [3, N]: all over, and in the dark."""
    rng = np.random.default_rng(7)
    wide = rng.uniform([0, -110, -110], [100, 110, 110], (40000, 3))
    dark = rng.uniform([0, -30, -30], [12, 30, 30], (10000, 3))
    return np.concatenate([wide, dark]).astype(np.float32).T.copy()


def luminance(lightness: np.ndarray) -> np.ndarray:
    return lab_to_xyz(np.stack([lightness, 0 * lightness, 0 * lightness], axis=-1))[..., 1].astype(np.float32)


def brought_in(lab: np.ndarray) -> np.ndarray:
    """Linear light of colors, those outside fitted."""
    y = luminance(lab[0])
    linear = np.stack(linear_from_lab(*lab, y, desk := new_desk(lab[0].shape)))
    where = outside(Linear(*linear), desk)
    if where.size:
        linear[:, where] = fitted(*lab[:, where], y[where], new_desk(where.shape))
    return linear.T.astype(np.float64)


def test_linear_light_is_that_of_color(lab: np.ndarray) -> None:
    planes = linear_from_lab(*lab, luminance(lab[0]), new_desk(lab[0].shape))
    assert np.allclose(planes, xyz_to_linear(lab_to_xyz(lab.astype(np.float64), axis=0), axis=0), atol=5e-6)


def test_lightness_is_that_of_color() -> None:
    gray = np.linspace(0, 1, 5000)
    level = gray_to_lightness(gray)
    out = lightness_from(luminance(level), np.empty(5000, np.float32), np.empty(5000, np.float32))
    assert np.abs(out - level).max() < 2e-4


def test_what_is_inside_stays_as_it_is(lab: np.ndarray) -> None:
    inside = lab[:, in_gamut(lab, axis=0, tolerance=-1e-5)]
    plain = xyz_to_linear(lab_to_xyz(inside.astype(np.float64), axis=0), axis=0)
    assert np.allclose(brought_in(inside).T, plain, atol=5e-6)


def test_what_is_outside_comes_inside_and_keeps_its_lightness(lab: np.ndarray) -> None:
    linear = brought_in(lab)
    assert linear.min() > -2 * TOLERANCE
    assert linear.max() < 1.02
    lightness = lightness_of(linear_to_srgb(np.clip(linear, 0, 1)))
    assert np.abs(lightness - lab[0]).max() < 0.2


def test_the_share_is_that_of_bisection(lab: np.ndarray) -> None:
    """All but at the cusps of hues, and where yellow's thin ridge is left and met again on one line."""
    chroma = np.hypot(*lab[1:])
    wanted = np.hypot(*fit_to_gamut(lab.astype(np.float64), axis=0, steps=20)[1:])
    difference = np.abs(gamut_share(*lab) * chroma - wanted)
    assert np.quantile(difference, 0.995) < 0.3
    assert np.quantile(difference, 0.9995) < 3


def test_gray_has_no_chroma_to_lose() -> None:
    level = np.linspace(0, 99, 100, dtype=np.float32)
    assert np.array_equal(gamut_share(level, 0 * level, 0 * level), np.ones(100))


def test_the_boundary_closes_on_itself_and_at_black_and_white() -> None:
    boundary = gamut_boundary()
    assert np.allclose(boundary[:, 0], boundary[:, -1], atol=0.05)
    assert boundary[[0, -1]].max() < 3
