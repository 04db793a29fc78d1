"""The soft encoding is brute force, only faster: everywhere, for every K, in NumPy and in torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from photochrom.color import srgb_to_lab
from photochrom.representations import AbBins
from photochrom.representations.bin_geometry import bin_centers, neighborhood
from photochrom.representations.soft_encoding import SoftTargets, encode_by_candidates, encode_on_grid

anywhere = st.floats(-159, 159)
on_the_grid = st.sampled_from(np.arange(-150, 151, 2.5).tolist())  # bins, edges and corners of all cells: ties
colors = arrays.arrays(np.float64, (5, 2), elements=anywhere | on_the_grid)

VECTORS = {  # (ab, K): indices and weights, nearest first
    ((12.3, -7.8), 10): (
        [138, 156, 139, 157, 137, 119, 155, 120, 118, 175],
        [0.518525, 0.176089, 0.169184, 0.057454, 0.029107, 0.027966, 0.009885, 0.009125, 0.001570, 0.001095],
    ),
    ((12.3, -7.8), 5): ([138, 156, 139, 157, 137], [0.545609, 0.185286, 0.178021, 0.060455, 0.030628]),
    ((-41.7, 33.1), 10): (
        [56, 57, 41, 42, 72, 55, 73, 40, 58, 71],
        [0.495865, 0.231900, 0.132463, 0.061949, 0.033998, 0.019420, 0.015900, 0.005188, 0.001986, 0.001332],
    ),
    ((97.6, -4.4), 10): (
        [312, 311, 295, 294, 310, 296, 293, 276, 275, 277],
        [0.408859, 0.321620, 0.144513, 0.113678, 0.004634, 0.003365, 0.001638, 0.000936, 0.000736, 0.000022],
    ),
    ((3.2, -4.7), 10): (
        [120, 119, 139, 138, 102, 101, 121, 118, 140, 137],
        [0.341471, 0.302857, 0.166212, 0.147417, 0.012849, 0.011396, 0.007052, 0.004920, 0.003432, 0.002395],
    ),
    ((3.2, -4.7), 5): ([120, 119, 139, 138, 102], [0.351740, 0.311965, 0.171210, 0.151850, 0.013235]),
    ((120, -120), 5): ([284, 285, 303, 265, 286], [0.995066, 0.002467, 0.002467, 0.000001, 0.0]),
}


def distances(ab: np.ndarray) -> np.ndarray:
    """To all bins, float64 [..., 313]."""
    return np.asarray(np.hypot(*np.moveaxis(np.asarray(ab, float)[..., None, :] - bin_centers(), -1, 0)))


def assert_brute_force(ab: np.ndarray, targets: SoftTargets, bins: AbBins, tolerance: float) -> None:
    """The K bins are distinct, none is nearer than the K nearest, and the weights are those of their distances."""
    index, weight = np.asarray(targets.index), np.asarray(targets.weight)
    assert index.shape == weight.shape == (*ab.shape[:-1], bins.neighbors)
    assert (np.diff(np.sort(index, axis=-1), axis=-1) > 0).all()
    everywhere = distances(ab)
    chosen = np.take_along_axis(everywhere, index.astype(np.int64), axis=-1)
    np.testing.assert_allclose(np.sort(chosen), np.sort(everywhere)[..., : bins.neighbors], atol=tolerance)
    expected = np.exp((chosen.min(-1, keepdims=True) ** 2 - chosen**2) / (2 * bins.sigma**2))
    np.testing.assert_allclose(weight, expected / expected.sum(-1, keepdims=True), atol=tolerance)


@pytest.mark.parametrize("neighbors", [*range(1, 12), 25, 313])
@given(colors, st.sampled_from([0.3, 1.0, 2.0, 5.0, 40.0]))
def test_it_is_brute_force(neighbors: int, ab: np.ndarray, sigma: float) -> None:
    bins = AbBins(neighbors, sigma)
    assert_brute_force(ab, bins.encode(ab), bins, 1e-9)
    assert_brute_force(ab, bins.encode(torch.from_numpy(ab)), bins, 1e-9)


@pytest.mark.parametrize("neighbors", [1, 5, 10, 12])
def test_it_is_brute_force_on_whole_pictures_in_float32(rng: np.random.Generator, neighbors: int) -> None:
    bins = AbBins(neighbors)
    ab = srgb_to_lab(rng.random((3, 70, 90, 3), dtype=np.float32))[..., 1:]  # more colors than are taken at a time
    targets = bins.encode(ab)
    assert targets.weight.dtype == np.float32
    assert_brute_force(ab, targets, bins, 1e-4)


def test_a_tie_for_the_tenth_place_does_not_change_the_weights() -> None:
    for ab in (np.zeros((1, 2)), torch.zeros((1, 2))):
        targets = AbBins().encode(ab)
        expected = [0.619218, *[0.083802] * 4, *[0.011341] * 4, 0.000208]
        np.testing.assert_allclose(np.sort(np.asarray(targets.weight[0]))[::-1], expected, atol=1e-6)


@pytest.mark.parametrize(("case", "expected"), VECTORS.items())
@pytest.mark.parametrize("library", [np.array, torch.tensor])
def test_known_colors(
    case: tuple[tuple[float, float], int], expected: tuple[list[int], list[float]], library: type
) -> None:
    (ab, neighbors), (index, weight) = case, expected
    targets = AbBins(neighbors).encode(library([ab]))
    order = np.argsort(-np.asarray(targets.weight[0]), kind="stable")
    settled = len(index) if abs(ab[0]) < 100 else 1  # the far color has ties
    assert np.asarray(targets.index[0])[order][:settled].tolist() == index[:settled]
    np.testing.assert_allclose(np.asarray(targets.weight[0])[order], weight, atol=1e-6)


def test_the_mean_of_the_bins_is_near_the_color() -> None:
    bins = AbBins()
    mean = bins.dense(bins.encode(np.array([12.3, -7.8]))) @ bin_centers()
    np.testing.assert_allclose(mean, [12.069576, -8.047987], atol=1e-6)


@given(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)))
def test_colors_beyond_the_tables_are_clipped(ab: tuple[float, float]) -> None:
    bins = AbBins()
    far = bins.dense(bins.encode(np.array(ab)))
    np.testing.assert_allclose(far, bins.dense(bins.encode(np.clip(ab, -160, 160))), atol=1e-12)
    assert far.sum() == pytest.approx(1)


@pytest.mark.parametrize("neighbors", [1, 5, 10])
@given(colors)
def test_both_ways_of_numpy_agree_where_the_grid_has_no_gaps(neighbors: int, ab: np.ndarray) -> None:
    near = neighborhood(neighbors)
    assert near is not None
    targets, gaps = encode_on_grid(ab, near, 5.0)
    slow = encode_by_candidates(ab, neighbors, 5.0)
    assert ((targets.index < 0).any(1) == np.isin(np.arange(len(ab)), gaps)).all()
    for row in sorted(set(range(len(ab))) - set(gaps.tolist())):
        np.testing.assert_allclose(np.sort(targets.weight[row]), np.sort(slow.weight[row]), atol=1e-12)


def test_most_colors_of_photographs_need_no_other_way(rng: np.random.Generator) -> None:
    near = neighborhood(10)
    assert near is not None
    ab = srgb_to_lab(rng.random((5000, 3)))[:, 1:]  # far more saturated than photographs
    _, gaps = encode_on_grid(ab, near, 5.0)
    assert len(gaps) < 0.02 * len(ab)


@pytest.mark.parametrize("shape", [(2,), (0, 2), (1, 2), (3, 4, 5, 2)])
@pytest.mark.parametrize("library", [np.zeros, torch.zeros])
def test_shapes_are_kept(shape: tuple[int, ...], library: type) -> None:
    targets = AbBins().encode(library(shape))
    assert tuple(targets.index.shape) == tuple(targets.weight.shape) == (*shape[:-1], 10)


@pytest.mark.parametrize("dtype", [np.float16, np.int16, np.int64])
def test_any_numbers_will_do(dtype: type) -> None:
    targets = AbBins().encode(np.array([[10, -20], [3, 7]], dtype))
    assert_brute_force(np.array([[10, -20], [3, 7]]), targets, AbBins(), 1e-3)


@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy])
def test_the_nearest_bin(rng: np.random.Generator, library: type) -> None:
    ab = rng.uniform(-120, 120, (40, 25, 2))
    nearest = np.asarray(AbBins().nearest(library(ab)))
    assert nearest.dtype == np.int64
    np.testing.assert_array_equal(nearest, distances(ab).argmin(-1))
