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
    """Bicubic, in sRGB values; unchanged at its own size."""
    old_height, old_width = pixels.shape[:2]
    if (old_height, old_width) == (height, width):
        return pixels
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, old_width, old_height, 3, "uchar")
    image = image.resize(width / old_width, vscale=height / old_height, kernel="cubic", gap=0)
    result: Pixels = image.numpy().reshape(image.height, image.width, 3)
    return result


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
