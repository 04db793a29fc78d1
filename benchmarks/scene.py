"""A picture for benchmarks: soft shapes, edges and grain, which cost an encoder about what a photograph does."""

from pathlib import Path

import numpy as np

from photochrom import Photo
from photochrom.resample import resize


def scene(height: int, width: int, seed: int = 0) -> np.ndarray:
    """uint8 [height, width]."""
    rng = np.random.default_rng(seed)
    gray = resize(rng.random((45, 60), dtype=np.float32) * 180 + 30, height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.int32)
    for row, column, radius in rng.uniform([0, 0, width / 80], [height, width, width / 10], (60, 3)):
        gray[(y - row) ** 2 + (x - column) ** 2 < radius * radius] += rng.uniform(-50, 50)
    texture = resize(rng.normal(0, 6, (height // 2, width // 2)).astype(np.float32), height, width)
    gray += texture
    gray += rng.normal(0, 1.5, (height, width)).astype(np.float32)
    return np.clip(gray, 0, 255).astype(np.uint8)


def scenes(folder: Path, megapixels: float) -> dict[str, Path]:
    """A gray JPEG and a color one, 4 : 3, of quality 90."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    gray = scene(height, round(height * 4 / 3))
    color = np.stack([gray, (gray * 0.8 + 20).astype(np.uint8), (gray * 0.6 + 40).astype(np.uint8)], axis=-1)
    paths = {"gray": folder / "gray.jpg", "color": folder / "color.jpg"}
    for name, pixels in (("gray", gray), ("color", color)):
        Photo.from_array(pixels).write(paths[name], quality=90)
    return paths
