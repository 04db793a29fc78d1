"""How far do a few hints go? Points of the true color at random places, as Zhang et al. 2017 measure it (Fig. 6).

    python benchmarks/hints.py FOLDER [--model MODEL] [--limit N]      color photographs

Everything is measured on the prediction's grid, where hints are carried:

error        mean distance of ab from the true ab, Lab units
worse        share of the cells that changed by more than 3 Lab units and are more than 2 farther off than before, %

photochrom   `photochrom.propagation`
levin        Levin, Lischinski & Weiss 2004: least squares of the differences between neighbors of like lightness, the
             hints alone and no network
levin, held  the same for the differences from the prediction, held to none by a hundredth of a neighbor's weight
network      instead of these, where the model itself takes hints (zhang2017)
"""

import argparse
import time
from pathlib import Path

import numpy as np

from photochrom import Colorizer, Photo
from photochrom.color import lab_to_srgb, srgb_to_lab
from photochrom.hints import Hint
from photochrom.photo import find_photos
from photochrom.prediction import Prediction
from photochrom.propagation import propagate
from photochrom.resample import box_mean, resize

POINTS = (1, 4, 16, 64)
HOLD = 0.01
STEPS = 400  # of conjugate gradients


def weights(guide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of neighbors below and to the right: exp(-d^2 / 2 s^2), s^2 the variance of lightness around (their eq. 2)."""
    level = guide[..., None]
    spread = np.maximum(box_mean(level**2, 1) - box_mean(level, 1) ** 2, 1)[..., 0]
    down = np.exp(-(np.diff(guide, axis=0) ** 2) / (spread[1:] + spread[:-1]))
    right = np.exp(-(np.diff(guide, axis=1) ** 2) / (spread[:, 1:] + spread[:, :-1]))
    return down + 1e-6, right + 1e-6


def levin(start: np.ndarray, guide: np.ndarray, cells: np.ndarray, colors: np.ndarray, hold: float) -> np.ndarray:
    """The least squares: `colors` at `cells`, elsewhere smooth, and near `start` with the weight `hold`."""
    down, right = weights(guide)
    free = np.ones(guide.shape, bool)
    free[cells[:, 0], cells[:, 1]] = False

    def system(u: np.ndarray) -> np.ndarray:
        out = hold * u
        for axis, weight in ((0, down), (1, right)):
            flow = weight[..., None] * np.diff(u, axis=axis)
            ahead, behind = ((slice(1, None),), (slice(None, -1),)) if axis == 0 else (
                (slice(None), slice(1, None)), (slice(None), slice(None, -1)))  # fmt: skip
            out[ahead] += flow
            out[behind] -= flow
        return out

    u = np.zeros((*guide.shape, 2))
    u[cells[:, 0], cells[:, 1]] = colors
    rest = (hold * start - system(u)) * free[..., None]
    step, before = rest.copy(), (rest**2).sum(axis=(0, 1))
    for _ in range(STEPS):
        pushed = system(step) * free[..., None]
        length = before / np.maximum((step * pushed).sum(axis=(0, 1)), 1e-12)
        u += length * step
        rest -= length * pushed
        now = (rest**2).sum(axis=(0, 1))
        step, before = rest + now / np.maximum(before, 1e-12) * step, now
    return u


def results(prediction: Prediction, cells: np.ndarray, colors: np.ndarray) -> dict[str, np.ndarray]:
    """Method -> ab."""
    ab, guide = prediction.ab(), prediction.guide
    shift = colors - ab[cells[:, 0], cells[:, 1]]
    return {
        "photochrom": propagate(ab, guide, prediction.features, cells, colors),
        "levin": levin(ab, guide, cells, colors, 1e-6),
        "levin, held": ab + levin(np.zeros_like(ab), guide, cells, shift, HOLD),
    }


def told(colorizer: Colorizer, photo: Photo, guide: np.ndarray, cells: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """ab of a network that takes hints, given at the middle of their cells."""
    lab = np.column_stack([guide[cells[:, 0], cells[:, 1]], colors])
    levels = np.rint(np.clip(lab_to_srgb(lab), 0, 1) * 255).astype(int).tolist()
    rows, columns = ((cells + 0.5) * np.array(photo.size) / guide.shape).T.tolist()
    hints = [Hint(x, y, tuple(color)) for x, y, color in zip(columns, rows, levels, strict=True)]
    return colorizer.predict(photo, hints=hints).ab()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="photochrom")
    parser.add_argument("--limit", type=int, default=50)
    options = parser.parse_args()
    colorizer, plain = Colorizer(options.model), []
    table: dict[tuple[str, int], list[tuple[float, float]]] = {}
    seconds: list[float] = []
    found = find_photos(options.folder)
    for number, path in enumerate(found[:: max(1, len(found) // options.limit)]):
        photo = Photo.read(path)
        if not photo.is_colored():
            continue
        prediction = colorizer.predict(photo)
        lab = srgb_to_lab(photo.pixels.astype(np.float32) / np.iinfo(photo.dtype).max)
        truth, ab = resize(lab[..., 1:], *prediction.guide.shape), prediction.ab()
        off = np.linalg.norm(ab - truth, axis=-1)
        plain.append(off.mean())
        for points in POINTS:
            chosen = np.random.default_rng(1000 * points + number).permutation(prediction.guide.size)[:points]
            cells = np.stack(np.unravel_index(chosen, prediction.guide.shape), axis=1)
            colors = truth[cells[:, 0], cells[:, 1]]
            if colorizer.model.takes_hints:
                answers = {"network": told(colorizer, photo, prediction.guide, cells, colors)}
            else:
                began = time.perf_counter()
                propagate(ab, prediction.guide, prediction.features, cells, colors)
                seconds.append(time.perf_counter() - began)
                answers = results(prediction, cells, colors)
            for method, result in answers.items():
                now, changed = np.linalg.norm(result - truth, axis=-1), np.linalg.norm(result - ab, axis=-1) > 3
                worse = 100 * np.mean((now - off)[changed] > 2) if changed.any() else 0.0
                table.setdefault((method, points), []).append((float(now.mean()), float(worse)))
    print(f"{len(plain)} photographs; without hints the error is {np.mean(plain):.2f}")
    if seconds:
        print(f"carrying takes {1000 * np.median(seconds):.1f} ms (median), at most {1000 * max(seconds):.1f}")
    print(f"{'points':14}" + "".join(f"{points:>16}" for points in POINTS))
    for method in dict.fromkeys(method for method, _ in table):
        cells_of = (np.mean(table[method, points], axis=0) for points in POINTS)
        print(f"{method:14}" + "".join(f"{error:9.2f}, {worse:3.0f} %" for error, worse in cells_of))


if __name__ == "__main__":
    main()
