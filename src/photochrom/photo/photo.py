"""A photograph as a value: pixels with depth, alpha and metadata; read and written by libvips.

    photo = Photo.read("old.jpg")               JPEG, PNG, WebP, TIFF, ...; 8 or 16 bits; upright; sRGB
    photo.lightness()                           float32 H x W, L* 0..100
    photo.shrunk_lightness(160, 213)            the same of a small copy, without a plane of the full size
    photo.rows(0, 100)                          pixels, a strip of them
    photo.with_pixels(rgb).write("new.png")

What is not color (alpha, EXIF, XMP, IPTC, resolution) goes from the file that is read into the file that is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np

from photochrom.cores import cores
from photochrom.errors import PhotoError
from photochrom.photo.codec import MAX_PIXELS, QUALITY, save_picture
from photochrom.photo.files import find_photos, format_for, refuse_to_clobber, write_file
from photochrom.photo.formats import SUFFIXES
from photochrom.photo.lightness import strip_lightness
from photochrom.photo.metadata import Keep
from photochrom.photo.rows import Alpha, AtDepth, Pixels, Rows
from photochrom.photo.shrink import shrunk
from photochrom.photo.source import LARGE, read_picture
from photochrom.photo.stream import picture_of
from photochrom.photo.tint import is_colored

__all__ = ["MAX_PIXELS", "SUFFIXES", "Photo", "find_photos"]

SPREAD = 4_000_000  # pixels from which more than one thread pays for a small copy
_PIXELS, _ALPHA = Pixels(), Alpha()


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph: upright, sRGB, 8 or 16 bits, with everything that is not color kept aside for writing.

    `pixels` and `alpha` are arrays to whoever looks at them. They may be given as `photo.rows.Rows`, of a large file or
    of a picture that is made strip by strip: then `rows`, `strips`, `shrunk_lightness`, `is_colored` and `write` never
    hold all of it.
    """

    pixels: Pixels = _PIXELS  # uint8 or uint16, H x W x 1 (gray) or 3 (sRGB)
    alpha: Alpha = _ALPHA  # same dtype, H x W, or None
    metadata: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))  # libvips field -> value
    format: str = "png"  # what it was read from, a name of `photo.formats`
    path: Path | None = None
    notes: tuple[str, ...] = ()  # sentences that a person should be told: "old.tif has 3 pages, ..."

    @classmethod
    def read(cls, path: Path | str, page: int = 0, max_pixels: int = MAX_PIXELS) -> Self:
        """Read a picture file, known by its content; PhotoError says in one sentence why not.

        `page` counts from 0. A picture of more than `max_pixels` is refused by its header. One of more than
        `photo.source.LARGE` stays in its file: keep that where it is while the Photo is in use.
        """
        path = Path(path)
        pixels, alpha, metadata, format, notes = read_picture(path, str(path), page, max_pixels)
        return cls(pixels, alpha, MappingProxyType(metadata), format, path, notes)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "the picture", page: int = 0, max_pixels: int = MAX_PIXELS) -> Self:
        """Decode the bytes of a picture file; `name` stands for it in errors, the rest is as in `read`."""
        pixels, alpha, metadata, format, notes = read_picture(data, name, page, max_pixels)
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
        return self._rows.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self._rows.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        return self.height, self.width

    @property
    def is_gray(self) -> bool:
        """Whether it is stored with one channel. (Three equal channels look gray, but were stored as color.)"""
        return self._rows.shape[2] == 1

    @property
    def dtype(self) -> np.dtype:
        """uint8 or uint16."""
        return self._rows.dtype

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Pixels of the rows start:stop, [stop - start, W, 1 or 3]."""
        return self._rows.rows(start, stop)

    def strips(self) -> Iterator[np.ndarray]:
        """All pixels from the top, some rows at a time."""
        return self._rows.strips()

    def lightness(self, kind: str = "lab") -> np.ndarray:
        """Lightness of every pixel, float32 H x W: L* 0..100, or another kind of `photo.lightness.KINDS`, 0..1."""
        return np.concatenate([strip_lightness(strip, kind) for strip in self.strips()])

    def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> np.ndarray:
        """Lightness, as in `lightness`, at another size: area means where it shrinks, linear where it grows."""
        threads = cores() if self.height * self.width >= SPREAD else 1
        return shrunk(self.strips(), self.size, height, width, partial(strip_lightness, kind=kind), threads)

    def is_colored(self) -> bool:
        """Whether it is in color beyond a tint: one hue (sepia), or a color that follows from the lightness alone."""
        return not self.is_gray and is_colored(self.strips(), self.size)

    def with_pixels(self, pixels: np.ndarray | Rows) -> Self:
        """The same photograph with other pixels, uint8 or uint16, H x W x (1|3) of the same H and W."""
        if pixels.dtype not in (np.uint8, np.uint16) or len(pixels.shape) != 3 or pixels.shape[2] not in (1, 3):
            raise PhotoError(f"pixels are uint8 or uint16, H x W x 1 or 3, not {pixels.dtype} {pixels.shape}.")
        if pixels.shape[:2] != self.size:
            raise PhotoError(f"the photograph is {self.size} (rows, columns), the new pixels are {pixels.shape[:2]}.")
        alpha = _ALPHA.rows(self)
        if alpha is not None and alpha.dtype != pixels.dtype:
            alpha = AtDepth(alpha, pixels.dtype)
        return type(self)(pixels, alpha, self.metadata, self.format, self.path, self.notes)

    def encode(self, format: str | None = None, quality: int = QUALITY, keep: Keep | None = None) -> bytes:
        """The bytes of a file, by default in the format it was read from. See `photo.codec.save_picture`."""
        with picture_of(self._rows, _ALPHA.rows(self)) as image:
            data = save_picture(image, self.metadata, format or self.format, quality, keep=keep)
        assert data is not None  # because there is no target
        return data

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
        if self.height * self.width <= LARGE:
            write_file(path, self.encode(format, quality, keep), overwrite)
        else:
            write_file(path, lambda part: self._save_to(part, format, quality, keep), overwrite)

    def _save_to(self, path: Path, format: str, quality: int, keep: Keep | None) -> None:
        with picture_of(self._rows, _ALPHA.rows(self)) as image:
            save_picture(image, self.metadata, format, quality, path, keep)

    @property
    def _rows(self) -> Rows:
        rows = _PIXELS.rows(self)
        assert rows is not None
        return rows


def _to_integers(array: np.ndarray) -> np.ndarray:
    if array.dtype in (np.uint8, np.uint16):
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise PhotoError(f"an array of {array.dtype} is no photograph; give uint8, uint16, or floats in 0..1.")
    if not (array.min() >= 0 and array.max() <= 1):  # written so that NaN fails too
        raise PhotoError(f"floats of a photograph lie in 0..1, these span {array.min():g}..{array.max():g}.")
    return np.rint(array * np.float32(65535)).astype(np.uint16)
