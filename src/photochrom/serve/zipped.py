"""An archive of results as a stream: each is made when the ones before it are sent, and none is kept."""

import io
import zipfile
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import IO, Any, cast

from photochrom.errors import PhotochromError
from photochrom.serve.answers import colored_name
from photochrom.serve.options import Result
from photochrom.serve.photographs import Kept
from photochrom.serve.problems import Problem
from photochrom.serve.studio import Studio

FAILURES = "failures.txt"


class _Sink(io.RawIOBase):
    """A file that only grows: what was written and not yet taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


async def zipped(studio: Studio, wanted: Sequence[tuple[Kept, Result]]) -> AsyncIterator[bytes]:
    """The archive's bytes; pictures are stored as they are, for they don't get any smaller."""
    sink, names, failures = _Sink(), set[str](), list[str]()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED) as archive:
        for kept, options in wanted:
            try:
                file = await studio.result(kept, options)
            except (Problem, PhotochromError) as error:
                failures.append(f"{kept.name}: {error}")
                continue
            archive.writestr(unique(colored_name(kept.name, file.format), names), file.data)
            yield sink.taken()
        if failures:
            archive.writestr(FAILURES, "\n".join(failures) + "\n")
    yield sink.taken()


def unique(name: str, taken: set[str]) -> str:
    """The name, or with a number where it is taken already; `taken` grows by it."""
    stem, _, ending = name.rpartition(".")
    names: Iterable[str] = (name, *(f"{stem}-{number}.{ending}" for number in range(2, len(taken) + 3)))
    found = next(one for one in names if one.lower() not in taken and one != FAILURES)
    taken.add(found.lower())
    return found
