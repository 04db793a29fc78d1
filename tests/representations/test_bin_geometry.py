"""The 313 published points, regenerated, and the tables of what is near."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import srgb_to_lab
from photochrom.representations import AbBins
from photochrom.representations.bin_geometry import (
    REACH,
    SIDE,
    STEP,
    bin_centers,
    candidate_table,
    mirrored,
    neighborhood,
)

# Of the published pts_in_hull.npy, int64 [313, 2], the bytes of the array.
PUBLISHED = "2a39983ed60d5b52b717842d56d5f766982289e6d5a609582155f437cecc1045"
ROWS = {  # a: the b from..to
    -90: (50, 90),
    -80: (20, 90),
    -70: (0, 90),
    -60: (-20, 90),
    -50: (-30, 100),
    -40: (-40, 100),
    -30: (-50, 100),
    -20: (-50, 100),
    -10: (-60, 100),
    0: (-70, 100),
    10: (-80, 90),
    20: (-80, 90),
    30: (-90, 90),
    40: (-100, 90),
    50: (-100, 80),
    60: (-110, 80),
    70: (-110, 80),
    80: (-110, 70),
    90: (-110, 70),
    100: (-90, 0),
}
UNREACHABLE = [
    *(0, 1, 2, 4, 5, 6, 12, 13, 14, 23, 24, 35, 48, 49, 63, 64, 79, 80, 95, 96, 112, 113, 130),
    *(131, 148, 149, 166, 167, 185, 186, 205, 206, 224, 225, 244, 264, 284, 285, *range(296, 305), *range(308, 313)),
]


def test_the_bins_are_the_published_ones_in_value_and_order() -> None:
    assert bin_centers().dtype == np.int64
    assert hashlib.sha256(bin_centers().astype("<i8").tobytes()).hexdigest() == PUBLISHED


def test_the_bins_are_the_rows_of_the_table() -> None:
    expected = [(a, b) for a, (low, high) in ROWS.items() for b in range(low, high + 1, 10)]
    assert [tuple(point) for point in bin_centers().tolist()] == expected


def test_known_places_in_the_list() -> None:
    centers = bin_centers()
    assert centers.shape == (313, 2)
    assert centers[120].tolist() == [0, 0]
    assert (centers[0].tolist(), centers[-1].tolist()) == ([-90, 50], [100, 0])
    assert centers.sum(0).tolist() == [4910, 2090]


def test_261_bins_are_the_nearest_of_some_srgb_color() -> None:
    levels = np.linspace(0, 1, 86)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1)
    reached = np.unique(AbBins().nearest(srgb_to_lab(cube)[..., 1:]))
    assert len(reached) == 261
    assert sorted(set(range(313)) - set(reached.tolist())) == UNREACHABLE


@pytest.mark.parametrize("neighbors", [1, 5, 10, 40])
def test_no_cell_lacks_one_of_the_nearest_bins_of_a_point_in_it(rng: np.random.Generator, neighbors: int) -> None:
    table = candidate_table(neighbors)
    side = round(len(table) ** 0.5)
    points = rng.uniform(-REACH, REACH, (2000, 2))
    cells = np.floor((points + REACH) / (2 * REACH / side)).astype(int)
    rows = table[cells[:, 0] * side + cells[:, 1]]
    nearest = np.argsort(((points[:, None] - bin_centers()) ** 2).sum(-1), axis=1)[:, :neighbors]
    assert (nearest[:, :, None] == rows[:, None, :]).any(-1).all()


@pytest.mark.parametrize("neighbors", range(1, 11))
def test_up_to_ten_neighbors_one_place_at_most_is_contested(neighbors: int) -> None:
    near = neighborhood(neighbors)
    assert near is not None
    assert len(near.sure) == neighbors - bool(near.contested)
    assert near.sure[0] == (0, 0)
    assert near.bins.shape == (SIDE, SIDE, 8, max(1, len(near.contested)), neighbors)


def test_of_ten_neighbors_nine_are_certain() -> None:
    near = neighborhood(10)
    assert near is not None
    assert set(near.sure) == {(0, 0), (1, 0), (0, 1), (1, 1), (-1, 0), (0, -1), (1, -1), (-1, 1), (2, 0)}
    assert set(near.contested) == {(-1, -1), (0, 2), (2, 1)}


@pytest.mark.parametrize("neighbors", [11, 19, 313])
def test_above_ten_there_is_no_such_table(neighbors: int) -> None:
    assert neighborhood(neighbors) is None


@given(st.integers(1, 10), st.floats(0, 5), st.floats(0, 5))
def test_in_the_triangle_the_nearest_grid_points_are_the_certain_and_one_of_the_contested(
    neighbors: int, one: float, other: float
) -> None:
    near = neighborhood(neighbors)
    assert near is not None
    point = np.array([max(one, other), min(one, other)]) / STEP
    lattice = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 2, indexing="ij"), -1).reshape(-1, 2)
    expected = np.sort(((lattice - point) ** 2).sum(1))[:neighbors]
    distances = [float(((np.array(offset) - point) ** 2).sum()) for offset in near.sure]
    if near.contested:
        distances.append(min(float(((np.array(offset) - point) ** 2).sum()) for offset in near.contested))
    np.testing.assert_allclose(np.sort(distances), expected, atol=1e-12)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_the_eight_images_of_the_triangle_cover_the_square(da: float, db: float) -> None:
    octant = 4 * (da < 0) + 2 * (db < 0) + (abs(db) > abs(da))
    triangle = np.array([max(abs(da), abs(db)), min(abs(da), abs(db))])
    np.testing.assert_array_equal(mirrored(triangle, octant), [da, db])


def test_a_row_lists_bins_that_lie_where_the_offsets_say_or_nothing() -> None:
    near = neighborhood(10)
    assert near is not None
    choices = np.array([(*near.sure, winner) for winner in near.contested])
    missing = 0
    for (i, j, octant, winner), first in np.ndenumerate(near.bins[..., 0]):
        bins = near.bins[i, j, octant, winner]
        where = (np.array([i, j]) - SIDE // 2 + mirrored(choices[winner], octant)) * STEP
        if first < 0:
            missing += 1
            assert (bins == -1).all()
        else:
            np.testing.assert_array_equal(bin_centers()[bins], where)
    assert 0.7 < missing / near.bins[..., 0].size < 0.95
