"""What guided upsampling promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.join import EPSILON, SOFTNESS, Join, fit, join, radius_for
from photochrom.resample import box_mean, resize

seeds = st.integers(0, 2**32 - 1)
grids = st.tuples(st.integers(1, 24), st.integers(1, 24))
sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))


def wild(shape: tuple[int, ...], seed: int, reach: float = 110) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-reach, reach, shape).astype(np.float32)


def levels(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return wild(shape, seed, 50) + 50


@given(grids, sizes, seeds, st.floats(0, 100, width=32))
def test_on_a_constant_guide_it_is_bilinear_enlargement(
    grid: tuple[int, int], size: tuple[int, int], seed: int, level: float
) -> None:
    """But for the tenth that each cell takes from those around."""
    ab = wild((*grid, 2), seed)
    joined = join(ab, np.full(grid, level, np.float32), np.full(size, level, np.float32))
    softened = ((1 - SOFTNESS) * ab + SOFTNESS * box_mean(ab, radius_for(*grid))).astype(np.float32)
    large = resize(resize(softened, max(size[0], grid[0]), max(size[1], grid[1])), *size)
    if size[0] >= grid[0] and size[1] >= grid[1]:
        assert np.allclose(joined, large, atol=2e-3)
    assert joined.shape == (*size, 2)


@given(grids, sizes, seeds)
def test_one_color_stays_one_color_whatever_the_photograph(
    grid: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    ab = np.broadcast_to(np.float32([17, -31]), (*grid, 2))
    assert np.allclose(join(ab, levels(grid, seed), levels(size, seed + 1)), ab[0, 0], atol=1e-2)


@given(grids, seeds, st.integers(1, 4), st.floats(0.5, 500))
def test_slopes_are_bounded_by_epsilon(grid: tuple[int, int], seed: int, radius: int, epsilon: float) -> None:
    slope, _ = fit(wild((*grid, 2), seed), levels(grid, seed + 1), radius, epsilon)
    assert np.abs(slope).max() <= 110 / (2 * np.sqrt(epsilon)) + 1e-3  # 110: the largest spread that +-110 can have


@given(grids, seeds)
def test_lines_pass_through_what_was_predicted_but_for_a_tenth(grid: tuple[int, int], seed: int) -> None:
    ab, guide = wild((*grid, 2), seed), levels(grid, seed + 1)
    slope, offset = fit(ab, guide, 1, EPSILON)
    through = ab - slope * guide[..., None]
    assert np.allclose(offset, through + SOFTNESS * (box_mean(through, 1) - through), atol=1e-3)


@given(seeds, st.floats(-1, 1), st.floats(-1, 1))
def test_a_line_that_explains_the_color_is_followed_and_noise_is_not(seed: int, a: float, b: float) -> None:
    """Slopes of color that follows lightness are kept; those of color that has nothing to do with it shrink."""
    guide = levels((24, 24), seed)
    follows = guide[..., None] * np.float32([a, b])
    slope, _ = fit(follows, guide, 1, EPSILON)
    inner = slope[2:-2, 2:-2]
    if np.hypot(a, b) > 0.5:
        assert np.allclose(inner.mean(axis=(0, 1)), [a, b], atol=0.05)
    stranger, _ = fit(wild((24, 24, 2), seed + 1, 20), guide, 1, EPSILON)
    assert np.abs(stranger).mean() < 0.04  # 0.08 if every line were believed


@given(grids, sizes, seeds)
def test_noise_and_scratches_make_no_color_beyond_the_bound(
    grid: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    """L* is held to the range of the guide, so no grain, however strong, leads further than slope times that range."""
    ab, guide = wild((*grid, 2), seed, 20), np.full(grid, 50, np.float32) + wild(grid, seed + 1, 2)
    joined = join(ab, guide, levels(size, seed + 2))
    assert np.abs(joined).max() <= 20 + 20 / (2 * np.sqrt(EPSILON)) * 4 + 1e-3


@given(sizes, seeds, st.integers(1, 20))
def test_strips_are_the_whole(size: tuple[int, int], seed: int, rows: int) -> None:
    ab, guide, lightness = wild((6, 9, 2), seed), levels((6, 9), seed + 1), levels(size, seed + 2)
    joined = Join(ab, guide, *size)
    strips = [
        np.stack(joined.rows(start, min(start + rows, size[0]), lightness[start : start + rows]), axis=-1)
        for start in range(0, size[0], rows)
    ]
    assert np.array_equal(np.concatenate(strips), join(ab, guide, lightness))


def test_an_edge_of_the_photograph_becomes_an_edge_of_the_color() -> None:
    """A disk, red and dark on blue and bright, 16 times larger than the grid: less bleeds than by enlarging alone."""
    y, x = np.mgrid[0:512, 0:512] - 255.5
    inside = np.hypot(y, x) < 150
    lightness = np.where(inside, 30, 80).astype(np.float32)
    truth = np.where(inside[..., None], np.float32([50, 30]), np.float32([-10, -40])).astype(np.float32)
    small, guide = resize(truth, 32, 32), resize(lightness, 32, 32)
    guided = np.abs(join(small, guide, lightness) - truth).mean()
    enlarged = np.abs(resize(small, 512, 512) - truth).mean()
    assert guided < 0.4 * enlarged


def test_windows_follow_the_grid_and_never_vanish() -> None:
    assert [radius_for(side, 2 * side) for side in (1, 16, 64, 128, 256)] == [1, 1, 1, 2, 4]


def test_a_guide_on_another_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie on the grid"):
        join(np.zeros((4, 4, 2), np.float32), np.zeros((4, 5), np.float32), np.zeros((8, 8), np.float32))
