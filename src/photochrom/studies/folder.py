"""Where a study's results go: a folder with figures as PNG and SVG, results.json that says how they were made, a table.

Nothing that is there is replaced unless one allows it, and every file appears whole or not at all.
"""

import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photochrom import __version__
from photochrom.colorizer import Colorizer
from photochrom.errors import StudyError
from photochrom.photo.files import write_file
from photochrom.studies.figures import rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESULTS = "results.json"
PACKAGES = ("numpy", "onnxruntime", "pyvips", "matplotlib")


@dataclass(frozen=True)
class Table:
    """A short table for the terminal: column names, and rows of text or numbers; None prints as a dash."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Findings:
    """What a study found out: JSON-able figures, a table of the most important ones, sentences to tell."""

    figures: Mapping[str, Any]
    table: Table
    notes: Sequence[str] = ()


@dataclass
class Folder:
    """The folder of one study's results."""

    path: Path
    files: list[str] = field(default_factory=list)

    @classmethod
    def prepared(cls, path: Path, overwrite: bool) -> "Folder":
        """Make the folder; StudyError where it holds something and `overwrite` does not allow to replace it."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            taken = any(path.iterdir())
        except OSError as error:
            raise StudyError(f"The folder {path} can't be used ({error.strerror or error}); choose another.") from None
        if taken and not overwrite:
            raise StudyError(f"{path} holds files already; choose another folder or allow it with --overwrite.")
        return cls(path)

    def draw(self, figure: "Figure", name: str) -> None:
        """Write a figure as NAME.png and NAME.svg."""
        for format in ("png", "svg"):
            self.write(f"{name}.{format}", rendered(figure, format))

    def write(self, name: str, data: bytes) -> None:
        """Write one file of the results."""
        write_file(self.path / name, data, overwrite=True)
        if name not in self.files:
            self.files.append(name)

    def finish(
        self, study: str, findings: Findings, command: str, models: Mapping[str, Colorizer], seconds: float
    ) -> None:
        """Write results.json: the figures, the command, the models with their files' hashes, versions, file names."""
        record = {
            "photochrom_study": 1,
            "study": study,
            "command": command,
            "models": {name: described(colorizer) for name, colorizer in models.items()},
            "versions": versions(),
            "seconds": round(seconds, 1),
            "files": [*self.files],
            "notes": list(findings.notes),
            "figures": plain(findings.figures),
        }
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        self.write(RESULTS, text.encode("utf-8", "backslashreplace"))


def described(colorizer: Colorizer) -> dict[str, Any]:
    """What results say about a model: its card's name, representation and read-out, and the hash of its file."""
    card, path = colorizer.model.card, colorizer.model.path
    return {
        "name": card.name,
        "version": card.version,
        "representation": dict(card.representation),
        "readout": dict(card.readout),
        "saturation": card.saturation,
        "working_size": card.working_size,
        "sha256": digest(path),
    }


def digest(path: Path) -> str | None:
    """The SHA-256 of a file, None where there is none any more."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def versions() -> dict[str, str]:
    """Of photochrom, Python and the packages that the numbers hang on."""
    found = {"photochrom": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def plain(value: Any) -> Any:
    """JSON's own types of anything a study holds: arrays, NumPy's numbers; what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return (float(f"{value:.6g}")) if math.isfinite(value) else None
    return value
