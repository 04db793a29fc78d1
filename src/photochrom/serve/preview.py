"""Previews: small copies of photographs, and predictions that fit them."""

from dataclasses import replace

import numpy as np

from photochrom.color import lightness_to_gray
from photochrom.cores import cores
from photochrom.photo import Photo
from photochrom.photo.codec import to_depth
from photochrom.photo.rows import Held
from photochrom.photo.shrink import shrunk
from photochrom.prediction import Prediction

SPREAD = 4_000_000  # pixels from which more than one thread pays


def small_copy(photo: Photo, longest: int) -> Photo:
    """The photograph with its longer side at most `longest`, 8 bits a value, in memory, without metadata."""
    scale = longest / max(photo.size)
    if scale >= 1:
        pixels, alpha = to_depth(photo.pixels, np.dtype(np.uint8)), photo.alpha
        return Photo(pixels, None if alpha is None else to_depth(alpha, np.dtype(np.uint8)), format="jpeg")
    height, width = (max(1, round(side * scale)) for side in photo.size)
    threads = cores() if photo.height * photo.width >= SPREAD else 1
    top = np.float32(255 / np.iinfo(photo.dtype).max)
    shape = (height, width, -1)

    def floats(strip: np.ndarray) -> np.ndarray:
        return strip.astype(np.float32)

    def rounded(values: np.ndarray) -> np.ndarray:
        return np.rint(values * top).clip(0, 255).astype(np.uint8)

    pixels = rounded(shrunk(photo.strips(), photo.size, height, width, floats, threads)).reshape(shape)
    alpha = photo.alpha
    if alpha is not None:
        strips = Held(alpha[..., None]).strips()
        alpha = rounded(shrunk(strips, photo.size, height, width, floats, threads)).reshape(height, width)
    return Photo(pixels, alpha, format="jpeg")


def in_gray(photo: Photo) -> Photo:
    """The same lightness without color, 8 bits."""
    gray = np.rint(lightness_to_gray(photo.lightness()) * 255).clip(0, 255).astype(np.uint8)
    return photo.with_pixels(gray[..., None])


def as_preview(prediction: Prediction, size: tuple[int, int]) -> Prediction:
    """The prediction of a photograph as one of its copy of another size (height, width)."""
    return replace(prediction, size=size)


def bytes_of(photo: Photo) -> int:
    """What a photograph in memory takes."""
    return int(photo.pixels.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes))
