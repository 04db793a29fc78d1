"""Small copies of a picture that comes in strips of rows: area means, with never a plane of the full size."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from photochrom import kernel
from photochrom.cores import in_order
from photochrom.resample import enlarge, shrink

Array = NDArray[np.float32]


def shrunk(
    strips: Iterable[np.ndarray],
    size: tuple[int, int],
    height: int,
    width: int,
    values: Callable[[np.ndarray], Array],
    threads: int,
) -> Array:
    """`values` of a picture of `size`, at another size: [height, width, ...].

    strips      of the picture, [n, W, bands], from the top
    values      what is wanted of a strip's pixels, float32 [n, W, ...]

    Area means along an axis that shrinks, linear along one that grows, as in `resample.resize`.
    """
    present = size[0]
    rows = min(height, present)

    def summed(numbered: tuple[int, np.ndarray]) -> tuple[slice, Array]:
        top, pixels = numbered
        return _row_sums(values(pixels), top, present, rows)

    total: Array | None = None
    for where, sums in in_order(summed, _numbered(strips), threads):
        if total is None:
            total = np.zeros((rows, *sums.shape[1:]), np.float32)
        total[where] += sums
    assert total is not None  # a picture has rows
    total *= np.float32(rows / present)
    plane = shrink(total, width, 1) if width < size[1] else enlarge(total, width, 1)
    return plane if height == rows else enlarge(plane, height, 0)


def _numbered(strips: Iterable[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    top = 0
    for strip in strips:
        yield top, strip
        top += len(strip)


def _row_sums(values: Array, top: int, present: int, rows: int) -> tuple[slice, Array]:
    """Rows top.. of `present` added up to `rows`: which of these they touch, and what they add to them.

    A row that lies across the border of two is shared out between them.
    """
    begin, end = top * rows // present, min((top + len(values) - 1) * rows // present + 2, rows)
    sums = np.zeros((end - begin, *values.shape[1:]), np.float32)
    if (compiled := kernel.library()) is not None:
        kernel.row_sums(compiled, values, top, present, rows, sums, begin)
        return slice(begin, end), sums
    number = np.arange(top, top + len(values))
    first = number * rows // present
    beyond = ((number + 1) * rows - (first + 1) * present) / rows  # part of the row in the next one, if positive
    starts = np.flatnonzero(np.diff(first, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(values)], strict=True):  # ten times faster than `reduceat`
        np.add.reduce(values[start:stop], axis=0, out=sums[first[start] - begin])
    for row in np.flatnonzero(beyond > 0):
        part = values[row] * np.float32(beyond[row])
        sums[first[row] - begin] -= part
        sums[first[row] - begin + 1] += part
    return slice(begin, end), sums
