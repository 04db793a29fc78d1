"""Pictures as bytes, there and back, by libvips: what a file means as sRGB pixels, and what it is written as.

    decode   a JPEG, PNG, WebP or TIFF file     ->  Decoded (sRGB pixels, alpha, metadata, format)
    encode   pixels, alpha, metadata            ->  bytes

The format is told by the content, never by the name, and only these four decoders of libvips are ever called. The
number of pixels is checked in the header, before any is decoded. A picture damaged or cut short is an error.
"""

import io
import re
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyvips

from photochrom.errors import PhotoError
from photochrom.photo_metadata import attach, complete, gather, needs_exif

# A 16-bit color scan of this size takes 3 GB of memory, and hardly a camera or scanner makes a larger one.
MAX_PIXELS = 500_000_000

_LOADERS = {"jpeg": "jpegload", "png": "pngload", "webp": "webpload", "tiff": "tiffload"}
_MAGIC = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "tiff": re.compile(rb"II[*+]\0|MM\0[*+]"),
}
_FOREIGN = {  # what people try next: named, so that the refusal tells them what they have
    "a GIF": re.compile(rb"GIF8"),
    "a BMP picture": re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL),
    "a HEIC picture": re.compile(rb".{4}ftyp(heic|heix|mif1|msf1|hevc)", re.DOTALL),
    "an AVIF picture": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
    "a JPEG XL picture": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "a JPEG 2000 picture": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "a Photoshop document": re.compile(rb"8BPS"),
    "a PDF document": re.compile(rb"%PDF"),
    "an SVG drawing": re.compile(rb"\s*(<\?xml[^>]*>\s*)?<svg"),
}

pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)  # its cache of operations pays only when the same file is opened again and again


class Decoded(NamedTuple):
    """A picture in memory: sRGB H x W x (1|3), alpha H x W or None, both uint8 or uint16; see `photo_metadata`."""

    pixels: np.ndarray
    alpha: np.ndarray | None
    metadata: dict[str, object]
    format: str


def decode(file: BinaryIO, name: str) -> Decoded:
    """Decode a seekable file to upright sRGB; of several pages or frames, the first.

    EXIF orientation is applied, as is the embedded profile (CMYK and gray ones too); palettes and 1-bit pictures
    become 8-bit. PhotoError, with `name` in its sentence, for other formats, damaged files, more than MAX_PIXELS,
    and other than 8 or 16 bits.
    """
    format = _sniff(file.read(1024), name)
    file.seek(0)
    if isinstance(file, io.BytesIO):
        source = pyvips.Source.new_from_memory(file.getbuffer())
    else:
        source = pyvips.Source.new_from_descriptor(file.fileno())
    try:
        image = pyvips.Operation.call(f"{_LOADERS[format]}_source", source, access="sequential", fail_on="error")
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(
                f"{name} has {image.width} x {image.height} pixels, more than the {MAX_PIXELS // 10**6} megapixels "
                "that photochrom opens; shrink it first."
            )
        image = image.copy_memory().autorot()
        color, alpha = _to_srgb(image, name)
        pixels = color.numpy().reshape(image.height, image.width, -1)
    except pyvips.Error as error:
        raise PhotoError(f"{name} is damaged or cut short and cannot be decoded ({_reason(error)}).") from error
    return Decoded(pixels, alpha, gather(image, format, file), format)


# The lowest at which the JPEG of a colored photograph keeps L* within 1 for 99.9 % of pixels (examples/: 0.75 to 0.92
# at 98, up to 1.17 at 97 and 1.9 at 92, where the file is two thirds as large).
QUALITY = 98


def encode(
    pixels: np.ndarray, alpha: np.ndarray | None, metadata: Mapping[str, object], format: str, quality: int = QUALITY
) -> bytes:
    """Encode sRGB pixels as "jpeg", "png", "webp" or "tiff"; color is tagged sRGB, gray stays plain.

    PNG and TIFF keep 16 bits; JPEG and WebP round to 8. JPEG has no alpha: the picture is laid over white.
    `quality` 1..100 is for JPEG and WebP; a WebP of quality 100 is lossless. JPEG chroma is never subsampled, because
    chroma is what this program makes.
    """
    if format not in _LOADERS:
        raise PhotoError(f"photochrom does not write {format!r}; choose one of {', '.join(_LOADERS)}.")
    if not 1 <= quality <= 100:
        raise PhotoError(f"quality is {quality}; choose a number from 1 to 100.")
    if format in ("jpeg", "webp"):
        pixels, alpha = to_depth(pixels, np.dtype(np.uint8)), _to_8_bits(alpha)
    if format == "jpeg" and alpha is not None:
        pixels, alpha = _over_white(pixels, alpha), None
    image = attach(_as_image(pixels, alpha), metadata, format)
    keep = "xmp|iptc|icc|other" + ("|exif" if needs_exif(metadata, format) else "")
    try:
        if format == "jpeg":
            data = image.jpegsave_buffer(Q=quality, subsample_mode="off", optimize_coding=True, keep=keep)
        elif format == "png":
            data = image.pngsave_buffer(compression=6, keep=keep)
        elif format == "webp":
            data = image.webpsave_buffer(
                Q=quality, lossless=quality == 100, exact=True, smart_subsample=True, keep=keep
            )
        else:
            data = image.tiffsave_buffer(compression="deflate", predictor="horizontal", keep=keep)
    except pyvips.Error as error:
        raise PhotoError(f"the picture cannot be written as {format} ({_reason(error)}).") from error
    return complete(bytes(data), metadata, format)


