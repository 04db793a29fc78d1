"""How photographs are colored and written: the options of a run, and those of them that make a result what it is."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from photochrom.errors import ArchiveError
from photochrom.hints import Hint

_ELSEWHERE = {
    "overwrite",
    "resume",
    "skip_color",
    "max_pixels",
    "all_pages",
}  # what is done or left out, not what comes out


@dataclass(frozen=True)
class Settings:
    """Options of a run; defaults and ranges are those of the command line.

    temperature   of the annealed mean; None: the model's own
    saturation    factor on the chroma
    strength      0..1 between the photograph's own colors and the predicted ones
    contrast      even out a faded scan in the network's copy
    size          shorter side of the network's copy in pixels; None: the model's own
    style         another photograph, whose mood is wanted
    hints         colors set at places of the photograph; of a run over one photograph only
    hints_file    a file with more of them, JSON or a picture painted over the photograph
    format        to write; None: that of each photograph
    quality       1..100, of formats that have one
    gps           keep the place where it was taken
    disclose      write into the metadata that the colors are machine-made
    max_pixels    larger photographs are refused
    all_pages     every page is a job, so that nobody has to be told that only the first one was taken
    skip_color    leave out photographs that are in color already
    overwrite     replace files that photochrom did not make
    resume        leave out what is done and unchanged
    """

    temperature: float | None = None
    saturation: float = 1.0
    strength: float = 1.0
    contrast: bool = False
    size: int | None = None
    style: Path | None = None
    hints: tuple[Hint, ...] = ()
    hints_file: Path | None = None
    format: str | None = None
    quality: int = 98
    gps: bool = True
    disclose: bool = True
    max_pixels: int | None = None
    all_pages: bool = False
    skip_color: bool = False
    overwrite: bool = False
    resume: bool = True

    def key(self, model: Path) -> str:
        """Model and options as JSON: two results with the same key and source are the same, up to the processor.

        Model, style and file of hints count by their content. ArchiveError if one of them can't be read.
        """
        kept = {name: value for name, value in asdict(self).items() if name not in _ELSEWHERE}
        for name, file in (("style", self.style), ("hints_file", self.hints_file)):
            kept[name] = None if file is None else digest(file)
        return json.dumps({"model": digest(model), **kept}, sort_keys=True)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read ({error.strerror or error}).") from error
