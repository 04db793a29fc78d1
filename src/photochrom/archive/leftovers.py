"""What killed runs left behind: unfinished files under temporary names. Those that are surely nobody's are removed.

A run that keeps a journal begins all its temporary names with a token of its own, which the journal knows. A file with
the token of a run that never ended is nobody's, because only one run at a time works in a folder. Without a journal it
is the age that tells: a file that is being written is younger than an hour.
"""

import contextlib
import itertools
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from photochrom.archive.journal import Journal

ABANDONED = 3600.0  # seconds since a temporary file was last written to

_PART = re.compile(r"\..+\.[0-9a-f]{8}\.part", re.DOTALL)  # as `photo.files.write_file` calls them
_LENGTH = len("0123abcd.part")

_count = itertools.count(1)


def part_of(target: Path, token: str) -> Path:
    """A temporary name beside a result, with its suffix, for the run with this token."""
    return target.with_name(f".{token}-{next(_count)}.part{target.suffix}")


def sweep(journal: Journal) -> int:
    """Remove what killed runs left anywhere below the journal's folder; how many files that were."""
    if not journal.unfinished:
        return 0
    ours = re.compile(
        rf"\.{{1,2}}({'|'.join(map(re.escape, journal.unfinished))})-\d+\.part"
    )  # two dots: a part's part
    found = (
        os.path.join(place, name) for place, _, names in os.walk(journal.folder) for name in names if ours.match(name)
    )
    removed = _remove(found)
    journal.swept()
    return removed


class Beside:
    """Removes old unfinished files of results that no journal knows. Looks into each folder once."""

    def __init__(self) -> None:
        self._found = dict[Path, list[str]]()

    def sweep(self, target: Path) -> int:
        """Remove those of this result; how many that were."""
        if target.parent not in self._found:
            self._found[target.parent] = _abandoned_in(target.parent)
        begins = f".{target.name[:50]}."
        return _remove(path for path in self._found[target.parent] if os.path.basename(path)[:-_LENGTH] == begins)


def _abandoned_in(folder: Path) -> list[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [entry.path for entry in entries if _PART.fullmatch(entry.name) and _abandoned(entry)]
    return []


def _abandoned(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED


def _remove(paths: Iterable[str]) -> int:
    removed = 0
    for path in paths:
        with contextlib.suppress(OSError):  # it stays hidden, and another run will try again
            os.unlink(path)
            removed += 1
    return removed
