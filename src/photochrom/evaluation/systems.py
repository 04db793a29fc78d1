"""Systems: what is measured. A model of ours, a folder of pictures that another program colorized, or a baseline.

A `System` says what it is and can be pickled; `open` makes of it, in each process, something that colors.

    model       the photograph's road: the gray version in, colored sRGB bytes out, as `photochrom colorize` writes them
    results     FOLDER/KEY.any-suffix for the original INPUT/KEY.suffix; KEY-color and KEY_color count as well
    baseline    see `baselines`
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from photochrom.catalog import CATALOG, locate
from photochrom.color import XYZ_FROM_LINEAR, linear_to_srgb, srgb_to_linear
from photochrom.colorizer import Colorizer
from photochrom.errors import EvaluationError, PhotoError
from photochrom.evaluation import baselines
from photochrom.evaluation.frames import Pixels
from photochrom.evaluation.photographs import Photographs, decoded, enumeration
from photochrom.model import Model
from photochrom.photo import SUFFIXES, Photo
from photochrom.photo.codec import to_depth
from photochrom.photo.lightness import strip_lightness

Color = Callable[[Pixels, int], Pixels]  # original, its index -> result of the same size


@dataclass(frozen=True)
class System:
    """One thing that is measured."""

    name: str
    kind: str
    """model, results or baseline."""
    identity: str
    """A SHA-256 of what decides its results: tells whether it is the same as in an earlier run."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """For the report: file, hash, card."""
    files: Sequence[Path] = ()
    """Of `results`: the pictures, one a photograph."""

    def open(self, photographs: Photographs, provider: str = "auto", threads: int | None = None) -> Color:
        """Something that colors, for one process."""
        if self.kind == "model":
            return partial(_by_model, Colorizer(Model.load(Path(self.facts["file"]), provider, threads)))
        if self.kind == "results":
            return partial(_from_file, self)
        return partial(_baseline, self.name, photographs)


def model(word: str, provider: str = "auto") -> System:
    """A model by NAME, PATH or LABEL=PATH; ModelError when there is none, or not this provider."""
    label, _, place = word.rpartition("=") if not Path(word).exists() else ("", "", word)
    path = locate(place)
    opened = Model.load(path, provider)
    digest = sha256_of(path)
    card = opened.card
    facts = {
        "file": str(path),
        "sha256": digest,
        "bytes": path.stat().st_size,
        "model": f"{card.name} {card.version}",
        "readout": dict(card.readout),
        "working_size": card.working_size,
        "licence": card.licence,
        "provider": opened.provider,
    }
    return System(label or (place if place in CATALOG else path.stem), "model", digest, facts)


def results(word: str, photographs: Photographs) -> System:
    """A folder of colorized pictures by NAME=FOLDER; EvaluationError that names what has no partner in it."""
    label, equals, place = word.partition("=")
    if not equals or not label or not place:
        raise EvaluationError(f"--results takes NAME=FOLDER, the name for the tables; {word!r} is not of that form.")
    folder = Path(place)
    if not folder.is_dir():
        raise EvaluationError(
            f"{folder} is no folder; --results takes NAME=FOLDER with one colorized picture a photograph."
        )
    files = _partners(photographs, folder, label)
    digest = hashlib.sha256()
    for file in files:
        told = file.stat()
        digest.update(f"{file.relative_to(folder)}\0{told.st_size}\0{told.st_mtime_ns}\n".encode("utf-8", "replace"))
    return System(label, "results", digest.hexdigest(), {"folder": str(folder), "pictures": len(files)}, files)


def baseline(name: str) -> System:
    """A baseline by name; EvaluationError with the list for any other."""
    if name not in baselines.BASELINES:
        raise EvaluationError(
            f"There is no baseline {name!r}; choose among {', '.join(baselines.BASELINES)}, all and none."
        )
    return System(name, "baseline", hashlib.sha256(f"baseline {name} {baselines.RULES}".encode()).hexdigest(),
                  {"about": baselines.BASELINES[name]})  # fmt: skip


def gather(
    models: Sequence[str],
    folders: Sequence[str],
    asked: Sequence[str],
    photographs: Photographs,
    provider: str = "auto",
) -> list[System]:
    """All systems of an evaluation, in the order given, baselines last. EvaluationError when two have the same name."""
    found = [model(word, provider) for word in models] + [results(word, photographs) for word in folders]
    found += map(baseline, asked)
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f"Two systems are called {twice[0]!r}; give one another name: OTHER=PATH.")
    if not found:
        raise EvaluationError("There is nothing to evaluate: name a model, --results NAME=FOLDER, or --baselines.")
    return found


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gray_version(truth: Pixels, kind: str = "lab") -> Photo:
    """What a model is given: one channel of 16 bits, so that lightness loses nothing.

    kind    "lab": the gray of the same L*; "intensity", "luma": that mean of the channels, what the models of Larsson
            and Iizuka see
    """
    if kind != "lab":
        return Photo.from_array(np.rint(strip_lightness(truth, kind) * 65535).astype(np.uint16))
    light = srgb_to_linear(truth.astype(np.float64) / 255) @ np.array(XYZ_FROM_LINEAR[1])
    return Photo.from_array(np.rint(np.clip(linear_to_srgb(light), 0, 1) * 65535).astype(np.uint16))


def _by_model(colorizer: Colorizer, truth: Pixels, index: int) -> Pixels:
    """The two halves of the road; a model is shown the gray of its kind, and its colors join the same lightness."""
    photo = gray_version(truth)
    kind = colorizer.model.card.lightness
    prediction = colorizer.predict(photo if kind == "lab" else gray_version(truth, kind))
    return to_depth(colorizer.render(photo, prediction).pixels, np.dtype(np.uint8))


def _from_file(system: System, truth: Pixels, index: int) -> Pixels:
    path = system.files[index]
    try:
        pixels = decoded(path.read_bytes(), f"{path} ({system.name})")
    except OSError as error:
        raise PhotoError(f"{path} ({system.name}) cannot be read ({error.strerror or error}).") from error
    if pixels.shape != truth.shape:
        height, width = truth.shape[:2]
        raise PhotoError(
            f"{path} ({system.name}) is {pixels.shape[1]} x {pixels.shape[0]}, and the photograph as the protocol "
            f"frames it {width} x {height}; write the frames with --frames FOLDER and colorize those."
        )
    return pixels


def _baseline(name: str, photographs: Photographs, truth: Pixels, index: int) -> Pixels:
    if name == "random":
        return baselines.random(truth, photographs, index)
    return baselines.gray(truth) if name == "gray" else truth


def _partners(photographs: Photographs, folder: Path, label: str) -> list[Path]:
    """The picture of each photograph: by its path below the folder, else by its file name where that is unique."""
    by_key, by_name = dict[str, list[Path]](), dict[str, list[Path]]()
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in below.parts):
            by_key.setdefault(below.with_suffix("").as_posix(), []).append(path)
            by_name.setdefault(path.stem, []).append(path)
    found, missing = [], []
    for index in range(len(photographs)):
        key = photographs.key(index)
        paths = _named(by_key, key) or _named(by_name, PurePosixPath(key).name)
        if len(paths) > 1:
            raise EvaluationError(
                f"Which of {enumeration([path.name for path in paths])} in {folder} ({label}) is the result for "
                f"{photographs.name(index)}? Leave one."
            )
        found += paths
        if not paths:
            missing.append(photographs.name(index))
    if missing:
        raise EvaluationError(
            f"{len(missing)} of {len(photographs)} photographs have no colorized partner in {folder} ({label}): "
            f"{enumeration(missing)}. A partner has the same file name, whatever its suffix."
        )
    return found


def _named(paths: Mapping[str, list[Path]], name: str) -> list[Path]:
    """The pictures of a name: as `photochrom colorize` names results beside their sources, else the name itself."""
    return next((paths[one] for one in (f"{name}-color", f"{name}_color", name) if one in paths), [])
