"""What a picture's numbers mean: from whatever a file holds to sRGB, lazily, by its embedded ICC profile.

to_srgb   an image that libvips has opened  ->  the same as sRGB or gray of 8 or 16 bits, alpha last
tagged    such an image                     ->  with the sRGB profile for the file to be written
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pyvips

from photochrom.color import linear_to_srgb
from photochrom.errors import PhotoError
from photochrom.photo.tone import light_of_gray

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
    if image.interpretation in ("lab", "labs", "labq"):
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
    depth = 16 if color.format == "ushort" else 8
    if color.bands == 4:  # libvips brings a CMYK profile for pictures without one
        embedded = profile[16:20] == b"CMYK"
        return color.icc_transform("srgb", embedded=embedded, input_profile="cmyk", depth=depth)
    if color.bands == 1:
        table = _gray_table(profile, depth)
        return color if table is None else _named(color.maplut(pyvips.Image.new_from_array(table)))
    return _transformed(color) if _changes(profile) else color


def _transformed(color: Any) -> Any:
    depth = 16 if color.format == "ushort" else 8
    return color.icc_transform("srgb", embedded=True, depth=depth, black_point_compensation=True)


@lru_cache(maxsize=8)
def _changes(profile: bytes) -> bool:
    """Whether a profile can be used for RGB and is not sRGB already, found by trying it on a few colors."""
    ramp = np.linspace(0, 65535, 9).astype(np.uint16)
    trial = np.stack([band.reshape(1, -1) for band in np.meshgrid(ramp, ramp, ramp)], axis=2)
    result = _tried(trial, profile) if profile[16:20] == b"RGB " else None
    return result is not None and bool(np.abs(result.astype(int) - trial).max() > _SAME)


@lru_cache(maxsize=8)
def _gray_table(profile: bytes, depth: int) -> np.ndarray | None:
    """The sRGB gray of every gray value, one row; None if it stays as it is, or the profile can't be used.

    A profile for RGB is a common mistake that still says which tone curve is meant.
    """
    if profile[16:20] not in (b"GRAY", b"RGB "):
        return None
    top = 2**depth - 1
    values = np.arange(top + 1).reshape(1, -1)
    light = light_of_gray(profile, top + 1)
    if light is not None:
        result = linear_to_srgb(light.reshape(1, -1)) * top
    else:
        bands = 1 if profile[16:20] == b"GRAY" else 3
        deep = np.rint(values * (65535 / top)).astype(np.uint16)
        tried = _tried(np.repeat(deep[..., None], bands, axis=2), profile)
        if tried is None:
            return None
        result = tried[..., 1] * (top / 65535)
    if np.abs(result - values).max() * (65535 / top) <= _SAME:
        return None
    table: np.ndarray = np.rint(result).astype(np.uint8 if depth == 8 else np.uint16)
    return table


def _tried(pixels: np.ndarray, profile: bytes) -> np.ndarray | None:
    """These 16-bit pixels in sRGB by Little CMS, [1, n, 3]; None if it can't use the profile."""
    image = _named(pyvips.Image.new_from_array(pixels))
    image.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    try:
        result: np.ndarray = _transformed(image).numpy().reshape(1, -1, 3)
    except pyvips.Error:
        return None
    return result
