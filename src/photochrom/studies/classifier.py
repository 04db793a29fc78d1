"""A classifier in an ONNX file: what it wants of a picture stands in a small JSON card in the file's metadata.

    {"photochrom_classifier": 1, "name": "vgg16", "size": 224, "mean": [103.9, 116.8, 123.7], "scale": [1, 1, 1],
     "layout": "NCHW", "order": "BGR", "fit": "crop", "classes": ["n01440764", ...], "names": ["tench", ...]}

The network gets (byte - mean) / scale, channel by channel in the order that it wants, of a square of `size` pixels: the
whole picture squashed ("squash"), or the middle of it after its shorter side was brought to 256/224 of that ("crop").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import ModelError
from photochrom.studies.bicubic import bicubic

Pixels = NDArray[np.uint8]

PROPERTY = "photochrom_classifier"
MARGIN = 256 / 224  # of a center crop, as ImageNet's networks are tested


@dataclass(frozen=True, kw_only=True)
class ClassifierCard:
    """What a classifier wants and says. ModelError for anything impossible."""

    name: str
    size: int
    mean: tuple[float, ...]
    """What is subtracted from bytes 0..255, for each channel in the network's order."""
    scale: tuple[float, ...]
    """What they are divided by then."""
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    order: Literal["RGB", "BGR"] = "RGB"
    fit: Literal["squash", "crop"] = "squash"
    classes: tuple[str, ...]
    """What labels are called, in the order of the outputs: WordNet ids for ImageNet."""
    names: tuple[str, ...] = ()
    """The same for people; empty: `classes`."""
    licence: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.size, int) or self.size < 1:
            raise ModelError(f"the classifier's card says size {self.size!r}; a number of pixels is needed")
        for name, allowed in (("layout", ("NCHW", "NHWC")), ("order", ("RGB", "BGR")), ("fit", ("squash", "crop"))):
            if getattr(self, name) not in allowed:
                raise ModelError(f"the classifier's card says {name} {getattr(self, name)!r}; {' or '.join(allowed)}")
        if not _three_numbers(self.mean) or not _three_numbers(self.scale) or 0 in self.scale:
            raise ModelError("the classifier's card needs three numbers for mean and three that are not 0 for scale")
        if not isinstance(self.classes, tuple) or not 1 < len(self.classes) == len(set(self.classes)):
            raise ModelError("the classifier's card must name two classes or more, each once")
        if self.names and len(self.names) != len(self.classes):
            raise ModelError(f"the classifier's card has {len(self.names)} names for {len(self.classes)} classes")

    @classmethod
    def from_json(cls, text: str) -> "ClassifierCard":
        """Read a card; ModelError, in one sentence, for anything missing, unknown or impossible."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ModelError(f"the classifier's card is not JSON ({error})") from None
        if not isinstance(values, Mapping) or values.get(PROPERTY) != 1:
            raise ModelError(f'the classifier\'s card must be a table with "{PROPERTY}": 1')
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        del given[PROPERTY]
        known = {one.name for one in fields(cls)}
        unknown, missing = (
            sorted(given.keys() - known),
            sorted({"name", "size", "mean", "scale", "classes"} - given.keys()),
        )
        if unknown or missing:
            what = f"has an unknown key {unknown[0]!r}" if unknown else f"lacks {', '.join(missing)}"
            raise ModelError(f"the classifier's card {what}")
        return cls(**given)

    def label(self, index: int) -> str:
        """A class for people."""
        return (self.names or self.classes)[index]


@dataclass(frozen=True, eq=False)
class PictureClassifier:
    """A classifier that is ready to be asked."""

    card: ClassifierCard
    path: Path
    session: Any
    """An onnxruntime.InferenceSession."""

    @classmethod
    def load(cls, path: Path, card: Path | None = None) -> "PictureClassifier":
        """Open a file; its card is in its metadata, or in a JSON file of its own. ModelError says why not."""
        import onnxruntime

        if not path.is_file():
            raise ModelError(
                f"There is no classifier {path}; make one: photochrom study export-classifier lite2 -o FILE."
            )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what matters comes as an exception
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class for each status code, without a common root
            raise ModelError(f"{path} is not a model that onnxruntime can open ({_first(error)}).") from None
        text = session.get_modelmeta().custom_metadata_map.get(PROPERTY)
        if card is not None:
            try:
                text = card.read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                raise ModelError(f"The card {card} cannot be read ({error}).") from None
        if text is None:
            raise ModelError(
                f"{path} has no classifier's card ({PROPERTY}) in its metadata; give one: --card FILE.json."
            )
        try:
            return cls(ClassifierCard.from_json(text), path, session)
        except ModelError as error:
            raise ModelError(f"{card or path} cannot be used: {error}.") from None

    def scores(self, pixels: Pixels) -> NDArray[np.float64]:
        """One number a class for a picture uint8 H x W x 3: the greater the likelier; logits or probabilities."""
        name = self.session.get_inputs()[0].name
        try:
            raw = self.session.run(None, {name: prepared(pixels, self.card)})[0]
        except Exception as error:  # as above
            raise ModelError(f"{self.path} failed while it ran: {_first(error)}") from None
        scores = np.asarray(raw, np.float64).ravel()
        if scores.size != len(self.card.classes):
            raise ModelError(
                f"{self.path} gave {scores.size} numbers, its card names {len(self.card.classes)} classes."
            )
        return scores


def prepared(pixels: Pixels, card: ClassifierCard) -> NDArray[np.float32]:
    """The network's input for a picture uint8 H x W x 3, with a batch axis."""
    size = card.size
    if card.fit == "squash":
        square = bicubic(pixels, size, size)
    else:
        scale = round(size * MARGIN) / min(pixels.shape[:2])
        height, width = (max(size, round(side * scale)) for side in pixels.shape[:2])
        top, left = (height - size) // 2, (width - size) // 2
        square = bicubic(pixels, height, width)[top : top + size, left : left + size]
    channels = square[..., ::-1] if card.order == "BGR" else square
    values = (channels.astype(np.float32) - np.array(card.mean, np.float32)) / np.array(card.scale, np.float32)
    return np.ascontiguousarray((values.transpose(2, 0, 1) if card.layout == "NCHW" else values)[None])


def _three_numbers(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 3 and all(isinstance(one, int | float) for one in value)


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
