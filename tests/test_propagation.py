"""What the propagation of hints promises: exact there, the region filled, its edges kept, the rest as predicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.propagation import LAYERS, geodesic, propagate

RED, BLUE = np.array([60, 40], np.float32), np.array([10, -60], np.float32)
GRID = (40, 60)
PREDICTED = np.array([3, 8], np.float32)


def carried(
    guide: np.ndarray, hints: dict[tuple[int, int], np.ndarray], features: np.ndarray | None = None
) -> np.ndarray:
    """What becomes of a prediction of one faint color: {(row, column): ab}."""
    ab = np.broadcast_to(PREDICTED, (*guide.shape, 2)).copy()
    return propagate(ab, guide, features, np.array(list(hints)), np.stack(list(hints.values())))


def share(ab: np.ndarray, color: np.ndarray = RED) -> np.ndarray:
    """How far each cell went from the prediction, 0, to the hint's color, 1."""
    way = color - PREDICTED
    return (ab - PREDICTED) @ way / (way @ way)


def halves(step: float) -> np.ndarray:
    """Two flat halves, the right one lighter."""
    guide = np.full(GRID, 40, np.float32)
    guide[:, 30:] += step
    return guide


def test_a_hint_fills_its_region_and_stops_at_the_edge() -> None:
    filled = share(carried(halves(30), {(20, 10): RED}))
    assert filled[:, :30].min() > 0.95
    assert np.abs(filled[:, 30:]).max() < 0.01


def test_it_goes_around_corners_but_not_through_walls() -> None:
    """A spiral corridor between walls one cell wide, and a closed room inside."""
    guide = np.full(GRID, 60, np.float32)
    guide[10, :50] = guide[20:, 30] = guide[20, 30:50] = guide[20:, 49] = 20
    guide[30:36, 5] = guide[30:36, 15] = guide[30, 5:16] = guide[35, 5:16] = 20
    filled = share(carried(guide, {(5, 5): RED}))
    assert filled[5, 55] > 0.8
    assert filled[15, 20] > 0.8  # beyond the wall, by the passage at its end
    assert np.abs(filled[31:35, 6:15]).max() < 0.01  # the closed room
    assert np.abs(filled[22:40, 31:49]).max() < 0.01


def test_slow_shading_is_no_edge_though_it_goes_further() -> None:
    ramp = np.broadcast_to(np.linspace(20, 80, 60, dtype=np.float32), GRID)
    assert share(carried(ramp, {(20, 5): RED}))[:, :40].min() > 0.8
    assert np.abs(share(carried(halves(30), {(20, 5): RED}))[:, 31:]).max() < 0.01


def test_what_the_network_sees_as_another_thing_is_an_edge_at_the_same_lightness() -> None:
    features = np.zeros((4, *GRID), np.float32)
    features[0, :, :30], features[1, :, 30:] = 5, 7
    filled = share(carried(np.full(GRID, 50, np.float32), {(20, 10): RED}, features))
    assert filled[:, :30].min() > 0.95
    assert np.abs(filled[:, 30:]).max() < 0.01


def test_two_colors_in_one_region_share_it_where_they_are_equally_far() -> None:
    both = carried(np.full(GRID, 50, np.float32), {(20, 10): RED, (20, 49): BLUE})
    nearer_to_red = np.linalg.norm(both - RED, axis=-1) < np.linalg.norm(both - BLUE, axis=-1)
    assert nearer_to_red[:, :29].all()
    assert not nearer_to_red[:, 31:].any()
    assert np.allclose(both[20, 29:31].mean(axis=0), (RED + BLUE) / 2, atol=1)


def test_without_a_way_everything_is_as_predicted() -> None:
    checkered = (np.indices(GRID).sum(axis=0) % 2 * 60 + 20).astype(np.float32)
    filled = carried(checkered, {(20, 20): RED})
    filled[20, 20] = PREDICTED
    assert np.allclose(filled, PREDICTED, atol=0.5)


cells = st.tuples(st.integers(0, 11), st.integers(0, 15))


@given(st.integers(0, 2**32 - 1), st.lists(cells, min_size=1, max_size=60))
def test_it_is_exact_at_every_hint_and_invents_no_color(seed: int, places: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(seed)
    guide = rng.uniform(0, 100, (12, 16)).astype(np.float32)
    ab = rng.uniform(-50, 50, (12, 16, 2)).astype(np.float32)
    colors = rng.uniform(-80, 80, (len(places), 2)).astype(np.float32)
    out = propagate(ab, guide, rng.normal(size=(8, 12, 16)).astype(np.float32), np.array(places), colors)
    last = dict(zip(places, colors, strict=True))
    assert all(np.array_equal(out[place], color) for place, color in last.items())
    known = np.concatenate([ab.reshape(-1, 2), colors])
    assert np.all(out >= known.min(axis=0) - 1e-3)
    assert np.all(out <= known.max(axis=0) + 1e-3)


def test_a_painted_picture_of_many_colors_is_followed_cell_by_cell() -> None:
    places = np.argwhere(np.ones((12, 16), bool))
    colors = np.random.default_rng(0).uniform(-60, 60, (len(places), 2)).astype(np.float32)
    assert len(places) > LAYERS
    out = propagate(np.zeros((12, 16, 2), np.float32), np.zeros((12, 16), np.float32), None, places, colors)
    assert np.array_equal(out.reshape(-1, 2), colors)


def dijkstra(start: tuple[int, int], vertical: np.ndarray, horizontal: np.ndarray) -> np.ndarray:
    """The textbook's way, cell by cell."""
    height, width = vertical.shape[0] + 1, horizontal.shape[1] + 1
    distance = np.full((height, width), np.inf)
    distance[start] = 0
    for _ in range(height * width):
        down, right = distance[:-1] + vertical, distance[:, :-1] + horizontal
        up, left = distance[1:] + vertical, distance[:, 1:] + horizontal
        distance[1:] = np.minimum(distance[1:], down)
        distance[:-1] = np.minimum(distance[:-1], up)
        distance[:, 1:] = np.minimum(distance[:, 1:], right)
        distance[:, :-1] = np.minimum(distance[:, :-1], left)
    return distance


@pytest.mark.parametrize("seed", range(3))
def test_distances_are_those_of_the_cheapest_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertical, horizontal = rng.exponential(size=(8, 9)) ** 2, rng.exponential(size=(9, 8)) ** 2
    start = np.full((1, 9, 9), 1e6, np.float32)
    start[0, 4, 3] = 0
    ours = geodesic(start, vertical.astype(np.float32), horizontal.astype(np.float32))
    assert np.allclose(ours[0], dijkstra((4, 3), vertical, horizontal), atol=1e-4)
