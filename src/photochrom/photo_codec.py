"""Pictures as bytes, there and back, by libvips: what a file means as sRGB pixels, and what it is written as.

    decode   bytes of JPEG, PNG, WebP or TIFF   ->  Decoded (sRGB pixels, alpha, metadata, format)
    encode   pixels, alpha, metadata            ->  bytes

The format is told by the content, never by the name, and only these four decoders of libvips are ever called. The number of
pixels is checked in the header, before anything is decoded. A picture that is damaged or cut short is an error.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyvips

from photochrom.errors import PhotoError

# Half a billion: a 16-bit color scan of this size takes 3 GB of memory, and no camera or common scanner makes a larger one.
MAX_PIXELS = 500_000_000

_LOADERS = {"jpeg": "jpegload", "png": "pngload", "webp": "webpload", "tiff": "tiffload"}
_MAGIC = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "tiff": re.compile(rb"II[*+]\0|MM\0[*+]"),
}
_FOREIGN = {  # what people try next: named, so that the refusal tells them what they have
    "a GIF": re.compile(rb"GIF8"),
    "a BMP picture": re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL),
    "a HEIC picture": re.compile(rb"....ftyp(heic|heix|mif1|msf1|hevc)", re.DOTALL),
    "an AVIF picture": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    "a JPEG XL picture": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "a JPEG 2000 picture": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "a Photoshop document": re.compile(rb"8BPS"),
    "a PDF document": re.compile(rb"%PDF"),
    "an SVG drawing": re.compile(rb"\s*(<\?xml[^>]*>\s*)?<svg"),
}
_KEPT = re.compile(r"exif-.*|xmp-data|iptc-data|photoshop-data|resolution-unit|png-comment-.*|image-description")
_DROPPED = re.compile(r"exif-ifd0-Orientation|exif-ifd1-.*")  # applied; and the thumbnail, gray and not yet turned
_XMP_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>\s*))[2-8]""")

pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)  # its cache of operations pays only when the same file is opened again and again
logging.getLogger("pyvips").addHandler(logging.NullHandler())  # warnings of decoders never reach stderr by themselves


class Decoded(NamedTuple):
    """A picture in memory: pixels H x W x (1|3) and alpha H x W or None, both uint8 or uint16; metadata by libvips name."""

    pixels: np.ndarray
    alpha: np.ndarray | None
    metadata: dict[str, object]
    format: str


def sniff(head: bytes, name: str) -> str:
    """The format that the first bytes of a file speak of; PhotoError when it is none of the four."""
    if not head:
        raise PhotoError(f"{name} is empty (zero bytes); look for another copy of the photograph.")
    for format, magic in _MAGIC.items():
        if magic.match(head):
            return format
    for kind, magic in _FOREIGN.items():
        if magic.match(head):
            raise PhotoError(f"{name} is {kind}, which photochrom does not read; convert it to JPEG, PNG, WebP or TIFF first.")
    raise PhotoError(f"{name} is not a picture: its content is neither JPEG, PNG, WebP nor TIFF, whatever its name says.")


def decode(source: Any, format: str, name: str) -> Decoded:
    """Decode a pyvips.Source of a known format to upright sRGB; of several pages or frames, the first.

    EXIF orientation is applied and forgotten, the embedded profile applied (CMYK and gray ones too), palettes and 1-bit pictures
    become 8-bit. PhotoError, with `name` in its sentence, for damaged files, more than MAX_PIXELS, and other than 8 or 16 bits.
    """
    try:
        image = pyvips.Operation.call(f"{_LOADERS[format]}_source", source, access="sequential", fail_on="error")
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(
                f"{name} has {image.width} x {image.height} pixels, more than the {MAX_PIXELS // 10**6} megapixels "
                "that photochrom opens; shrink it first."
            )
        image = image.copy_memory().autorot()
        color, alpha = _to_srgb(image, name)
        metadata = _metadata(image)
        return Decoded(color.numpy().reshape(image.height, image.width, -1), alpha, metadata, format)
    except pyvips.Error as error:
        raise PhotoError(f"{name} is damaged or cut short and cannot be decoded ({_reason(error)}).") from error


