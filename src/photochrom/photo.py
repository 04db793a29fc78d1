"""A photograph as a value: pixels with depth, alpha and metadata; read and written by libvips.

    photo = Photo.read("old.jpg")               JPEG, PNG, WebP, TIFF; 8 or 16 bits; upright; sRGB
    photo.lightness()                           float32 H x W, L* 0..100
    photo.shrunk_lightness(160, 213)            the same of a small copy, without a plane of the full size
    photo.rows(0, 100)                          pixels, a strip of them
    photo.with_pixels(rgb).write("new.png")

What is not color (alpha, EXIF, XMP, IPTC, resolution) goes from the file that is read into the file that is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np

from photochrom.color import gray_to_lightness, lightness_of
from photochrom.errors import PhotoError
from photochrom.photo_codec import MAX_PIXELS, QUALITY, decode, encode, to_depth
from photochrom.photo_files import find_photos, format_for, refuse_to_clobber, write_file
from photochrom.photo_formats import SUFFIXES
from photochrom.photo_metadata import Keep
from photochrom.photo_rows import Pixels
from photochrom.photo_tint import is_colored
from photochrom.resample import resize

__all__ = ["MAX_PIXELS", "SUFFIXES", "Photo", "find_photos"]

TINT_SIDE = 128  # pixels of the copy on which color is told from a tint
_PIXELS = Pixels()
_STRIP = 1 << 18  # pixels of a color photograph that are converted at a time: floats stay in the cache, and few


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph: upright, sRGB, 8 or 16 bits, with everything that is not color kept aside for writing.

    `pixels` is an array to whoever looks at it. It may be given as `Rows` (of a large file, or of a picture that is
    made strip by strip): then `rows`, `shrunk_lightness` and `write` never hold all of it.
    """

    pixels: Pixels = _PIXELS  # uint8 or uint16, H x W x 1 (gray) or 3 (sRGB)
    alpha: np.ndarray | None = None  # same dtype, H x W
    metadata: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))  # libvips field -> value
    format: str = "png"  # "jpeg", "png", "webp", "tiff": what it was read from
    path: Path | None = None
    notes: tuple[str, ...] = ()  # sentences that a person should be told: "old.tif has 3 pages, ..."

    @classmethod
    def read(cls, path: Path | str, page: int = 0, max_pixels: int = MAX_PIXELS) -> Self:
        """Read a picture file, known by its content; PhotoError says in one sentence why not.

        `page` counts from 0. A picture of more than `max_pixels` is refused by its header.
        """
        path = Path(path)
        pixels, alpha, metadata, format, notes = decode(path, str(path), page, max_pixels)
        return cls(pixels, alpha, MappingProxyType(metadata), format, path, notes)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "the picture", page: int = 0, max_pixels: int = MAX_PIXELS) -> Self:
        """Decode the bytes of a picture file; `name` stands for it in errors, the rest is as in `read`."""
        pixels, alpha, metadata, format, notes = decode(data, name, page, max_pixels)
        return cls(pixels, alpha, MappingProxyType(metadata), format, notes=notes)

    @classmethod
    def from_array(cls, array: np.ndarray) -> Self:
        """Take an sRGB array: H x W, or H x W x 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha).

        uint8 and uint16 stay as they are; floats 0..1 become uint16. The array is copied. PhotoError for anything else.
        """
        array = np.asarray(array)
        if array.ndim == 2:
            array = array[..., None]
        if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or 0 in array.shape:
            raise PhotoError(f"an array of shape {array.shape} is no photograph; give H x W or H x W x 1, 2, 3 or 4.")
        array = _to_integers(array)
        colors = array.shape[2] - (array.shape[2] % 2 == 0)
        alpha = array[..., -1].copy() if colors < array.shape[2] else None
        return cls(array[..., :colors].copy(), alpha)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        return self.height, self.width

    @property
    def is_gray(self) -> bool:
        """Whether it is stored with one channel. (Three equal channels look gray, but were stored as color.)"""
        return bool(self.pixels.shape[2] == 1)

    def lightness(self, kind: str = "lab") -> np.ndarray:
        """Lightness of every pixel, float32 H x W: "lab" is L* 0..100, "intensity" is (R + G + B) / 3 in 0..1."""
        if kind not in ("lab", "intensity"):
            raise ValueError(f"lightness is 'lab' or 'intensity', not {kind!r}")
        top = np.iinfo(self.pixels.dtype).max
        if kind == "intensity":
            intensity: np.ndarray = self.pixels.mean(axis=2, dtype=np.float32) / np.float32(top)
            return intensity
        if self.is_gray:
            return _gray_lightness(self.pixels[..., 0])
        lightness = np.empty(self.size, np.float32)
        rows = max(1, _STRIP // self.width)
        for top_row in range(0, self.height, rows):
            strip = slice(top_row, top_row + rows)
            lightness[strip] = _strip_lightness(self.pixels[strip])
        return lightness

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Pixels of the rows start:stop, [stop - start, W, 1 or 3]."""
        return self.pixels[start:stop]

    def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> np.ndarray:
        """Lightness, as in `lightness`, at another size: area means where it shrinks, linear where it grows."""
        shrunk: np.ndarray = resize(self.lightness(kind), height, width)
        return shrunk

    def is_colored(self) -> bool:
        """Whether it is in color beyond a tint: one hue (sepia), or a color that follows from the lightness alone."""
        if self.is_gray:
            return False
        scale = TINT_SIDE / max(self.size)
        height, width = (max(1, round(side * min(scale, 1))) for side in self.size)
        small = resize(self.pixels.astype(np.float32), height, width)
        return is_colored(small / np.iinfo(self.pixels.dtype).max)

    def with_pixels(self, pixels: np.ndarray) -> Self:
        """The same photograph with other pixels, uint8 or uint16, H x W x (1|3) of the same H and W."""
        if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
            raise PhotoError(f"pixels are uint8 or uint16, H x W x 1 or 3, not {pixels.dtype} {pixels.shape}.")
        if pixels.shape[:2] != self.size:
            raise PhotoError(f"the photograph is {self.size} (rows, columns), the new pixels are {pixels.shape[:2]}.")
        alpha = None if self.alpha is None else to_depth(self.alpha, pixels.dtype)
        return replace(self, pixels=pixels, alpha=alpha)

    def encode(self, format: str | None = None, quality: int = QUALITY, keep: Keep | None = None) -> bytes:
        """The bytes of a file, by default in the format it was read from. See `photo_codec.save_picture`."""
        return encode(self.pixels, self.alpha, self.metadata, format or self.format, quality, keep)

    def write(
        self, path: Path | str, quality: int = QUALITY, overwrite: bool = False, keep: Keep | None = None
    ) -> None:
        """Write a file in the format of the name's suffix, whole or not at all.

        `keep` says what to leave out of the metadata and what to add. PhotoError when the name is taken (unless
        `overwrite`), says no format, or the folder cannot take the file.
        """
        path = Path(path)
        format = format_for(path)
        refuse_to_clobber(path, overwrite)
        write_file(path, self.encode(format, quality, keep), overwrite)


@cache
def _lightness_table(dtype: np.dtype) -> np.ndarray:
    top = np.iinfo(dtype).max
    table: np.ndarray = gray_to_lightness(np.arange(top + 1) / top).astype(np.float32)
    return table


def _gray_lightness(gray: np.ndarray) -> np.ndarray:
    lightness: np.ndarray = _lightness_table(gray.dtype)[gray]
    return lightness


def _strip_lightness(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return _gray_lightness(green)
    lightness: np.ndarray = lightness_of(pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max))
    return lightness


def _to_integers(array: np.ndarray) -> np.ndarray:
    if array.dtype in (np.uint8, np.uint16):
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise PhotoError(f"an array of {array.dtype} is no photograph; give uint8, uint16, or floats in 0..1.")
    if not (array.min() >= 0 and array.max() <= 1):  # written so that NaN fails too
        raise PhotoError(f"floats of a photograph lie in 0..1, these span {array.min():g}..{array.max():g}.")
    return np.rint(array * np.float32(65535)).astype(np.uint16)
