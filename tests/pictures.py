"""Small pictures for tests, made on the spot by Pillow and by hand, so that libvips is never its own witness."""

import errno
import io
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from hypothesis import strategies as st
from PIL import Image

from photochrom.photo import Photo

PILLOW_NAMES = {
    "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "tiff": "TIFF", "avif": "AVIF", "gif": "GIF", "bmp": "BMP",
}  # fmt: skip
FORMATS = ("jpeg", "png", "webp", "tiff", "avif")
ORIENTATIONS = range(1, 9)

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, DATE, ARTIST, ORIENTATION, COPYRIGHT = 271, 306, 315, 274, 33432
TAKEN, EXPOSURE, COLOR_SPACE, MAKER_NOTE = 0x9003, 0x829A, 0xA001, 0x927C


def smooth(height: int, width: int, bands: int = 1) -> np.ndarray:
    """Waves without edges, uint8 H x W, or H x W x bands: any honest JPEG keeps them to a few levels."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 60 * np.sin(x / (17 + band)) + 60 * np.cos(y / (23 - band)) for band in range(bands)]
    return np.squeeze(np.stack(waves, axis=2), axis=2 if bands == 1 else ()).astype(np.uint8)


def saved(
    array: np.ndarray,
    format: str,
    *,
    mode: str | None = None,
    exif: Image.Exif | None = None,
    profile: bytes | None = None,
    dpi: tuple[int, int] | None = None,
    progressive: bool = False,
) -> bytes:
    """The array as a file's bytes; `mode` is a Pillow mode to convert to ("P", "1", "CMYK")."""
    image = Image.fromarray(array)
    options = {"exif": exif, "icc_profile": profile, "dpi": dpi, "progressive": progressive or None}
    if format == "webp":
        options |= {"lossless": True, "exact": True}
    if format == "avif":
        options |= {"quality": 100, "subsampling": "4:4:4", "speed": 8}
    buffer = io.BytesIO()
    image = image.convert(mode) if mode else image
    image.save(buffer, PILLOW_NAMES[format], **{name: value for name, value in options.items() if value is not None})
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """What Pillow sees in the bytes of a file."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def exif(orientation: int | None = None) -> Image.Exif:
    """EXIF as a camera and an archive would write it."""
    tags = Image.Exif()
    tags[MAKE], tags[DATE], tags[ARTIST], tags[COPYRIGHT] = "Optics (odd)", "1931:05:17 12:00:00", "A. N. Other", "CC0"
    inner = tags.get_ifd(EXIF_IFD)
    inner[TAKEN], inner[EXPOSURE], inner[MAKER_NOTE] = "1931:05:17 12:00:01", 0.004, b"private\0\1\2" * 9
    tags.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 12.0, 33.5)})
    if orientation is not None:
        tags[ORIENTATION] = orientation
    return tags


def exif_with_thumbnail() -> bytes:
    """The payload of an EXIF segment: a maker, and a small JPEG in the second directory."""
    thumbnail = saved(smooth(8, 8), "jpeg")
    first = struct.pack("<HHHIII", 1, MAKE, 2, 7, 56, 26)  # one tag, its text at 56, the next directory at 26
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 63, 0x0202, 4, 1, len(thumbnail), 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + b"Optics\0" + thumbnail


def told(data: bytes) -> dict[object, object]:
    """What a file's EXIF says about the photograph, as Pillow reads it."""
    tags = opened(data).getexif()
    outer: Mapping[int, object] = {tag: tags.get(tag) for tag in (MAKE, DATE, ARTIST, COPYRIGHT)}
    inner: Mapping[int, object] = {tag: tags.get_ifd(EXIF_IFD).get(tag) for tag in (TAKEN, EXPOSURE, MAKER_NOTE)}
    return {**outer, **inner, "gps": tuple(tags.get_ifd(GPS_IFD).get(2, ()))}


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """How an array that was stored with this EXIF orientation is meant to be looked at (CIPA DC-008, 4.6.4)."""
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a.swapaxes(0, 1)[:, ::-1],
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a.swapaxes(0, 1)[::-1],
    }
    return turn[orientation](stored)


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one more segment right after its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def chunk(name: bytes, payload: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png_header(height: int, width: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
PNG_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}  # number of samples -> color type


def png(samples: np.ndarray, bits: int, *, palette: np.ndarray | None = None, interlaced: bool = False) -> bytes:
    """A PNG of H x W x bands samples of 1, 2, 4, 8 or 16 bits, written by the book (ISO 15948, without filters)."""
    height, width, bands = samples.shape
    color = 3 if palette is not None else PNG_COLORS[bands]
    passes = [samples[top::down, left::across] for top, left, down, across in ADAM7] if interlaced else [samples]
    rows = [row for part in passes if part.size for row in part.reshape(len(part), -1)]
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlaced)
    data = zlib.compress(b"".join(b"\0" + _packed(row, bits) for row in rows))
    colors = b"" if palette is None else chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colors + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _packed(row: np.ndarray, bits: int) -> bytes:
    """A row of samples, the first one in the highest bits of the first byte."""
    if bits >= 8:
        return row.astype(f">u{bits // 8}").tobytes()
    single = (row[:, None] >> np.arange(bits)[::-1]) & 1
    return np.packbits(single.astype(np.uint8).ravel()).tobytes()


