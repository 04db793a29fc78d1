"""One photograph from file to file: whether it is to be done, then reading, coloring, writing, and the journal."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from photochrom.archive.journal import LEFT_OUT, Journal, Source, Stamp, Verdict
from photochrom.archive.leftovers import Beside, part_of
from photochrom.archive.pipeline import Allowance
from photochrom.archive.plan import Job
from photochrom.archive.settings import Settings
from photochrom.archive.stream import read_input, write_output
from photochrom.colorizer import Colorizer
from photochrom.errors import ArchiveError, PhotochromError, PhotoError
from photochrom.hints import Hint, read_hints
from photochrom.photo import MAX_PIXELS, Photo
from photochrom.photo.codec import open_picture
from photochrom.photo.files import publish
from photochrom.photo.metadata import Keep
from photochrom.representations import Readout

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_FULL_TEXT = ("no space left", "disk quota", "disk is full", "read-only file system")  # libvips and SQLite say it so


class Result(Enum):
    """What became of a photograph."""

    COLORED = "colored"
    DONE = "done before"
    IN_COLOR = "in color already"
    FAILED = "failed"
    STOPPED = "not done, because nothing can be written any more"


@dataclass(frozen=True)
class Outcome:
    """What became of one job; `recolored` is whether the photograph was in color before."""

    job: Job
    result: Result
    reason: str = ""
    notes: tuple[str, ...] = ()
    recolored: bool = False


@dataclass(frozen=True)
class Task:
    """A job that is to be done; `replace` is whether a file that has the result's name may be replaced."""

    job: Job
    source: Source | None
    replace: bool


Done = TypeVar("Done")


class Coloring:
    """Colors photographs by one set of options. Threads may share it.

    colorizer   made for the threads that one of several photographs may use
    style       the photograph whose mood is wanted
    journal     of the folder of results, if it keeps one
    allowance   of pixels in memory
    patient     a mistake of the program fails one photograph and not the run
    debug       every failure is raised
    """

    def __init__(
        self,
        colorizer: Colorizer,
        settings: Settings,
        style: Photo | None = None,
        journal: Journal | None = None,
        allowance: Allowance | None = None,
        patient: bool = False,
        debug: bool = False,
    ) -> None:
        self._colorizer, self._settings, self._style, self._journal = colorizer, settings, style, journal
        self._alone = Colorizer(colorizer.model)  # all cores, for a photograph so large that no other is in memory
        self._allowance = allowance or Allowance(0)
        self._patient, self._debug, self._beside = patient, debug, Beside()
        self._readout = None if settings.temperature is None else Readout("annealed", settings.temperature)
        self._max_pixels = MAX_PIXELS if settings.max_pixels is None else settings.max_pixels
        self._keep = Keep(settings.gps, colorizer.model.card.maker if settings.disclose else None)

    def decide(self, job: Job) -> Task | Outcome:
        """Whether a job is to be done: quick, without opening the photograph."""
        return self._guarded(job, lambda: decide(job, self._settings, self._journal))

    def color(self, task: Task) -> Outcome:
        """Do it. Nothing is left behind if it fails, and the outcome says why."""
        return self._guarded(task.job, lambda: self._color(task))

    def _guarded(self, job: Job, work: Callable[[], Done]) -> Done | Outcome:
        """What fails is an outcome as well; a mistake only if that was asked for."""
        try:
            return work()
        except PhotochromError as error:
            return self._failed(job, error)
        except MemoryError as error:
            return self._failed(job, PhotoError(f"{job.source} needs more memory than there is ({error})."))
        except Exception as error:
            if self._debug or not self._patient:
                raise
            what = f"{type(error).__name__}: {error}"
            reason = f"{job.source} failed by a mistake in photochrom ({what}); --debug shows where."
            return Outcome(job, Result.FAILED, reason)

    def _failed(self, job: Job, error: PhotochromError) -> Outcome:
        if self._debug:
            raise error
        useless = isinstance(error, ArchiveError) or is_full(error)  # to try the next one
        return Outcome(job, Result.STOPPED if useless else Result.FAILED, str(error))

    def _color(self, task: Task) -> Outcome:
        job, settings = task.job, self._settings
        with self._allowance.take(_pixels(job, self._max_pixels)) as alone:
            if job.source is None:
                photo = Photo.from_bytes(read_input(), "standard input", job.page, self._max_pixels)
            else:
                photo = Photo.read(job.source, job.page, self._max_pixels)
            in_color, notes = photo.is_colored(), () if settings.all_pages else photo.notes
            if in_color and settings.skip_color:
                self._leave_out(task)
                return Outcome(job, Result.IN_COLOR, notes=notes, recolored=False)
            colorizer = self._alone if alone else self._colorizer
            hints = self._hints(photo)
            prediction = colorizer.predict(photo, self._style, settings.size, settings.contrast, hints)
            colored = colorizer.render(photo, prediction, self._readout, settings.saturation, settings.strength)
            self._write(colored, task)
            return Outcome(job, Result.COLORED, notes=(*notes, *prediction.notes), recolored=in_color)

    def _hints(self, photo: Photo) -> list[Hint]:
        """Those of the file first: of two at one place the later one counts."""
        settings = self._settings
        read = [] if settings.hints_file is None else read_hints(settings.hints_file, photo.size)
        return [*read, *settings.hints]

    def _leave_out(self, task: Task) -> None:
        if self._journal and task.source and task.job.target:
            self._journal.enter(task.job.target, task.source, LEFT_OUT, self._colorizer.model.provider)

    def _write(self, photo: Photo, task: Task) -> None:
        target, settings = task.job.target, self._settings
        if target is None:
            write_output(photo.encode(settings.format, settings.quality, self._keep))
            return
        _make_folder(target.parent)
        if self._journal is None or task.source is None:
            self._beside.sweep(target)
            photo.write(target, settings.quality, task.replace, self._keep)
            return
        part = part_of(target, self._journal.token)
        with _named(target, part):
            try:
                photo.write(part, settings.quality, keep=self._keep)
                self._journal.enter(target, task.source, _on_disk(part), self._colorizer.model.provider)
                publish(part, target, task.replace)
            finally:
                part.unlink(missing_ok=True)


