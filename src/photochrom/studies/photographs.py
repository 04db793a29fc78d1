"""The photographs of a study: found in folders, shards and files, shrunk to a common size, those that are damaged told.

A study looks at small copies, so that it takes minutes and not hours, and so that its numbers do not depend on how
large somebody scanned.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photochrom.color import lab_to_srgb, srgb_to_lab
from photochrom.errors import DataError, PhotoError
from photochrom.listing import Listed, list_pictures
from photochrom.photo import Photo
from photochrom.resample import resize

Pixels = NDArray[np.uint8]

SIDE = 256  # pixels, the shorter side: the size at which Zhang 2016 measures
COLORED = 2.0  # mean chroma from which a photograph counts as one in color: below it no measure against it says much

Step = Callable[[str, int], None]  # called with the name of each photograph as its turn comes, and how many there are


def quiet(name: str, total: int) -> None:
    """A step that tells nobody."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One photograph of a study: its name for people, its class where it lies in a class folder, its small copy."""

    name: str
    folder: str | None
    pixels: Pixels  # uint8 H x W x 3

    @property
    def photo(self) -> Photo:
        """For the colorizer."""
        return Photo.from_array(self.pixels)

    @property
    def stem(self) -> str:
        """The name without folder and suffix."""
        return Path(self.name).stem

    @property
    def is_colored(self) -> bool:
        """Whether it can serve as truth: photographs in gray or faint sepia can't."""
        lab = srgb_to_lab(self.pixels.astype(np.float32) / 255)
        return bool(np.hypot(lab[..., 1], lab[..., 2]).mean() >= COLORED)


@dataclass
class Gathering:
    """The photographs that were found, opened one by one; sentences about those that can't be are collected."""

    listed: list[Listed]
    side: int
    step: Step
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Subject]:
        return (subject for _, subject in self.numbered())

    def numbered(self) -> Iterator[tuple[int, Subject]]:
        """Those that can be read, with their numbers in the list. DataError where none can."""
        opened = 0
        for number, one in enumerate(self.listed):
            self.step(one.name, len(self.listed))
            try:
                subject = self.open(one)
            except (PhotoError, OSError) as error:
                self.notes.append(f"{one.name} was left out: {error}")
                continue
            opened += 1
            yield number, subject
        if not opened:
            raise DataError(f"None of {len(self.listed)} photographs can be read; the first: {self.notes[0]}")

    def open(self, one: Listed) -> Subject:
        """One of them."""
        return Subject(one.name, one.folder, small_copy(Photo.from_bytes(one.read(), one.name), self.side))

    def __len__(self) -> int:
        return len(self.listed)


def gather(
    inputs: Sequence[Path], out: Path, side: int = SIDE, limit: int | None = None, step: Step = quiet
) -> Gathering:
    """The photographs below `inputs` (folders, tars of shards, files) but not below `out`, at most `limit` of them.

    A limit takes photographs at even distances in the list, so that every folder has its part. `side` bounds the
    shorter side of the copies. DataError when there are none.
    """
    listed = list_pictures(list(inputs), out)
    if not listed:
        raise DataError(f"There are no photographs in {', '.join(map(str, inputs))}; name a folder that has some.")
    if limit is not None and limit < len(listed):
        listed = [listed[round(place)] for place in np.linspace(0, len(listed) - 1, limit)]
    return Gathering(listed, side, step)


def small_copy(photo: Photo, side: int) -> Pixels:
    """A photograph as sRGB bytes H x W x 3 whose shorter side has at most `side` pixels, shrunk by area."""
    scale = min(side / min(photo.size), 1.0)
    height, width = (max(1, round(length * scale)) for length in photo.size)
    narrow = [
        resize(strip.astype(np.float32), len(strip), width) for strip in photo.strips()
    ]  # never all of it at once
    levels = resize(np.concatenate(narrow), height, width) / (257 if photo.dtype == np.uint16 else 1)
    small: Pixels = np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
    return np.repeat(small, 3, axis=2) if small.shape[2] == 1 else small


def distinct(names: Sequence[str]) -> list[str]:
    """The names, later ones of several alike with a number: a, b, a (2)."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def grayed(pixels: Pixels) -> Pixels:
    """The same lightness without color: the L* of every pixel as neutral gray."""
    return gray_of(srgb_to_lab(pixels.astype(np.float32) / 255)[..., 0])


def gray_of(lightness: NDArray[np.float32]) -> Pixels:
    """Neutral sRGB bytes H x W x 3 of a plane of L*, clipped to 0..100."""
    lab = np.zeros((*lightness.shape, 3), np.float32)
    lab[..., 0] = np.clip(lightness, 0, 100)
    gray: Pixels = np.rint(np.clip(lab_to_srgb(lab)[..., 1:2], 0, 1) * 255).astype(np.uint8)
    return np.repeat(gray, 3, axis=2)
