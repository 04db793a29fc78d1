"""Pictures of one color and albums of them, for studies whose numbers are foreseen."""

from pathlib import Path

import numpy as np
from PIL import Image


def flat(red: int, green: int, blue: int, height: int = 48, width: int = 64) -> np.ndarray:
    """One color everywhere, uint8 H x W x 3."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = red, green, blue
    return pixels


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write a picture, its folder made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path
