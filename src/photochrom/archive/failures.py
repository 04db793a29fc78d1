"""What failed and why: failures.csv in the folder of results, written as it happens, and a few for the screen."""

import csv
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from photochrom.archive.plan import Failure
from photochrom.errors import ArchiveError

NAME = "failures.csv"
HEADER = ["path", "reason"]
SHOWN = 20


class Failures:
    """The failures of one run; a context manager.

    count   of all of them
    first   some to show: all where there is no file, else SHOWN
    path    the file, if there is a folder for it; it is there only while there are failures
    """

    def __init__(self, folder: Path | None) -> None:
        """Forget those of an earlier run. ArchiveError if the file is somebody else's."""
        self.path = None if folder is None else folder / NAME
        self.count, self.first = 0, list[Failure]()
        self._file: IO[str] | None = None
        if self.path is not None and os.path.lexists(self.path):
            self._forget(self.path)

    def add(self, failure: Failure) -> None:
        """Take note of one; on the disk when this returns."""
        self.count += 1
        if self.path is None or self.count <= SHOWN:
            self.first.append(failure)
        if self.path is None:
            return
        try:
            if self._file is None:
                # backslashes for what is no UTF-8, so that every program can read the list
                self._file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
                csv.writer(self._file).writerow(HEADER)
            csv.writer(self._file).writerow([failure.path, failure.reason])
            self._file.flush()
        except OSError as error:
            raise ArchiveError(f"{self.path} can't be written ({error.strerror or error}).") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _forget(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8", errors="backslashreplace", newline="") as file:
                ours = next(csv.reader(file), None) == HEADER
            if ours:
                path.unlink()
        except (OSError, csv.Error) as error:
            raise ArchiveError(f"{path} can't be replaced ({error}); move it away.") from error
        if not ours:
            raise ArchiveError(f"{path} is not photochrom's list of failures, which needs that name; move it away.")
