"""The pictures of a study, made ahead: each photograph's square of 256 x 256, and what every system makes of its gray.

    FOLDER/pictures/SYSTEM/NAME.png

All are PNG without compression and without metadata: every file has the same length, so that neither size nor header
tells a photograph from a colorized one. What is there already is not made again.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from photochrom.color import srgb_to_lab
from photochrom.errors import DataError, PhotoError, StudyError
from photochrom.evaluation import systems
from photochrom.evaluation.frames import centered
from photochrom.evaluation.photographs import Photographs, find_photographs
from photochrom.evaluation.systems import Color, System
from photochrom.photo import Photo
from photochrom.photo.codec import to_depth
from photochrom.photo.files import write_file
from photochrom.studies.turing.protocol import RANDOM, TRUTH

Pixels = NDArray[np.uint8]

SIDE = 256  # pixels (Zhang 2016, 3.1)
GRAY = 5.0  # a photograph none of whose pixels has |a| or |b| above it is gray (Zhang 2016's mask while training)
PICTURES = "pictures"
MADE_BY = "made-by"  # a file in each system's folder: what tells whether it is still the same system

Step = Callable[[str], None]


@dataclass(frozen=True)
class Gathered:
    """The photographs and the systems of a study, before any picture is made."""

    photographs: Photographs
    systems: tuple[System, ...]
    """Those that people judge; the random baseline is not among them."""

    @cached_property
    def names(self) -> list[str]:
        """File names of the pictures, one a photograph, the same whatever else there is."""
        return [_file_name(self.photographs.name(index)) for index in range(len(self.photographs))]

    @property
    def identities(self) -> dict[str, str]:
        """What tells whether the systems are still the same: name -> SHA-256."""
        return {one.name: one.identity for one in self.systems}

    @property
    def steps(self) -> int:
        """How often `prepare` calls `step`, at most."""
        return len(self.photographs) * (2 + len(self.systems))


def gather(photos: Sequence[Path | str], models: Sequence[str], results: Sequence[str], folder: Path) -> Gathered:
    """Find photographs and systems; nothing is decoded.

    photos   folders, tar shards and files of photographs in color
    models   NAME, PATH or LABEL=PATH, see `evaluation.systems.model`
    results  NAME=FOLDER: pictures that another program colorized, at the photograph's size or as squares of 256
    """
    photographs = find_photographs(photos, "folder", folder)
    found = [*map(systems.model, models), *(systems.results(word, photographs) for word in results)]
    if not found:
        raise StudyError("There is nothing to judge; name a model with --model or pictures with --results NAME=FOLDER.")
    names = [one.name for one in found]
    for name in names:
        if name in (TRUTH, RANDOM) or names.count(name) > 1 or PurePosixPath(name).name != name:
            raise StudyError(f"{name!r} can't be the name of a system, or of two; give another: --model OTHER=PATH.")
    if len(set(files := [_file_name(one.name) for one in photographs.listed])) < len(files):
        raise StudyError("Two photographs have the same name; give folders that are not called the same.")
    return Gathered(photographs, tuple(found))


def prepare(gathered: Gathered, folder: Path, step: Step, tell: Step) -> list[str]:
    """Make all pictures that are missing; the file names of the photographs that can be used, in order.

    step  called before each picture with the photograph's name
    tell  called with a sentence for each photograph that is left out: unreadable, gray, or smaller than 256 pixels
    """
    places = [index for index in range(len(gathered.photographs)) if _has_truth(gathered, index, folder, step, tell)]
    if len(places) < 2:
        raise DataError(
            f"{len(places)} of {len(gathered.photographs)} photographs can be used; a study needs two or more."
        )
    usable = _only(gathered, places)
    every = [*usable.systems, systems.baseline(RANDOM)]
    for system in every:
        _claim(folder, system)
    for system in every:
        color = None  # opened when the first picture is missing: a study that goes on loads no model
        for index, name in enumerate(usable.names):
            step(usable.photographs.name(index))
            path = picture(folder, system.name, name)
            if not path.exists():
                color = color or _opened(system, usable.photographs)
                _write(path, color(read_picture(picture(folder, TRUTH, name)), index))
    return usable.names


def picture(folder: Path, system: str, name: str) -> Path:
    """Where a picture lies."""
    return folder / PICTURES / system / name


def read_picture(path: Path) -> Pixels:
    """A picture file as sRGB bytes H x W x 3; PhotoError when it cannot be read."""
    pixels = to_depth(Photo.read(path).pixels, np.dtype(np.uint8))
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def plain_png(pixels: Pixels) -> bytes:
    """A PNG of sRGB bytes H x W x 3 that stores them as they are: its length follows from H and W alone."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)  # 0: no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _claim(folder: Path, system: System) -> None:
    """Say in a system's folder what its pictures are made by; StudyError where they are made by something else."""
    place = folder / PICTURES / system.name / MADE_BY
    if not place.exists():
        _make_folder(place.parent)
        write_file(place, system.identity.encode(), overwrite=True)
    elif place.read_text(encoding="utf-8", errors="replace") != system.identity:
        raise StudyError(
            f"{place.parent} holds pictures of {system.name} as it was before; choose another folder with -o, or "
            "another name with --model NAME=PATH."
        )