def display_p3() -> bytes:
    """A profile with wider primaries than sRGB and the same curve."""
    return bytes(pyvips.Operation.call("profile_load", "p3"))


def gamma_profile(gamma: float, space: bytes = b"GRAY") -> bytes:
    """A minimal ICC profile (version 2): light is value ** gamma, and the primaries of b"RGB " are those of sRGB."""
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"mine\0" + bytes(79)
    tags = {b"wtpt": _xyz(0.9642, 1, 0.8249), b"cprt": b"text\0\0\0\0none\0\0\0\0", b"desc": name}
    if space == b"GRAY":
        tags |= {b"kTRC": curve}
    else:
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
        tags |= {b"rXYZ": _xyz(0.4361, 0.2225, 0.0139), b"gXYZ": _xyz(0.3851, 0.7169, 0.0971)}
        tags |= {b"bXYZ": _xyz(0.1431, 0.0606, 0.7139)}
    parts, table, at = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", at + len(parts), len(data))
        parts += data + bytes(-len(data) % 4)
    size, version = at + len(parts), 0x02100000
    header = struct.pack(">I4xI4s4s4s12x4s", size, version, b"mntr", space, b"XYZ ", b"acsp")
    return (header.ljust(68, b"\0") + _xyz(0.9642, 1, 0.8249)[8:]).ljust(128, b"\0") + table + parts


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


any_channels, any_dtype = st.sampled_from([1, 2, 3, 4]), st.sampled_from([np.uint8, np.uint16])


@st.composite
def arrays(draw, channels=any_channels, dtypes=any_dtype):
    """Noise of any small size, depth and number of channels."""
    height, width = draw(st.integers(1, 50)), draw(st.integers(1, 70))
    dtype = draw(dtypes)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.integers(0, np.iinfo(dtype).max, (height, width, draw(channels)), dtype, endpoint=True)


def lock(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on a folder can't be listed; permissions would not keep root out."""
    plain = os.scandir

    def guarded(place: str | os.PathLike[str] = ".") -> Any:
        if Path(place) == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return plain(place)

    monkeypatch.setattr(os, "scandir", guarded)


def assert_same_picture(one: Photo, other: Photo) -> None:
    assert np.array_equal(one.pixels, other.pixels)
    assert one.pixels.dtype == other.pixels.dtype
    assert (one.alpha is None) == (other.alpha is None)
    if one.alpha is not None:
        assert np.array_equal(one.alpha, other.alpha)
        assert one.alpha.dtype == other.alpha.dtype
