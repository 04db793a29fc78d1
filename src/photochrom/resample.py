"""Shrinking by area, enlarging bilinearly, box means: the three filters of the photograph's road, in plain NumPy.

All are separable and linear, keep constants exactly where they are, and place pixel centers at half integers: a picture
of n pixels covers 0..n, so a picture and its enlargement cover the same ground (align_corners False). Leading axes are
height and width; further axes (channels) go along.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def resize(plane: Array, height: int, width: int) -> Array:
    """`plane` [H, W, ...] at another size: area means along an axis that shrinks, linear along one that grows."""
    for axis, length in ((0, height), (1, width)):
        if length < plane.shape[axis]:
            plane = shrink(plane, length, axis)
        elif length > plane.shape[axis]:
            plane = enlarge(plane, length, axis)
    return plane


def shrink(plane: Array, length: int, axis: int) -> Array:
    """Area means along one axis: each of the `length` new pixels averages exactly the ground it covers, fractions
    included.

    `length` is 1 up to the present length. Sums run over whole pixels by `reduceat`, so memory is that of the result,
    and the two pixels at the fractional ends are put right afterwards.
    """
    present = plane.shape[axis]
    if not 1 <= length <= present:
        raise ValueError(f"cannot shrink {present} pixels to {length}")
    ends = np.arange(length + 1) * present
    first, part = ends // length, (ends % length / length).astype(np.float32)
    shape = [1] * plane.ndim
    shape[axis] = length
    total = np.add.reduceat(plane, first[:-1], axis=axis, dtype=np.float32)
    total -= np.take(plane, first[:-1], axis=axis) * part[:-1].reshape(shape)
    last = np.minimum(first[1:], present - 1)  # the end of the last pixel is the picture's, with part 0
    total += np.take(plane, last, axis=axis) * part[1:].reshape(shape)
    total *= np.float32(length / present)
    return total


def enlarge(plane: Array, length: int, axis: int) -> Array:
    """Linear interpolation along one axis, edges continued; also shrinks, then without averaging."""
    low, high, share = taps(plane.shape[axis], length)
    shape = [1] * plane.ndim
    shape[axis] = length
    weight = share.reshape(shape)
    below, above = np.take(plane, low, axis=axis), np.take(plane, high, axis=axis)
    above -= below
    above *= weight
    above += below
    return above


def taps(small: int, large: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Where each of `large` pixels finds its two neighbors among `small` ones, and the share of the upper one."""
    position = np.clip((np.arange(large) + 0.5) * (small / large) - 0.5, 0, small - 1)
    low = position.astype(np.intp)
    return low, np.minimum(low + 1, small - 1), (position - low).astype(np.float32)


def box_mean(plane: NDArray[np.floating], radius: int) -> NDArray[np.float64]:
    """Mean over windows of (2 radius + 1)^2 pixels, cut off at the border: fewer pixels there, none invented.

    By running sums, in float64: their differences would lose digits in float32.
    """
    mean: NDArray[np.float64] = plane.astype(np.float64)
    for axis in (0, 1):
        length = plane.shape[axis]
        sums = np.concatenate([np.zeros_like(np.take(mean, [0], axis=axis)), np.cumsum(mean, axis=axis)], axis=axis)
        start = np.maximum(np.arange(length) - radius, 0)
        stop = np.minimum(np.arange(length) + radius + 1, length)
        shape = [1] * plane.ndim
        shape[axis] = length
        mean = (np.take(sums, stop, axis=axis) - np.take(sums, start, axis=axis)) / (stop - start).reshape(shape)
    return mean


def box_range(plane: Array, radius: int) -> tuple[Array, Array]:
    """Least and greatest value in the same windows."""
    low = high = plane
    for axis in (0, 1):
        edges = [(0, 0)] * plane.ndim
        edges[axis] = (radius, radius)
        windows_low = np.lib.stride_tricks.sliding_window_view(np.pad(low, edges, mode="edge"), 2 * radius + 1, axis)
        windows_high = np.lib.stride_tricks.sliding_window_view(np.pad(high, edges, mode="edge"), 2 * radius + 1, axis)
        low, high = windows_low.min(axis=-1), windows_high.max(axis=-1)
    return low, high


def pad_by_reflection(plane: Array, height: int, width: int) -> Array:
    """`plane` [h, w] continued to [height, width] at bottom and right, mirrored as often as needed."""
    rows, columns = _mirrored(plane.shape[0], height), _mirrored(plane.shape[1], width)
    return plane[rows[:, None], columns]


def _mirrored(small: int, large: int) -> NDArray[np.intp]:
    """Positions 0 1 2 ... n-1 n-2 ... 1 0 1 2 ..., `large` of them."""
    if small == 1:
        return np.zeros(large, dtype=np.intp)
    period = 2 * (small - 1)
    position = np.arange(large) % period
    return np.minimum(position, period - position)
