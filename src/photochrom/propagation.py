"""Colors set at a few cells of a grid, carried over the regions that these cells belong to. NumPy; a few milliseconds.

Every color has a *geodesic distance* to each cell: the length of the cheapest way there over the grid, where a step
costs what changes along it. Within a region steps are nearly free, over an edge they are dear, however near the cells
lie. A cell that a color reaches for less than NEAR takes it, one beyond FAR keeps what was predicted, and between the
two it fades. So the color fills its region to the edge, and goes around corners, but not through walls; where two meet,
each has the cells that it reaches for less.

    step    (|difference of L*| / EDGE)^POWER + (difference of features / OBJECT)^POWER + STEP
    place   a cell that looks to the network like the hint's own cell is nearer to it than one that doesn't

A sum of differences would add up the slow shading of a cheek to the edge of a hat: the power makes many small ones less
than one large one.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

EDGE = 12.0  # L* between two cells of the grid: an edge
OBJECT = 0.6  # between two unit vectors of features, 0 the same to 2 opposite: another thing
POWER = 2.0
STEP = 0.01  # so that even the same runs out: about FAR / STEP cells
NEAR, FAR = 0.5, 2.0
LAYERS = 32  # colors that are carried one by one; of more, those that are alike go together
SWEEPS = 8  # at most, each over the whole grid: ways with more turns than that are taken as longer
_INFINITE = np.float32(1e6)


def propagate(ab: Array, guide: Array, features: Array | None, cells: NDArray[np.intp], colors: Array) -> Array:
    """`ab` [h, w, 2] with `colors` [K, 2] at `cells` [K, 2] (row, column) carried over their regions: [h, w, 2].

    guide       [h, w]      L* there
    features    [F, h, w]   what the network says of each cell, or None

    Exact at the cells, the last one counting where several are the same; unchanged where none reaches.
    """
    cells, colors = _last_of_each(cells, colors)
    layers = _alike(colors)
    vertical, horizontal = _costs(guide, features)
    start = np.full((layers.max() + 1, *guide.shape), _INFINITE, np.float32)
    start[layers, cells[:, 0], cells[:, 1]] = 0
    distance = geodesic(start, vertical, horizontal)
    reach = 1 - _smooth((distance - NEAR) / (FAR - NEAR))
    weight = reach / (distance**2 + np.float32(1e-4))
    mean = np.stack([np.bincount(layers, colors[:, axis]) for axis in (0, 1)], 1) / np.bincount(layers)[:, None]
    total = weight.sum(axis=0)
    hinted = np.tensordot(weight, mean.astype(np.float32), axes=(0, 0)) / np.maximum(total, 1e-12)[..., None]
    out: Array = ab + reach.max(axis=0)[..., None] * (hinted - ab)
    out[cells[:, 0], cells[:, 1]] = colors
    return out.astype(np.float32)


def geodesic(start: Array, vertical: Array, horizontal: Array) -> Array:
    """The least cost from where `start` [K, h, w] is 0 to each cell, by steps to the four neighbors: [K, h, w].

    vertical    [h - 1, w]    cost of the step between a cell and the one below
    horizontal  [h, w - 1]    and the one to the right

    Rows are relaxed downwards and upwards in turn. Along a row all ways are found at once: with C the running sum of
    the costs, the least of d_i + |C_j - C_i| over i <= j is C_j + min(d_i - C_i), a running minimum.
    """
    distance = start.copy()
    height, width = start.shape[1:]
    run = np.zeros((height, width), np.float32)
    np.cumsum(horizontal, axis=1, out=run[:, 1:])
    for _ in range(SWEEPS):
        before = distance.copy()
        for order in (range(height), range(height - 1, -1, -1)):
            last = None
            for row in order:
                line = distance[:, row]
                if last is not None:
                    np.minimum(line, distance[:, last] + vertical[min(row, last)], out=line)
                np.minimum(line, np.minimum.accumulate(line - run[row], axis=1) + run[row], out=line)
                back = np.minimum.accumulate((line + run[row])[:, ::-1], axis=1)[:, ::-1]
                np.minimum(line, back - run[row], out=line)
                last = row
        if np.array_equal(before, distance):
            break
    return np.maximum(distance, 0)


def _costs(guide: Array, features: Array | None) -> tuple[Array, Array]:
    """Of steps down and to the right."""
    unit = None if features is None else features / np.maximum(np.linalg.norm(features, axis=0), 1e-6)
    costs = []
    for axis in (0, 1):
        cost = np.float32(STEP) + (np.abs(np.diff(guide, axis=axis)) / np.float32(EDGE)) ** POWER
        if unit is not None:
            cost = cost + (np.linalg.norm(np.diff(unit, axis=axis + 1), axis=0) / np.float32(OBJECT)) ** POWER
        costs.append(cost.astype(np.float32))
    return costs[0], costs[1]


def _last_of_each(cells: NDArray[np.intp], colors: Array) -> tuple[NDArray[np.intp], Array]:
    """One color a cell."""
    _, first = np.unique(cells[::-1], axis=0, return_index=True)
    kept = len(cells) - 1 - first
    return cells[kept], colors[kept]


def _alike(colors: Array) -> NDArray[np.intp]:
    """The layer of each color, LAYERS at most: the same colors together, and if that is not enough, similar ones."""
    step = 1.0
    while True:
        _, layers = np.unique(np.rint(colors / step), axis=0, return_inverse=True)
        if layers.max() < LAYERS:
            return layers.reshape(-1)
        step *= 2


def _smooth(share: Array) -> Array:
    """0 below 0, 1 above 1, without a kink between."""
    share = np.clip(share, 0, 1)
    out: Array = share * share * (3 - 2 * share)
    return out
