"""How much faster the soft encoding is than brute-force nearest neighbors.

    python benchmarks/soft_encoding.py [REPETITIONS]

64 targets of 56 x 56 colors, K = 10, sigma 5, float32, one thread. The colors follow the published prior of ImageNet
(its bins, drawn at random and scattered evenly over their cells); in a second table they are even in the sRGB cube,
which has far more at the rim of the bins. All methods give indices and normalized weights, and are compared before they
are timed. A round is one run of each peer and five of ours; ratios are those of the medians and of the minima.

The peers, both brute force: the matrix of distances to all 313 bins in chunks that fit the cache, `argpartition` for
the 10 nearest, these sorted, Gaussians normalized.

    plain    distances as one writes them: ((p - c)^2).sum()
    product  |p|^2 - 2 p c + |c|^2 with one matrix product, as scikit-learn's NearestNeighbors(algorithm="brute") does
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is imported
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np

from photochrom.color import srgb_to_lab
from photochrom.representations import AbBins
from photochrom.representations.ab_bins import SoftTargets, bin_centers

PRIOR = Path(__file__).parents[1] / "src/photochrom/evaluation/data/zhang2016_prior.txt"
SHAPE = (64, 56, 56)
K, SIGMA = 10, 5.0
CHUNK = 2048  # colors; the fastest for `product` of 512, 1024, ..., 16384, with 1024


def plain(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Squared distances [P, 313], term by term."""
    gap = points[:, None] - centers
    return (gap**2).sum(-1)


def product(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Squared distances [P, 313], by a matrix product."""
    distance = points @ (-2 * centers.T)
    distance += (centers**2).sum(1)
    distance += (points**2).sum(1, keepdims=True)
    return distance


def brute_force(ab: np.ndarray, distances: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> SoftTargets:
    """Soft-encode `ab` [P, 2] by the distances to all bins."""
    centers = bin_centers().astype(np.float32)
    index, weight = np.empty((len(ab), K), np.int64), np.empty((len(ab), K), np.float32)
    for start in range(0, len(ab), CHUNK):
        distance = distances(ab[start : start + CHUNK], centers)
        near = np.argpartition(distance, K - 1, axis=1)[:, :K]
        nearest = np.take_along_axis(distance, near, axis=1)
        order = np.argsort(nearest, axis=1)
        nearest = np.take_along_axis(nearest, order, axis=1)
        share = np.exp((nearest[:, :1] - nearest) / (2 * SIGMA**2))
        index[start : start + CHUNK] = np.take_along_axis(near, order, axis=1)
        weight[start : start + CHUNK] = share / share.sum(1, keepdims=True)
    return SoftTargets(index, weight)


def like_photographs(rng: np.random.Generator) -> np.ndarray:
    """Colors distributed as in ImageNet, float32 [64, 56, 56, 2]."""
    prior = np.loadtxt(PRIOR)
    bins = rng.choice(len(prior), SHAPE, p=prior / prior.sum())
    return (bin_centers()[bins] + rng.uniform(-5, 5, (*SHAPE, 2))).astype(np.float32)


def over_the_cube(rng: np.random.Generator) -> np.ndarray:
    """Colors distributed evenly in sRGB, float32 [64, 56, 56, 2]."""
    return np.ascontiguousarray(srgb_to_lab(rng.random((*SHAPE, 3), dtype=np.float32))[..., 1:])


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a run, after one to warm up: others on the machine do not count."""
    work()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def compare(name: str, ab: np.ndarray, rounds: int) -> None:
    """Check that all agree, then print a table."""
    bins, flat = AbBins(K, SIGMA), ab.reshape(-1, 2)
    dense = bins.dense(bins.encode(flat[::50]))
    for distances in (plain, product):
        gap = np.abs(bins.dense(brute_force(flat[::50], distances)) - dense).max()
        if gap > 1e-3:
            raise SystemExit(f"{name}: {distances.__name__} differs by {gap:.2g}")
    times: dict[str, list[float]] = {"plain": [], "product": [], "photochrom": []}
    for _ in range(rounds):
        times["plain"].append(seconds(lambda: brute_force(flat, plain)))
        times["product"].append(seconds(lambda: brute_force(flat, product)))
        times["photochrom"] += [seconds(lambda: bins.encode(ab)) for _ in range(5)]
    print(f"{name:20} {'plain':>10} {'product':>10} {'photochrom':>11} {'times plain':>12} {'times product':>14}")
    for label, of in (("median", np.median), ("minimum", np.min)):
        slow, fast, ours = (1e3 * float(of(taken)) for taken in times.values())
        print(f"{label:20} {slow:7.0f} ms {fast:7.0f} ms {ours:8.2f} ms {slow / ours:12.0f} {fast / ours:14.0f}")


if __name__ == "__main__":
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    compare("like photographs", like_photographs(np.random.default_rng(0)), repetitions)
    compare("over the sRGB cube", over_the_cube(np.random.default_rng(0)), repetitions)