def encode(
    pixels: np.ndarray, alpha: np.ndarray | None, metadata: Mapping[str, object], format: str, quality: int = 92
) -> bytes:
    """Encode sRGB pixels as "jpeg", "png", "webp" or "tiff"; color is tagged sRGB, gray stays plain.

    PNG and TIFF keep 16 bits; JPEG and WebP round to 8. JPEG has no alpha: it is laid over white. `quality` 1..100 is for JPEG and
    WebP; a WebP of quality 100 is lossless. JPEG chroma is never subsampled, because chroma is what this program makes.
    """
    if format not in _LOADERS:
        raise PhotoError(f"photochrom does not write {format!r}; choose one of {', '.join(_LOADERS)}.")
    if not 1 <= quality <= 100:
        raise PhotoError(f"quality is {quality}; choose a number from 1 to 100.")
    if format in ("jpeg", "webp"):
        pixels, alpha = _to_8_bits(pixels), None if alpha is None else _to_8_bits(alpha)
    if format == "jpeg" and alpha is not None:
        pixels, alpha = _over_white(pixels, alpha), None
    image = _as_image(pixels, alpha, metadata)
    try:
        if format == "jpeg":
            data = image.jpegsave_buffer(Q=quality, subsample_mode="off", optimize_coding=True)
        elif format == "png":
            data = image.pngsave_buffer(compression=6)
        elif format == "webp":
            data = image.webpsave_buffer(Q=quality, lossless=quality == 100, exact=True, smart_subsample=True)
        else:
            data = image.tiffsave_buffer(compression="deflate", predictor="horizontal")
    except pyvips.Error as error:
        raise PhotoError(f"the picture cannot be written as {format} ({_reason(error)}).") from error
    return bytes(data)


def _to_srgb(image: Any, name: str) -> tuple[Any, np.ndarray | None]:
    """Split off alpha and bring what is left to sRGB, 1 or 3 bands of 8 or 16 bits."""
    deep = image.format == "ushort"
    if image.interpretation in ("lab", "labs"):
        image, deep = image.colourspace("rgb16"), True
    if image.format not in ("uchar", "ushort"):
        raise PhotoError(f"{name} stores its pixels as {image.format}; photochrom reads 8 and 16 bits, save it as one of these.")
    bands = 4 if image.interpretation == "cmyk" else 3 if image.bands >= 3 else 1
    alpha = image.extract_band(bands).numpy() if image.bands > bands else None
    color = image.extract_band(0, n=bands) if image.bands > bands else image
    color = color.copy(interpretation={1: "grey16" if deep else "b-w", 3: "rgb16" if deep else "srgb", 4: "cmyk"}[bands])
    return _convert(color, bands, deep), alpha


def _convert(color: Any, bands: int, deep: bool) -> Any:
    space = bytes(color.get("icc-profile-data"))[16:20] if color.get_typeof("icc-profile-data") else b""
    if bands == 4:  # libvips brings a CMYK profile of its own for pictures without one
        return color.icc_transform("srgb", embedded=space == b"CMYK", input_profile="cmyk", depth=16 if deep else 8)
    if bands == 1 and space == b"RGB ":  # a common mistake that still says which tone curve is meant
        wide = color.bandjoin([color, color]).copy(interpretation="rgb16" if deep else "srgb")
        return _convert(wide, 3, deep).extract_band(1)
    if space not in ((b"RGB ",) if bands == 3 else (b"GRAY",)):
        return color
    converted = _transform(color, deep)
    return converted if bands == 3 or converted.bands == 1 else converted.extract_band(1)


def _transform(color: Any, deep: bool) -> Any:
    try:
        return color.icc_transform("srgb", embedded=True, black_point_compensation=True, depth=16 if deep else 8).copy_memory()
    except pyvips.Error:  # a broken profile says nothing: the pixels are taken as sRGB, as viewers do
        return color


def _metadata(image: Any) -> dict[str, object]:
    fields = [field for field in image.get_fields() if _KEPT.fullmatch(field) and not _DROPPED.fullmatch(field)]
    kept: dict[str, object] = {field: image.get(field) for field in fields}
    xmp = kept.get("xmp-data")
    if isinstance(xmp, bytes):
        kept["xmp-data"] = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    if "exif-ifd2-ColorSpace" in kept:
        kept["exif-ifd2-ColorSpace"] = "1"  # sRGB, which the pixels now are
    return kept | {"xres": image.xres, "yres": image.yres}


def _as_image(pixels: np.ndarray, alpha: np.ndarray | None, metadata: Mapping[str, object]) -> Any:
    height, width, bands = pixels.shape
    if alpha is not None:
        pixels = np.concatenate([pixels, alpha[..., None]], axis=2)
    deep = pixels.dtype == np.uint16
    image = pyvips.Image.new_from_memory(
        np.ascontiguousarray(pixels).data, width, height, pixels.shape[2], "ushort" if deep else "uchar"
    )
    image = image.copy(
        interpretation=("grey16" if deep else "b-w") if bands == 1 else ("rgb16" if deep else "srgb"),
        xres=float(str(metadata.get("xres", 1.0))),
        yres=float(str(metadata.get("yres", 1.0))),
    )
    for field, value in metadata.items():
        if field not in ("xres", "yres"):
            image.set_type(pyvips.GValue.blob_type if isinstance(value, bytes) else pyvips.GValue.gstr_type, field, value)
    if bands == 3:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", pyvips.Operation.call("profile_load", "srgb"))
    return image


def _to_8_bits(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return values
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)  # = round(v * 255 / 65535), exactly


def _over_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None].astype(np.float32) / 255
    return np.rint(pixels * share + 255 * (1 - share)).astype(np.uint8)


def _reason(error: pyvips.Error) -> str:
    lines = [line.strip() for line in str(error.detail or error.message).splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
