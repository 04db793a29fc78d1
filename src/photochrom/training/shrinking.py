"""From the bytes of any picture file to the small copy that training reads, and what screening needs to know about it.

libvips' `thumbnail` is used and not `Photo`: it decodes JPEG at 1/2, 1/4 or 1/8 of the size where that is enough, which
makes camera photographs several times faster, and converts the profile and turns the picture only after shrinking. The
rules of `Photo` hold all the same: formats by content, at most MAX_PIXELS, damage is an error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvips

from photochrom.photo import MAX_PIXELS
from photochrom.training.hashing import perceptual_hash
from photochrom.training.screening import screen

_SCREENED = 64  # shorter side of the copy that is screened and hashed
_ASPECT = 2  # the longer side is cropped to twice the shorter
_LOADERS = ("jpegload", "pngload", "webpload", "tiffload")
_TURNED = range(5, 9)  # EXIF orientations that swap width and height


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What is known of a picture after one look."""

    drop: str | None  # "broken", "tiny", "gray", "tinted", or None: good so far
    chroma: float = 0.0  # mean Lab chroma
    hash: int = 0  # 64 bits
    side: int = 0  # shorter side of the original, pixels
    data: bytes = b""  # the small copy, encoded; empty when dropped


def shrink(data: bytes, size: int, smallest: int, suffix: str, quality: int) -> Shrunk:
    """Screen a picture and encode its small copy as "webp" or "jpg": shorter side `size` at most, longer twice that.

    Never enlarges. A picture that cannot be decoded whole is "broken", one with a shorter side below `smallest` "tiny".
    """
    try:
        header = pyvips.Image.new_from_buffer(data, "")
        if not str(header.get("vips-loader")).startswith(_LOADERS):
            return Shrunk("broken")
        side = min(header.width, header.height)
        if side < smallest:
            return Shrunk("tiny", side=side)
        if header.width * header.height > MAX_PIXELS:
            return Shrunk("broken", side=side)
        picture = _small_copy(data, header, min(1.0, size / side))
        sample = _pixels(picture.resize(_SCREENED / min(picture.width, picture.height), kernel="linear"))
        drop, chroma = screen(sample)
        if drop:
            return Shrunk(drop, chroma, side=side)
        return Shrunk(None, chroma, perceptual_hash(sample), side, _encode(picture, suffix, quality))
    except pyvips.Error:
        return Shrunk("broken")


def _small_copy(data: bytes, header: Any, scale: float) -> Any:
    """Upright 8-bit sRGB in memory, shrunk by `scale` and cropped about the center."""
    orientation = header.get("orientation") if header.get_typeof("orientation") else 1
    width, height = (header.height, header.width) if orientation in _TURNED else (header.width, header.height)
    # Told to convert, libvips converts sRGB to sRGB as well, which takes three times as long as all the rest.
    convert = header.get_typeof("icc-profile-data") or header.interpretation == "cmyk"
    profile = {"output_profile": "srgb"} if convert else {}
    picture = pyvips.Image.thumbnail_buffer(
        data,
        max(1, round(width * scale)),
        height=max(1, round(height * scale)),
        size="force",
        option_string="[fail_on=error]",  # its own `fail_on` is not handed on to the decoders (libvips 8.18)
        **profile,
    )
    if picture.hasalpha():
        picture = picture.flatten(background=[_middle(picture)])  # what shows through teaches gray, not white
    picture = picture.colourspace("srgb").cast("uchar")
    longest = _ASPECT * min(picture.width, picture.height)
    wide, high = min(picture.width, longest), min(picture.height, longest)
    return picture.crop((picture.width - wide) // 2, (picture.height - high) // 2, wide, high).copy_memory()


def _middle(picture: Any) -> float:
    return 32768.0 if picture.format == "ushort" else 128.0


def _pixels(picture: Any) -> np.ndarray:
    return np.asarray(picture.numpy()).reshape(picture.height, picture.width, -1)


def _encode(picture: Any, suffix: str, quality: int) -> bytes:
    if suffix == "webp":
        return bytes(picture.webpsave_buffer(Q=quality, keep="none"))
    return bytes(picture.jpegsave_buffer(Q=quality, keep="none", optimize_coding=True))