def decide(job: Job, settings: Settings, journal: Journal | None) -> Task | Outcome:
    """Whether a job is to be done; PhotoError where a file is in the way or the source is not there."""
    if journal is None or job.source is None or job.target is None:
        if job.target is not None and not settings.overwrite and os.path.lexists(job.target):
            raise PhotoError(f"{job.target} exists already; choose another name or allow it with --overwrite.")
        return Task(job, None, settings.overwrite)
    source = Source(job.source, _stamp(job.source), job.page)
    try:
        verdict, made_of = journal.look(job.target, source)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise PhotoError(f"{job.target} cannot be written ({error.strerror or error}).") from error
    if verdict is Verdict.DONE and settings.resume:
        return Outcome(job, Result.DONE)
    if verdict is Verdict.IN_COLOR and settings.resume and settings.skip_color:
        return Outcome(job, Result.IN_COLOR)
    if verdict is Verdict.TAKEN and not settings.overwrite:
        raise PhotoError(f"{job.target} was made of {made_of}; choose another folder or allow it with --overwrite.")
    if verdict is Verdict.FOREIGN and not settings.overwrite:
        raise PhotoError(
            f"{job.target} exists already and is not as photochrom wrote it; move it away or allow --overwrite."
        )
    return Task(job, source, verdict not in (Verdict.NEW, Verdict.IN_COLOR) or settings.overwrite)


def is_full(error: BaseException) -> bool:
    """Whether it failed because the disk takes nothing more, so that the next photograph would fail as well."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in _FULL:
            return True
        if any(text in str(link).lower() for text in _FULL_TEXT):
            return True
        link = link.__cause__
    return False


def _pixels(job: Job, most: int) -> int:
    """How many pixels a photograph has, by its header; 0 for what can't be opened, which is told later."""
    if job.source is None:
        return 0
    try:
        image = open_picture(job.source, str(job.source), job.page, most).image
    except PhotochromError:
        return 0
    return int(image.width * image.height)


def _stamp(source: Path) -> Stamp:
    try:
        stamp = Stamp.of(source)
    except OSError as error:
        raise PhotoError(f"{source} cannot be read ({error.strerror or error}).") from error
    if stamp is None:
        raise PhotoError(f"{source} does not exist; check the name.")
    return stamp


def _on_disk(part: Path) -> Stamp:
    """Wait until a file's content has reached the disk, so that a power failure leaves no empty result."""
    with part.open("r+b") as file:
        os.fsync(file.fileno())
    stamp = Stamp.of(part)
    assert stamp is not None  # it was open a moment ago, and its name is known to nobody else
    return stamp


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"The folder {folder} can't be made ({error.strerror or error}); choose another.") from error


@contextmanager
def _named(target: Path, part: Path) -> Iterator[None]:
    """Errors about a temporary file speak of the result instead."""
    try:
        yield
    except FileExistsError as error:
        raise PhotoError(f"{target} appeared meanwhile and was left as it is.") from error
    except OSError as error:
        raise PhotoError(f"{target} cannot be written ({error.strerror or error}); nothing was left behind.") from error
    except ArchiveError:
        raise
    except PhotochromError as error:
        raise PhotoError(str(error).replace(str(part), str(target))) from error
