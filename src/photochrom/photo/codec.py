"""Pictures as bytes, there and back, by libvips: what a file means as sRGB pixels, and what it is written as.

    open_picture   a file               ->  Opened (a lazy image: rows are decoded when they are asked for)
    decode         a file               ->  Decoded (sRGB pixels, alpha, metadata, format)
    save_picture   a lazy image         ->  a file or its bytes, a few rows at a time
    encode         pixels, alpha        ->  bytes

The format is told by the content, never by the name (`photo.formats`). The number of pixels is checked in the header,
before any is decoded. A picture damaged or cut short is an error.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyvips

from photochrom.errors import PhotoError, PixelsError
from photochrom.photo.exif import read_tiff
from photochrom.photo.formats import ANIMATED, LONGEST, WRITABLE, sniff, written_as
from photochrom.photo.gif import first_frame, frames_are_whole
from photochrom.photo.metadata import Keep, attach, complete, gather, needs_exif
from photochrom.photo.opening import Access, damaged, full_scale, load, number, reason, refusal, seekable
from photochrom.photo.profiles import tagged, to_srgb

__all__ = [
    "MAX_PIXELS", "QUALITY", "Decoded", "Opened", "count_pages", "damaged", "decode", "encode", "in_memory",
    "open_picture", "save_picture", "to_depth",
]  # fmt: skip

# A 16-bit color scan of this size takes 3 GB of memory, and hardly a camera or scanner makes a larger one.
MAX_PIXELS = 500_000_000

# The lowest at which the JPEG of a colored photograph keeps L* within 1 for 99.9 % of pixels (examples/: 0.75 to 0.92
# at 98, up to 1.17 at 97 and 1.9 at 92, where the file is two thirds as large).
QUALITY = 98

pyvips.cache_set_max(0)  # its cache of operations pays only when the same file is opened again and again


class Opened(NamedTuple):
    """A picture that is decoded while its rows are pulled, and what to tell the person about it, a sentence each.

    image       pyvips image, upright sRGB: 1 (gray) or 3 bands, and one more if has_alpha; uchar or ushort
    metadata    see `photo.metadata`
    format      what it was read from, a name of `photo.formats.LOADERS`
    """

    image: Any
    has_alpha: bool
    metadata: dict[str, object]
    format: str
    notes: tuple[str, ...]


class Decoded(NamedTuple):
    """A picture in memory: sRGB H x W x (1|3), alpha H x W or None, both uint8 or uint16; the rest as in Opened."""

    pixels: np.ndarray
    alpha: np.ndarray | None
    metadata: dict[str, object]
    format: str
    notes: tuple[str, ...]


def open_picture(
    source: Path | bytes | BinaryIO,
    name: str,
    page: int = 0,
    max_pixels: int = MAX_PIXELS,
    access: Access = "sequential",
) -> Opened:
    """Open a picture as a lazy image, upright and in sRGB; of several pages or frames, the one at `page`, from 0.

    source      a path, a file's bytes, or a binary file at its beginning (don't use it while the image is in use)
    access      "sequential": rows are pulled once, from top to bottom; "random": in any order and more than once, for
                which libvips keeps large pictures in a temporary file. Photographs that lie on their side are always
                opened so.

    EXIF orientation and the embedded profile are applied; palettes and 1-bit pictures become 8-bit, floats 16-bit.
    PhotoError, with `name` in its sentence, for other formats, files that can't be opened, more than `max_pixels`
    (told from the header), and pages that aren't there. Damage further down in the file is a pyvips.Error while
    pulling: see `damaged`.
    """
    with seekable(source, name) as file:
        format = sniff(file.read(1024), name)
        try:
            return _open(file, format, name, page, max_pixels, access)
        except pyvips.Error as error:
            raise damaged(name, error) from error


def count_pages(source: Path | bytes | BinaryIO, name: str) -> int:
    """How many pages or frames a file holds; errors as in `open_picture`."""
    with seekable(source, name) as file:
        format = sniff(file.read(1024), name)
        try:
            return number(load(file, format, 0, "sequential"), "n-pages")
        except pyvips.Error as error:
            raise damaged(name, error) from error


def decode(source: Path | bytes | BinaryIO, name: str, page: int = 0, max_pixels: int = MAX_PIXELS) -> Decoded:
    """Decode a picture into memory; arguments and errors as in `open_picture`, damage included."""
    return in_memory(open_picture(source, name, page, max_pixels), name)


def in_memory(opened: Opened, name: str) -> Decoded:
    """Decode what was opened; PhotoError for damage."""
    image, has_alpha, metadata, format, notes = opened
    try:
        pixels = image.numpy().reshape(image.height, image.width, -1)  # libvips forgets the shape of a single pixel
    except pyvips.Error as error:
        raise damaged(name, error) from error
    if not has_alpha:
        return Decoded(pixels, None, metadata, format, notes)
    color, alpha = np.ascontiguousarray(pixels[..., :-1]), np.ascontiguousarray(pixels[..., -1])
    return Decoded(color, alpha, metadata, format, notes)


def encode(
    pixels: np.ndarray,
    alpha: np.ndarray | None,
    metadata: Mapping[str, object],
    format: str,
    quality: int = QUALITY,
    keep: Keep | None = None,
) -> bytes:
    """The bytes of a file with these sRGB pixels, as `save_picture` writes it."""
    if alpha is not None:
        pixels = np.concatenate([pixels, alpha[..., None]], axis=2)
    height, width, bands = pixels.shape
    kind = "ushort" if pixels.dtype == np.uint16 else "uchar"
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, bands, kind)
    data = save_picture(image, metadata, format, quality, keep=keep)
    assert data is not None  # because there is no target
    return data


def save_picture(
    image: Any,
    metadata: Mapping[str, object],
    format: str,
    quality: int = QUALITY,
    target: Path | None = None,
    keep: Keep | None = None,
) -> bytes | None:
    """Write a (lazy) image as "jpeg", "png", "webp", "tiff" or "avif" to `target`, or give back the file's bytes.

    image       1 (gray) or 3 (sRGB) bands, and one more for alpha; uchar or ushort
    quality     1..100, for JPEG, WebP and AVIF; 100 is lossless in the latter two, and so is AVIF with alpha
    keep        what to leave out of the metadata and what to add

    Color is tagged sRGB, gray stays plain. PNG and TIFF keep 16 bits, AVIF 12 of them, JPEG and WebP 8. JPEG has no
    alpha: the picture is laid over white. Chroma is never subsampled in JPEG and AVIF, because chroma is what this
    program makes. "gif" and "heic", which are only read, become PNG. OSError when the disk refuses `target`, PhotoError
    for everything else that goes wrong.
    """
    format = written_as(format)
    if format not in WRITABLE:
        raise PhotoError(f"photochrom does not write {format!r}; choose one of {', '.join(WRITABLE)}.")
    if not 1 <= quality <= 100:
        raise PhotoError(f"quality is {quality}; choose a number from 1 to 100.")
    if max(image.width, image.height) > (longest := LONGEST.get(format, 2**31)):
        raise PhotoError(
            f"a picture of {image.width} x {image.height} pixels is too long for {format}, which holds {longest}; "
            "write it as PNG or TIFF."
        )
    metadata = (keep or Keep()).applied(metadata)
    image = attach(tagged(_fitted(image, format)), metadata, format)
    fields = "xmp|iptc|icc|other" + ("|exif" if needs_exif(metadata, format) else "")
    options = _options(image, format, quality) | {"keep": fields}
    saver = "heif" if format == "avif" else format
    try:
        if target is None:
            data = io.BytesIO(getattr(image, f"{saver}save_buffer")(**options))
            complete(data, metadata, format)
            return data.getvalue()
        with target.open("w+b", buffering=0) as file:
            getattr(image, f"{saver}save_target")(pyvips.Target.new_to_descriptor(file.fileno()), **options)
            complete(file, metadata, format)
    except pyvips.Error as error:
        if refused := refusal(error):
            raise refused from error
        raise PhotoError(f"the picture cannot be written as {format} ({reason(error)}).") from error
    return None


def to_depth(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """uint8 or uint16 values as the other, rounded exactly: v * 255 / 65535 and back."""
    if values.dtype == dtype:
        return values
    if dtype == np.uint16:
        return values.astype(np.uint16) * np.uint16(257)
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _open(file: BinaryIO, format: str, name: str, page: int, max_pixels: int, access: Access) -> Opened:
    pages = number(load(file, format, 0, "sequential"), "n-pages") if page else 1
    if not 0 <= page < pages:
        raise PhotoError(f"{name} has {pages} {'page' if pages == 1 else 'pages'}; there is no page {page + 1}.")
    image = load(file, format, page, access)
    if image.width * image.height > max_pixels:
        raise PixelsError(
            f"{name} has {image.width} x {image.height} pixels, more than the {max_pixels / 10**6:g} megapixels "
            "that photochrom opens; shrink it first."
        )
    if access == "sequential" and number(image, "orientation") > 2:  # the first row is not first in the file
        image = load(file, format, page, "random")
    if format == "gif" and not frames_are_whole(file, page + 1):
        raise pyvips.Error("gif", "gif: pixels are missing")
    metadata = gather(image, read_tiff(file, page) if format == "tiff" else None)
    color, has_alpha = to_srgb(full_scale(image, format).autorot(), name)
    notes = list(_notes(image, format, name, page))
    if format == "gif" and page == 0 and not has_alpha and first_frame(file) != (image.width, image.height):
        notes.append(f"{name} is painted in part only; the rest of it is black.")
    return Opened(color, has_alpha, metadata, format, tuple(notes))


def _notes(image: Any, format: str, name: str, page: int) -> Iterator[str]:
    pages = number(image, "n-pages")
    if pages > 1 and page == 0:
        if format in ANIMATED:
            yield f"{name} is an animation of {pages} frames; the first one was taken."
        else:
            yield f"{name} has {pages} pages, the first one was taken; --pages all takes them all."


def _fitted(image: Any, format: str) -> Any:
    """What the format can hold: 8 bits, no alpha."""
    if image.format == "ushort" and format in ("jpeg", "webp"):
        image = image.linear(1 / 257, 0.5).cast("uchar")
    if image.format == "ushort" and format == "avif":  # libvips takes the upper 12 bits: rounded here, not cut off
        image = (image.linear(4095 / 65535, 0.5).cast("ushort") * 16).cast("ushort")
    if format == "jpeg" and image.bands in (2, 4):
        image = image.copy(interpretation="srgb" if image.bands == 4 else "b-w").flatten(background=255)
    return image


def _options(image: Any, format: str, quality: int) -> dict[str, object]:
    """How libvips writes each format."""
    if format == "jpeg":  # not "optimize_coding": a fifth smaller, but it takes three times as long, a second pass
        return {"Q": quality, "subsample_mode": "off"}
    if format == "png":
        return {"compression": 6}
    if format == "webp":
        if quality == 100:  # then Q is patience: 100 takes many times as long as 75 for a thousandth less
            return {"Q": 75, "lossless": True, "exact": True}
        return {"Q": quality, "exact": True, "smart_subsample": True}
    if format == "avif":
        lossless = quality == 100 or image.bands in (2, 4)  # of lossy AVIF, alpha would be lossy too
        bits = 12 if image.format == "ushort" else 8
        effort = 3 if lossless else 1  # the default, 4, takes six times as long for 4 % less
        kind = {"compression": "av1", "bitdepth": bits, "lossless": lossless, "effort": effort}
        return {**kind, "Q": quality, "subsample_mode": "off"}
    size = image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
    return {"compression": "deflate", "predictor": "horizontal", "bigtiff": size > _CLASSIC}


_CLASSIC = 4_000_000_000  # bytes of pixels that safely fit into a TIFF with 32-bit offsets
