"""Frames: what part of a photograph is compared, and at which size. sRGB bytes H x W x 3 in and out.

Enlarging and shrinking are bicubic (Catmull-Rom, widened where it shrinks, so that nothing aliases), in sRGB values, as
the published systems resized what they compared.
"""

import numpy as np
import pyvips
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SHORTER, LONGER = 256, 500  # Larsson's canvas of 512 takes photographs whose longer side is below 500


def whole(pixels: Pixels) -> Pixels:
    """The photograph as it is."""
    return pixels


def squashed(pixels: Pixels, side: int = 256) -> Pixels:
    """All of the photograph as a square, its aspect ratio not kept (the 2016 demo of Zhang et al., demo_release.py)."""
    return resized(pixels, side, side)


def centered(pixels: Pixels, side: int = 256) -> Pixels:
    """The largest square in the middle, at one size."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    return resized(pixels[top : top + short, left : left + short], side, side)


def bounded(pixels: Pixels) -> Pixels:
    """Shorter side 256 at most, longer side 500 at most, the aspect ratio kept; never enlarged (autocolorize)."""
    height, width = pixels.shape[:2]
    scale = min(SHORTER / min(height, width), 1)
    if scale * max(height, width) >= LONGER:
        scale = LONGER / max(height, width)
    return resized(pixels, max(1, round(height * scale)), max(1, round(width * scale)))


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """Bicubic, in sRGB values; unchanged at its own size. Within a level or two of Pillow's."""
    rows, columns = pixels.shape[:2]
    if (rows, columns) == (height, width):
        return pixels
    across, down = min(width / columns, 1), min(height / rows, 1)
    if min(across, down) < 1:
        image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, columns, rows, 3, "uchar")
        image = image.resize(across, vscale=down, kernel="cubic", gap=0)
        pixels = image.numpy().reshape(image.height, image.width, 3)
    return _enlarged(_enlarged(pixels, height, 0), width, 1)


def _enlarged(pixels: Pixels, length: int, axis: int) -> Pixels:
    """One axis enlarged, each new pixel from the four nearest; libvips places them elsewhere by a part of a pixel."""
    present = pixels.shape[axis]
    if length <= present:
        return pixels
    position = (np.arange(length) + 0.5) * (present / length) - 0.5
    first = np.floor(position).astype(np.intp) - 1
    shape = [length if one == axis else 1 for one in range(3)]
    total = np.zeros([length if one == axis else side for one, side in enumerate(pixels.shape)], np.float32)
    weights = np.zeros(length, np.float32)
    for tap in range(4):
        inside = (first + tap >= 0) & (first + tap < present)  # beyond the edge there is nothing to weigh
        weight = np.where(inside, _cubic(np.abs(position - (first + tap))), 0).astype(np.float32)
        total += np.take(pixels, np.clip(first + tap, 0, present - 1), axis=axis) * weight.reshape(shape)
        weights += weight
    result: Pixels = np.clip(np.rint(total / weights.reshape(shape)), 0, 255).astype(np.uint8)
    return result


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' kernel with a = -1/2 (Catmull-Rom) at distances 0..2."""
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def bounded_by(pixels: Pixels, side: int) -> Pixels:
    """Longer side `side` at most, the aspect ratio kept; never enlarged."""
    height, width = pixels.shape[:2]
    scale = min(side / max(height, width), 1)
    return resized(pixels, max(1, round(height * scale)), max(1, round(width * scale)))


def as_jpeg(pixels: Pixels, quality: int = 88) -> bytes:
    """The bytes of a JPEG file, without anything but the picture."""
    height, width = pixels.shape[:2]
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, 3, "uchar")
    return bytes(image.copy(interpretation="srgb").jpegsave_buffer(Q=quality, keep="none", optimize_coding=True))
