"""What a picture's numbers mean: from whatever a file holds to sRGB, lazily, by its embedded ICC profile.

to_srgb   an image that libvips has opened  ->  the same as sRGB or gray of 8 or 16 bits, alpha last
tagged    such an image                     ->  with the sRGB profile for the file to be written
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pyvips

from photochrom.errors import PhotoError

# A profile that moves no color by more than half an 8-bit step is sRGB under another name: applying it costs time and
# rounding and shows nothing.
_SAME = 65535 / 255 / 2
_MEANING = {("uchar", 1): "b-w", ("uchar", 3): "srgb", ("ushort", 1): "grey16", ("ushort", 3): "rgb16"}
_PROFILE = "icc-profile-data"


def to_srgb(image: Any, name: str) -> tuple[Any, bool]:
    """Bring an image to sRGB: 1 or 3 bands of uchar or ushort, and alpha as one more; whether it has alpha.

    Float pixels are 0..1, clipped, and become 16 bits. The embedded profile is applied (CMYK and gray ones too); a
    broken one, or one for another kind of picture, is passed over, as viewers do. PhotoError for other numbers.
    """
    if image.interpretation in ("lab", "labs"):
        image = image.colourspace("rgb16")
    if image.format in ("float", "double"):
        image = _from_floats(image)
    if image.format not in ("uchar", "ushort"):
        raise PhotoError(
            f"{name} stores its pixels as {image.format}; photochrom reads 8 and 16 bits and floats, save it so."
        )
    bands = 4 if image.interpretation == "cmyk" else 3 if image.bands >= 3 else 1
    color = _convert(_named(image.extract_band(0, n=bands)))
    if image.bands == bands:
        return color, False
    joined = color.bandjoin(image.extract_band(bands))
    return joined.copy(interpretation=color.interpretation), True


def tagged(image: Any) -> Any:
    """The image with the names of its bands and, if it is in color, the sRGB profile."""
    bands = image.bands - (image.bands % 2 == 0)
    image = image.copy(interpretation=_MEANING[image.format, bands])
    if bands == 3:
        image.set_type(pyvips.GValue.blob_type, _PROFILE, _srgb())
    return image


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    return bytes(pyvips.Operation.call("profile_load", "srgb"))


def _from_floats(image: Any) -> Any:
    """0..1 as 16 bits; what is outside is clipped, and what is no number is black."""
    numbers = (image == image).ifthenelse(image, 0)
    return numbers.linear(65535, 0.5).cast("ushort").copy(interpretation=image.interpretation)


def _named(color: Any) -> Any:
    """Tell libvips what its bands mean, whatever the file had beside them."""
    return color.copy(interpretation=_MEANING.get((color.format, color.bands), "cmyk"))


def _convert(color: Any) -> Any:
    profile = bytes(color.get(_PROFILE)) if color.get_typeof(_PROFILE) else b""
    space, depth, bands = profile[16:20], 16 if color.format == "ushort" else 8, color.bands
    if bands == 4:  # libvips brings a CMYK profile for pictures without one
        embedded = space == b"CMYK"
        return color.icc_transform("srgb", embedded=embedded, input_profile="cmyk", depth=depth)
    if not _changes(profile, bands):
        return color
    if bands == 1 and space == b"RGB ":  # a common mistake that still says which tone curve is meant
        color = _named(color.bandjoin([color, color]))
    converted = color.icc_transform("srgb", embedded=True, depth=depth, black_point_compensation=True)
    return _named(converted.extract_band(1)) if bands == 1 else converted


@lru_cache(maxsize=8)
def _changes(profile: bytes, bands: int) -> bool:
    """Whether a profile can be used on so many bands and is not sRGB already, found by trying it on a few colors."""
    if profile[16:20] not in ((b"RGB ",) if bands == 3 else (b"GRAY", b"RGB ")):
        return False
    ramp = np.linspace(0, 65535, 256 if bands == 1 else 9).astype(np.uint16)
    gray = bands == 1 and profile[16:20] == b"GRAY"
    colors = [ramp] if gray else [ramp] * 3 if bands == 1 else np.meshgrid(ramp, ramp, ramp)
    trial = np.stack([band.reshape(1, -1) for band in colors], axis=2)
    image = _named(pyvips.Image.new_from_array(trial))
    image.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    try:
        result = image.icc_transform("srgb", embedded=True, depth=16, black_point_compensation=True).numpy()
    except pyvips.Error:
        return False
    return bool(np.abs(result.reshape(1, -1, 3).astype(int) - trial).max() > _SAME)
