"""How long measuring takes: processor time, medians of one interleaved run.

    python benchmarks/measures.py

measure     everything of one photograph of 256 x 256, as a multiple of scikit-image's SSIM and CIEDE2000 alone
intervals   1000 bootstrap draws of 486 photographs with all figures, as a share of summarizing each draw's photographs
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from photochrom.evaluation.bootstrap import intervals
from photochrom.evaluation.measures import measure, summarize

PHOTOGRAPHS, DRAWS, NAIVE = 486, 1000, 10


def pair(seed: int, side: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Patches of color with noise, and a result of other colors."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(20, 236, (8, 8, 3)).repeat(side // 8, 0).repeat(side // 8, 1) + rng.normal(
        0, 5, (side, side, 3)
    )
    result = truth + rng.normal(0, 20, 3)
    return np.clip(truth, 0, 255).astype(np.uint8), np.clip(result, 0, 255).astype(np.uint8)


def peer(truth: np.ndarray, result: np.ndarray) -> None:
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    structural_similarity(truth, result, channel_axis=-1, **settings)
    deltaE_ciede2000(rgb2lab(truth), rgb2lab(result)).mean()


def timed(work: Callable[[], object]) -> float:
    """Processor seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    truth, result = pair(0)
    ours, theirs = [], []
    for _ in range(15):
        ours.append(timed(lambda: measure(truth, result)))
        theirs.append(timed(lambda: peer(truth, result)))
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    print(f"measure    {1000 * median(ours):7.1f} ms, {ratio:.2f} of scikit-image's SSIM and CIEDE2000")
    some = [measure(*pair(seed, 64)) for seed in range(54)]
    rows = some * (PHOTOGRAPHS // len(some))
    rng = np.random.default_rng(0)
    fast = timed(lambda: intervals(rows, DRAWS))
    picks = rng.integers(0, PHOTOGRAPHS, (NAIVE, PHOTOGRAPHS))
    slow = timed(lambda: [summarize([rows[index] for index in pick]) for pick in picks]) * DRAWS / NAIVE
    print(f"intervals  {fast:7.2f} s, 1/{slow / fast:.0f} of summarizing every draw")


if __name__ == "__main__":
    main()
