"""What results are called, and when two names are one: rules on paths, without looking into any file."""

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from photochrom.photo import SUFFIXES
from photochrom.photo.formats import WRITABLE

DEFAULT_SUFFIX = "-color"
ENDINGS = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif"}


@dataclass(frozen=True)
class Naming:
    """Where the result of a photograph goes.

    output      the folder of results; None: beside each source
    ending      added to the name, before the dot
    format      the format of all results; None: that of each photograph
    """

    output: str | None
    ending: str
    format: str | None

    def target(self, source: str, place: str, page: int = 0, pages: int = 1) -> str:
        """The result's path; `place` is the source's folder below the input. Pages are numbered from 1, if several."""
        folder = os.path.dirname(source) if self.output is None else os.path.join(self.output, place)
        name, dot_suffix = os.path.splitext(os.path.basename(source))
        if pages > 1:
            name += f"-page{page + 1:0{len(str(pages))}d}"
        own = format_of(source)
        keeps = own in WRITABLE and self.format in (None, own)
        return os.path.join(folder, name + self.ending + (dot_suffix if keeps else ENDINGS[self.format or "png"]))

    def is_result(self, source: str) -> bool:
        """Whether a file beside the sources is called like a result, and so is one of an earlier run."""
        return self.output is None and bool(self.ending) and Path(source).stem.endswith(self.ending)


def format_of(path: str) -> str | None:
    """The format that a name's suffix stands for, or None."""
    return SUFFIXES.get(os.path.splitext(path)[1].lower())


def spelling(near: str) -> Callable[[str | None], bytes | None]:
    """A function that gives two paths the same bytes when they are one file, whether it exists or not.

    Links are resolved. If the file system at `near` takes IMG.jpg and img.jpg for one file, so does the function, and
    it then composes accents as well, which the same file systems don't tell apart.
    """
    folders = lru_cache(1024)(os.path.realpath)
    fold = takes_cases_for_one(near)

    def spell(path: str | None) -> bytes | None:
        if path is None:
            return None
        folder, name = os.path.split(path)
        real = os.path.realpath(path) if os.path.islink(path) else os.path.join(folders(folder or os.curdir), name)
        return os.fsencode(unicodedata.normalize("NFC", real).casefold() if fold else real)

    return spell


def takes_cases_for_one(near: str) -> bool:
    """Whether the file system there ignores upper and lower case; told without writing, from a folder that exists."""
    folder = os.path.realpath(near)
    while not os.path.isdir(folder) or os.path.basename(folder).swapcase() == os.path.basename(folder):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    other = os.path.join(os.path.dirname(folder), os.path.basename(folder).swapcase())
    try:
        return os.path.samefile(folder, other)
    except OSError:
        return False
