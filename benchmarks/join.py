"""How well and how fast the join brings colors averaged onto a network's grid back to full size.

    python benchmarks/join.py [FOLDER]      color photographs; without one, synthetic disks

error   mean distance in ab, Lab units, between joined and true colors: enlarging bilinearly, the guided filter as
        published (He & Sun 2015), and photochrom's join. The true colors are averaged onto a grid of 64 cells a side.
speed   a photograph of 12 megapixels rendered from a prediction, as a multiple of converting it from Lab by libvips
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pyvips

from photochrom.color import srgb_to_lab
from photochrom.colorizer import Colorizer
from photochrom.join import EPSILON, join, radius_for
from photochrom.photo import Photo, find_photos
from photochrom.prediction import Prediction
from photochrom.representations import AbBins, Readout
from photochrom.resample import box_mean, resize

GRID = 64


def photographs(folders: list[str]) -> list[np.ndarray]:
    """Lab pictures, H x W x 3."""
    if folders:
        return [srgb_to_lab(Photo.read(path).pixels.astype(np.float32) / 255) for path in find_photos(folders[0])]
    rng, (y, x) = np.random.default_rng(0), np.mgrid[0:512, 0:768]
    picture = np.empty((512, 768, 3), np.float32)
    picture[:] = 60, 5, -20
    for row, column, radius in rng.uniform([0, 0, 20], [512, 768, 120], (40, 3)):
        picture[np.hypot(y - row, x - column) < radius] = rng.uniform([20, -50, -50], [90, 50, 50])
    picture[..., 0] += rng.normal(0, 2, picture.shape[:2])
    return [picture]


def bilinear(ab: np.ndarray, guide: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """Without looking at the photograph."""
    return resize(ab, *lightness.shape)


def published(ab: np.ndarray, guide: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """A and B both averaged over the windows."""
    radius = radius_for(*guide.shape)
    level, size = guide[..., None], lightness.shape
    mean, mean_ab = box_mean(level, radius), box_mean(ab, radius)
    slope = box_mean(level * ab, radius) - mean * mean_ab
    slope /= box_mean(level * level, radius) - mean * mean + EPSILON
    smooth = [resize(box_mean(part, radius).astype(np.float32), *size) for part in (slope, mean_ab - slope * mean)]
    return smooth[0] * lightness[..., None] + smooth[1]


def errors(pictures: list[np.ndarray]) -> None:
    """Print the table of errors."""
    for name, method in (("bilinear", bilinear), ("guided, as published", published), ("photochrom", join)):
        total = []
        for lab in pictures:
            scale = GRID / min(lab.shape[:2])
            small = resize(lab, *(round(side * scale) for side in lab.shape[:2]))
            joined = method(small[..., 1:], small[..., 0], lab[..., 0])
            total.append(np.hypot(*np.moveaxis(joined - lab[..., 1:], -1, 0)).mean())
        print(f"{name:22} {np.mean(total):6.2f}")


def speed() -> None:
    """Print the time of a render, and its multiple of libvips' Lab to sRGB."""
    rng = np.random.default_rng(0)
    size = (3000, 4000)
    gray = np.clip(resize(rng.random((60, 80), dtype=np.float32) * 255, *size) + rng.normal(0, 4, size), 0, 255)
    photo = Photo.from_array(gray.astype(np.uint8))
    logits = resize(rng.normal(0, 1.5, (12, 16, 313)).astype(np.float32), GRID, 85)
    prediction = Prediction(
        np.moveaxis(logits, -1, 0), resize(photo.lightness(), GRID, 85), size, AbBins(), Readout(), saturation=2
    )
    colorizer = Colorizer.__new__(Colorizer)  # rendering needs no model
    ours = best(lambda: colorizer.render(photo, prediction))
    lab = np.concatenate([photo.lightness()[..., None], np.full((*size, 2), 20, np.float32)], axis=-1)
    image = pyvips.Image.new_from_memory(lab.data, size[1], size[0], 3, "float").copy(interpretation="lab")
    theirs = best(lambda: image.colourspace("srgb").write_to_memory())
    print(f"{'12 megapixels':22} {ours:6.2f} s, {ours / theirs:.1f} times libvips' Lab to sRGB alone")


def best(work: Callable[[], object], repeats: int = 3) -> float:
    """Seconds of the fastest of a few runs."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


if __name__ == "__main__":
    errors(photographs(sys.argv[1:]))
    speed()