def _has_truth(gathered: Gathered, index: int, folder: Path, step: Step, tell: Step) -> bool:
    """Make the square of one photograph, unless it can't be used."""
    name = gathered.photographs.name(index)
    step(name)
    path = picture(folder, TRUTH, gathered.names[index])
    if path.exists():
        return True
    try:
        whole = gathered.photographs.read(index)
    except PhotoError as error:
        tell(f"Left out: {error}")
        return False
    if min(whole.shape[:2]) < SIDE:
        tell(f"Left out: {name} has {whole.shape[1]} x {whole.shape[0]} pixels, fewer than {SIDE} one way.")
        return False
    square = centered(whole, SIDE)
    if np.abs(srgb_to_lab(square.astype(np.float32) / 255)[..., 1:]).max() <= GRAY:
        tell(f"Left out: {name} is gray, and anybody could tell it from a colorized version.")
        return False
    _write(path, square)
    return True


def _only(gathered: Gathered, places: Sequence[int]) -> Gathered:
    """The same study with the photographs at these places."""
    old = gathered.photographs
    listed, labels = [old.listed[place] for place in places], [old.labels[place] for place in places]
    found = tuple(
        replace(one, files=[one.files[place] for place in places] if one.files else ()) for one in gathered.systems
    )
    return Gathered(replace(old, listed=listed, labels=labels), found)


def _opened(system: System, photographs: Photographs) -> Color:
    """Something that colors; pictures of another program are cut to the square here, at whatever size they are."""
    if system.kind != "results":
        return system.open(photographs)

    def color(truth: Pixels, index: int) -> Pixels:
        path = system.files[index]
        pixels = read_picture(path)
        if pixels.shape != truth.shape and pixels.shape != (size := photographs.read(index).shape):
            raise PhotoError(
                f"{path} ({system.name}) is {pixels.shape[1]} x {pixels.shape[0]}, and the photograph "
                f"{photographs.name(index)} is {size[1]} x {size[0]}; give it at that size, or as its square of {SIDE}."
            )
        return centered(pixels, SIDE)

    return color


def _file_name(name: str) -> str:
    """Of a photograph INPUT/path/to/picture.jpg: short, readable, its own."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    stem = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in PurePosixPath(name).stem[:60])
    return f"{stem}-{digest}.png"


def _write(path: Path, pixels: Pixels) -> None:
    _make_folder(path.parent)
    write_file(path, plain_png(pixels), overwrite=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"The folder {folder} can't be made ({error.strerror or error}).") from None