def to_depth(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """uint8 or uint16 values as the other, rounded exactly: v * 255 / 65535 and back."""
    if values.dtype == dtype:
        return values
    if dtype == np.uint16:
        return values.astype(np.uint16) * np.uint16(257)
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _sniff(head: bytes, name: str) -> str:
    if not head:
        raise PhotoError(f"{name} is empty (zero bytes); look for another copy of the photograph.")
    for format, magic in _MAGIC.items():
        if magic.match(head):
            return format
    for kind, magic in _FOREIGN.items():
        if magic.match(head):
            raise PhotoError(f"{name} is {kind}, which photochrom can't read; convert it to JPEG, PNG, WebP or TIFF.")
    raise PhotoError(f"{name} is not a picture: whatever its name says, it is neither JPEG, PNG, WebP nor TIFF.")


def _to_srgb(image: Any, name: str) -> tuple[Any, np.ndarray | None]:
    """Split off alpha and bring what is left to sRGB, 1 or 3 bands of 8 or 16 bits."""
    if image.interpretation in ("lab", "labs"):
        image = image.colourspace("rgb16")
    if image.format not in ("uchar", "ushort"):
        raise PhotoError(f"{name} stores its pixels as {image.format}; photochrom reads 8 and 16 bits, save it so.")
    bands = 4 if image.interpretation == "cmyk" else 3 if image.bands >= 3 else 1
    shape = (image.height, image.width)  # which libvips forgets of a single pixel
    alpha = image.extract_band(bands).numpy().reshape(shape) if image.bands > bands else None
    return _convert(_named(image.extract_band(0, n=bands))), alpha


def _named(color: Any) -> Any:
    """Tell libvips what its bands mean, whatever the file had beside them."""
    deep = color.format == "ushort"
    meaning = {1: "grey16" if deep else "b-w", 3: "rgb16" if deep else "srgb", 4: "cmyk"}
    return color.copy(interpretation=meaning[color.bands])


def _convert(color: Any) -> Any:
    """Apply the embedded profile; a broken one, or one for another kind of picture, is passed over, as viewers do."""
    space = bytes(color.get("icc-profile-data"))[16:20] if color.get_typeof("icc-profile-data") else b""
    depth, bands = 16 if color.format == "ushort" else 8, color.bands
    if bands == 4:  # libvips brings a CMYK profile for pictures without one
        return color.icc_transform("srgb", embedded=space == b"CMYK", input_profile="cmyk", depth=depth)
    if bands == 1 and space == b"RGB ":  # a common mistake that still says which tone curve is meant
        color = _named(color.bandjoin([color, color]))
    elif space != (b"RGB " if bands == 3 else b"GRAY"):
        return color
    try:
        converted = color.icc_transform("srgb", embedded=True, depth=depth, black_point_compensation=True).copy_memory()
    except pyvips.Error:
        converted = color
    return converted.extract_band(1) if converted.bands > bands else converted


def _as_image(pixels: np.ndarray, alpha: np.ndarray | None) -> Any:
    height, width, bands = pixels.shape
    if alpha is not None:
        pixels = np.concatenate([pixels, alpha[..., None]], axis=2)
    deep = pixels.dtype == np.uint16
    image = pyvips.Image.new_from_memory(
        np.ascontiguousarray(pixels).data, width, height, pixels.shape[2], "ushort" if deep else "uchar"
    )
    if bands == 1:
        return image.copy(interpretation="grey16" if deep else "b-w")
    image = image.copy(interpretation="rgb16" if deep else "srgb")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", pyvips.Operation.call("profile_load", "srgb"))
    return image


def _to_8_bits(alpha: np.ndarray | None) -> np.ndarray | None:
    return None if alpha is None else to_depth(alpha, np.dtype(np.uint8))


def _over_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None].astype(np.float32) / 255
    return np.rint(pixels * share + 255 * (1 - share)).astype(np.uint8)


def _reason(error: Any) -> str:
    lines = [line.strip() for line in str(error.detail or error.message).splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
