"""What shrinking, enlarging, box means and padding promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photochrom.resample import box_mean, box_range, enlarge, pad_by_reflection, resize, shrink

sides = st.integers(1, 40)
values = st.floats(0, 100, width=32)
planes = st.tuples(sides, sides).flatmap(lambda shape: arrays(np.float32, shape, elements=values))


@given(planes, sides, sides)
def test_any_size_can_be_made_of_any_other_within_the_range_of_values(
    plane: np.ndarray, height: int, width: int
) -> None:
    result = resize(plane, height, width)
    assert result.shape == (height, width)
    assert result.dtype == np.float32
    assert plane.min() - 1e-3 <= result.min() <= result.max() <= plane.max() + 1e-3


@given(sides, sides, sides, sides, values)
def test_a_constant_stays_the_constant(h: int, w: int, height: int, width: int, value: float) -> None:
    assert np.allclose(resize(np.full((h, w), value, np.float32), height, width), value, atol=1e-4)


@given(planes, st.data())
def test_shrinking_keeps_the_mean_exactly(plane: np.ndarray, data: st.DataObject) -> None:
    height, width = (data.draw(st.integers(1, side)) for side in plane.shape)
    assert resize(plane, height, width).mean() == pytest.approx(plane.mean(), abs=1e-3)


@given(planes, st.data())
def test_shrinking_is_the_mean_over_the_ground_covered(plane: np.ndarray, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, len(plane)))
    fine = np.repeat(plane, length, axis=0).reshape(
        length, len(plane), plane.shape[1]
    )  # each new pixel: whole fine rows
    assert np.allclose(shrink(plane, length, 0), fine.mean(axis=1), atol=1e-3)


def test_enlarging_places_pixel_centers_at_half_integers() -> None:
    step = np.array([[0, 4]], np.float32)
    assert enlarge(step, 4, 1).tolist() == [[0, 1, 3, 4]]
    assert enlarge(step, 6, 1)[0] == pytest.approx([0, 0, 4 / 3, 8 / 3, 4, 4], abs=1e-5)


@pytest.mark.parametrize("size", [(7, 9), (24, 31), (5, 64)])
def test_enlarging_agrees_with_torch_without_aligned_corners(size: tuple[int, int], rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    plane = rng.random((5, 7), dtype=np.float32)
    theirs = torch.nn.functional.interpolate(torch.from_numpy(plane)[None, None], size, mode="bilinear")[0, 0]
    assert np.allclose(resize(plane, *size), theirs.numpy(), atol=1e-5)


@given(planes, st.integers(1, 5))
def test_a_box_mean_averages_what_lies_in_the_window_and_in_the_picture(plane: np.ndarray, radius: int) -> None:
    means, (low, high) = box_mean(plane, radius), box_range(plane, radius)
    for y, x in ((0, 0), (plane.shape[0] // 2, plane.shape[1] - 1)):
        window = plane[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
        assert means[y, x] == pytest.approx(window.mean(dtype=np.float64), abs=1e-3)
        assert (low[y, x], high[y, x]) == (window.min(), window.max())


@given(planes, sides, sides)
def test_padding_is_that_of_numpy(plane: np.ndarray, down: int, right: int) -> None:
    edges = ((0, down), (0, right))
    padded = pad_by_reflection(plane, plane.shape[0] + down, plane.shape[1] + right)
    assert np.array_equal(padded, np.pad(plane, edges, mode="reflect"))


def test_shrinking_refuses_to_enlarge() -> None:
    with pytest.raises(ValueError, match="cannot shrink 3 pixels to 4"):
        shrink(np.zeros((3, 3), np.float32), 4, 0)
