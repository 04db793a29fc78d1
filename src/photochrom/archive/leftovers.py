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


def sweep_beside(target: Path) -> int:
    """Remove old unfinished files of this one result, which no journal knows; how many that were."""
    theirs = re.compile(re.escape(f".{target.name[:50]}.") + r"[0-9a-f]{8}\.part")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        found = [entry.path for entry in entries if theirs.fullmatch(entry.name) and _abandoned(entry)]
        return _remove(found)
    return 0


def _abandoned(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED


def _remove(paths: Iterable[str]) -> int:
    removed = 0
    for path in paths:
        with contextlib.suppress(OSError):  # it stays hidden, and another run will try again
            os.unlink(path)
            removed += 1
    return removed
