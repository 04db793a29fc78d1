"""The 313 bins of ab, how often colors occur, and what that makes them weigh (Zhang 2016, 2.1, 2.2, Fig. 3)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.color import srgb_to_lab
from photochrom.errors import StudyError
from photochrom.representations.ab_bins import AbBins, class_weights
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.gamut import draw_counts, draw_weights
from photochrom.studies.photographs import Gathering

Array = NDArray[np.float64]

LAMBDAS = (0.0, 0.5, 1.0)
CELL, REACH = 2, 110  # Lab units: of a cell of the histograms, and how far they go
LEVELS = tuple(range(10, 100, 10))  # L* of the conditional histograms, each from 5 below to 5 above
SIDE = 2 * REACH // CELL
EVERY = 4  # pixels of which one is soft-encoded, as in the authors' training (44 x 44 of 176 x 176)


@dataclass
class Counts:
    """What is counted over photographs.

    plane     how often each cell of ab occurs, [110, 110], a along the first axis
    slices    the same for L* about each of LEVELS, [9, 110, 110]
    bins      sum of the soft encodings, [313]
    encoded   how many pixels were soft-encoded
    """

    plane: Array = field(default_factory=lambda: np.zeros((SIDE, SIDE)))
    slices: Array = field(default_factory=lambda: np.zeros((len(LEVELS), SIDE, SIDE)))
    bins: Array = field(default_factory=lambda: np.zeros(AbBins().channels))
    encoded: int = 0

    def add(self, lab: NDArray[np.float32], bins: AbBins) -> None:
        """Count a photograph, Lab H x W x 3."""
        edges = np.arange(-REACH, REACH + CELL, CELL)
        lightness, a, b = lab.reshape(-1, 3).T
        self.plane += np.histogram2d(a, b, (edges, edges))[0]
        for number, level in enumerate(LEVELS):
            here = np.abs(lightness - level) <= 5
            self.slices[number] += np.histogram2d(a[here], b[here], (edges, edges))[0]
        sparse = lab[::EVERY, ::EVERY, 1:].reshape(-1, 2)
        self.bins += bins.prior(sparse) * len(sparse)
        self.encoded += len(sparse)


def study(photographs: Gathering | None, prior: Path | None, rebalance: float, folder: Folder) -> Findings:
    """Count the colors of photographs, or take a prior from a file, or the prior from the file and the rest counted."""
    bins = AbBins()
    counts = Counts()
    seen = 0
    for subject in photographs or ():
        counts.add(srgb_to_lab(subject.pixels.astype(np.float32) / 255), bins)
        seen += 1
    if photographs is not None:
        draw_counts(counts.plane, counts.slices, LEVELS, REACH, folder)
    mass = counts.bins / max(counts.encoded, 1) if prior is None else read_prior(prior, bins.channels)
    weights = {one: class_weights(mass, one) for one in sorted({*LAMBDAS, rebalance})}
    draw_weights(mass, weights, rebalance, folder)
    figures = {"photographs": seen, "pixels": int(counts.plane.sum()), "prior": described(mass), "lambda": rebalance}
    figures["weights"] = {f"{one:g}": _spread(mass, found) for one, found in weights.items()}
    rows = tuple((f"{one:g}", *_spread(mass, found).values()) for one, found in weights.items())
    table = Table(("lambda", "least", "median", "greatest", "E[w]"), rows)
    text = "\n".join(f"{value:.17g}" for value in mass)
    folder.write("prior.txt", f"{text}\n".encode())
    return Findings(figures, table, [] if photographs is None else photographs.notes)


def described(mass: Array) -> dict[str, Any]:
    """A prior in numbers: its entropy in nats, how many equally likely bins have that entropy, mean ab, maximum."""
    centers = AbBins().centers
    occurs = mass > 0
    entropy = float(-(mass[occurs] * np.log(mass[occurs])).sum())
    best = int(np.argmax(mass))
    return {
        "bins_that_occur": int(occurs.sum()),
        "entropy": entropy,
        "effective_bins": float(np.exp(entropy)),
        "mean_ab": mass @ centers,
        "mean_chroma": float(mass @ np.hypot(*centers.T)),
        "greatest": {"ab": centers[best], "share": float(mass[best])},
    }


def read_prior(path: Path, channels: int) -> Array:
    """A prior from a file, .npy or text with one number a line (# begins a comment); StudyError if it is none."""
    try:
        with path.open("rb") as file:
            npy = file.read(6) == b"\x93NUMPY"
        mass = np.load(path, allow_pickle=False) if npy else np.loadtxt(path)
    except (OSError, ValueError) as error:
        raise StudyError(f"{path} cannot be read as a prior: {error}") from None
    mass = np.asarray(mass, np.float64)
    if mass.shape != (channels,) or not mass.min() >= 0 or not np.isclose(mass.sum(), 1, atol=1e-4):
        raise StudyError(f"{path} is no prior: {channels} frequencies that sum to 1 are needed.")
    return mass


def _spread(mass: Array, weights: Array) -> dict[str, float]:
    occurs = weights[mass > 0]
    return {
        "least": float(occurs.min()),
        "median": float(np.median(occurs)),
        "greatest": float(occurs.max()),
        "expected": float(mass @ weights),
    }
