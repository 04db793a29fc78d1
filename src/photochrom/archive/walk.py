"""Photographs below a folder, one after the other: links, loops and folders that can't be listed are dealt with here.

Folders are read as they come, so that memory does not grow with their number. Links to photographs are photographs.
Links to folders are followed after everything else, and only where they lead out of what was walked already: a link
back into it, or to a folder above it, would bring the same photographs again, or never end.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from photochrom.photo import SUFFIXES


@dataclass
class Walk:
    """A walk through one folder.

    root        the folder
    passed      told of each thing that is no photograph but was meant to be one: path and reason
    note        told, in a sentence, of each link that was passed over
    without     a folder that is left out: that of the results, where it lies inside
    """

    root: str
    passed: Callable[[str, str], None]
    note: Callable[[str], None]
    without: str | None = None
    _walked: list[str] = field(default_factory=list)  # real paths of the trees that were entered

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """(path, its folder below the root), in the order in which the folders give their names."""
        links = [(self.root, "")]
        without = None if self.without is None else os.path.realpath(self.without)
        while links:
            path, place = links.pop(0)
            real = os.path.realpath(path)
            if self._seen(real):
                self.note(f"{path} leads back into {self.root} and was passed over.")
                continue
            self._walked.append(real)
            yield from self._tree(path, place, links, without)

    def _seen(self, real: str) -> bool:
        return any(_within(real, one) or _within(one, real) for one in self._walked)

    def _tree(
        self, path: str, place: str, links: list[tuple[str, str]], without: str | None
    ) -> Iterator[tuple[str, str]]:
        folders = [(path, place)]
        while folders:
            path, place = folders.pop()
            try:
                with os.scandir(path) as entries:
                    for entry in entries:
                        if entry.name.startswith("."):
                            continue
                        if self._is_folder(entry):
                            deeper = (entry.path, os.path.join(place, entry.name))
                            if without is None or os.path.realpath(entry.path) != without:
                                (links if entry.is_symlink() else folders).append(deeper)
                        elif self._is_photograph(entry):
                            yield entry.path, place
            except OSError as error:
                self.passed(path, f"The folder {path} cannot be listed ({error.strerror or error}).")

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a link that leads to itself
            return False

    def _is_photograph(self, entry: os.DirEntry[str]) -> bool:
        if not is_photo_name(entry.name):
            return False
        try:
            if entry.is_file():
                return True
        except OSError:
            pass
        if entry.is_symlink() and not os.path.exists(entry.path):
            self.passed(entry.path, f"{entry.path} is a link that leads nowhere.")
        return False  # a pipe or a device is no photograph, whatever its name says


def is_photo_name(name: str) -> bool:
    """Whether a file is taken for a photograph when it is found in a folder: by its suffix."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
