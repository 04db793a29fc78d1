"""Colors set at a few cells of a grid, carried over the regions that these cells belong to. NumPy; a few milliseconds.

Every color has a distance to each cell, in two parts:

    way     the cheapest one over the grid to a cell that has the color, where a step costs |d| m^2 / EDGE^3: d is the
            difference of L* along it, m the largest one over it and one of its neighbors
    thing   |f - g|^2 / OBJECT^2: how much the cell looks to the network like another thing than the hint's cell,
            f and g being their features as unit vectors

A cell that a color reaches for less than NEAR takes it, one beyond FAR keeps what was predicted, and between the two it
fades. So the color fills its region to the edge, and goes around corners, but not through walls; where two meet, each
has the cells that are less far. A plain sum of differences would add up the slow shading of a cheek to the edge of a
hat: the power makes many small ones less than one large one. And an edge that falls within a cell, half its height
before and half behind, costs what it would between two: that is what m is for.

Geodesic distances instead of the least squares of Levin et al. 2004 ("Colorization using optimization"), because those
spread a color without an end, or, held back, not to the edge of its region; how the two compare: docs/hints.md.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

EDGE = 16.0  # L* between two cells of the grid: an edge
OBJECT = 0.7  # between two unit vectors of features, 0 the same to 2 opposite: another thing
STEP = 0.007  # for every step, so that what is nearer counts more
NEAR, FAR = 0.4, 4.0
FALL = 3  # the share of each of several colors falls with this power of its distance
LAYERS = 32  # colors that are carried one by one; of more, those that are alike go together
LOOKS = 16  # cells of a layer whose features are looked at
SWEEPS = 8  # at most, each over the whole grid: ways with more turns than that are taken as longer
SETTLED = 1e-4  # the change that ends them
_INFINITE = np.float32(1e6)


def propagate(ab: Array, guide: Array, features: Array | None, cells: NDArray[np.intp], colors: Array) -> Array:
    """`ab` [h, w, 2] with `colors` [K, 2] at `cells` [K, 2] (row, column) carried over their regions: [h, w, 2].

    guide       [h, w]      L* there
    features    [F, h, w]   what the network says of each cell, or None

    Exact at the cells, the last one counting where several are the same; unchanged where none reaches.
    """
    cells, colors = _last_of_each(cells, colors)
    layers = _alike(colors)
    start = np.full((layers.max() + 1, *guide.shape), _INFINITE, np.float32)
    start[layers, cells[:, 0], cells[:, 1]] = 0
    distance = geodesic(start, _costs(guide, 0), _costs(guide, 1), FAR)
    if features is not None:
        distance += _strangeness(features, cells, layers)
    reach = 1 - _smooth((distance - NEAR) / (FAR - NEAR))
    weight = reach / (distance**FALL + np.float32(1e-4))
    mean = np.stack([np.bincount(layers, colors[:, axis]) for axis in (0, 1)], 1) / np.bincount(layers)[:, None]
    total = weight.sum(axis=0)
    hinted = np.tensordot(weight, mean.astype(np.float32), axes=(0, 0)) / np.maximum(total, 1e-12)[..., None]
    out: Array = ab + reach.max(axis=0)[..., None] * (hinted - ab)
    out[cells[:, 0], cells[:, 1]] = colors
    return out.astype(np.float32)


def geodesic(start: Array, vertical: Array, horizontal: Array, enough: float = float(_INFINITE)) -> Array:
    """The least cost from where `start` [K, h, w] is 0 to each cell, by steps to the four neighbors: [K, h, w].

    vertical    [h - 1, w]    cost of the step between a cell and the one below
    horizontal  [h, w - 1]    and the one to the right
    enough                    ways that are longer need not be the shortest

    Rows are relaxed downwards and upwards in turn. Along a row all ways are found at once: with C the running sum of
    the costs, the least of d_i + |C_j - C_i| over i <= j is C_j + min(d_i - C_i), a running minimum.
    """
    distance = start.copy()
    height, width = start.shape[1:]
    run = np.zeros((height, width), np.float32)
    np.cumsum(horizontal, axis=1, out=run[:, 1:])
    for _ in range(SWEEPS):
        before = np.minimum(distance, enough)
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
        if np.max(before - np.minimum(distance, enough)) <= SETTLED:
            break
    return np.maximum(distance, 0)


def _costs(guide: Array, axis: int) -> Array:
    """Of steps along an axis: down, or to the right."""
    step = np.diff(guide, axis=axis)
    both = np.abs(guide.take(range(2, guide.shape[axis]), axis) - guide.take(range(guide.shape[axis] - 2), axis))
    largest = np.abs(step)
    for part in (slice(1, None), slice(None, -1)):
        place = (part, slice(None)) if axis == 0 else (slice(None), part)
        largest[place] = np.maximum(largest[place], both)
    cost: Array = np.float32(STEP) + np.abs(step) * largest**2 / np.float32(EDGE**3)
    return cost


def _strangeness(features: Array, cells: NDArray[np.intp], layers: NDArray[np.intp]) -> Array:
    """How much each cell looks like another thing than those of a layer, [K, h, w]: than the most similar of them."""
    unit = features / np.maximum(np.linalg.norm(features, axis=0), 1e-6)
    far = []
    for layer in range(layers.max() + 1):
        own = cells[layers == layer]
        own = own[:: -(-len(own) // LOOKS)]
        likeness = np.tensordot(unit[:, own[:, 0], own[:, 1]], unit, axes=(0, 0)).max(axis=0)
        far.append(np.maximum(2 - 2 * likeness, 0))
    strangeness: Array = (np.stack(far) / np.float32(OBJECT**2)).astype(np.float32)
    return strangeness


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
