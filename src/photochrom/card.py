"""The card of a model: what an ONNX file says about itself, as JSON in its metadata, strictly checked.

Without it nobody could know what the numbers of a network mean, so a file without a valid card is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal, get_args

from photochrom import __version__
from photochrom.errors import ModelError

PROPERTY = "photochrom_card"  # the key in the ONNX file's metadata
FORMAT = 1  # of the card; the value of its key "photochrom"
# A stranger's card must not make us take all the memory there is.
LARGEST = {"working_size": 2048, "stride_in": 512, "stride_out": 512}

LightnessKind = Literal["lab", "intensity", "luma"]


@dataclass(frozen=True, kw_only=True)
class Card:
    """A model's own description. Impossible values are refused when it is made (ModelError)."""

    name: str
    """What the model is called."""
    version: str
    network: Mapping[str, Any]
    """The network's name and settings, {"name": "photochrom", ...}."""
    representation: Mapping[str, Any]
    """What its logits mean, {"name": "ab_bins", ...}; see `photochrom.representations`."""
    readout: Mapping[str, Any]
    """How a color is read off them unless one asks otherwise, {"kind": "annealed", "temperature": 0.38}."""
    saturation: float = 1.0
    """Factor on the chroma that brings this model to the colorfulness of photographs; 1 leaves it alone."""
    lightness: LightnessKind = "lab"
    """What the network sees: L* in 0..100; intensity (R + G + B) / 3 or luma 0.299 R + 0.587 G + 0.114 B in 0..1."""
    working_size: int
    """Shorter side of the copy that it sees, pixels."""
    stride_in: int
    """Both sides of its input are multiples of this."""
    stride_out: int
    """Input pixels to one pixel of its output."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Recipe, corpus, commit, minutes, hardware."""
    scores: tuple[Mapping[str, Any], ...] = ()
    """One entry a measurement, with the name of its protocol."""
    licence: str
    intended_use: str = ""
    limits: str = ""
    photochrom: int = FORMAT
    """Format of the card."""

    def __post_init__(self) -> None:
        if self.photochrom != FORMAT:
            raise ModelError(f"the card has format {self.photochrom!r}, this version reads format {FORMAT}")
        for name in ("name", "version", "licence", "intended_use", "limits"):
            _expect(name, getattr(self, name), str, "text")
        for name in ("network", "representation", "readout", "provenance"):
            _expect(name, getattr(self, name), Mapping, "a table")
        if not isinstance(self.scores, tuple) or not all(isinstance(score, Mapping) for score in self.scores):
            raise ModelError(f"the card's scores must be a list of tables, not {self.scores!r}")
        if not self.name or not self.licence:
            raise ModelError("the card needs a name and a licence that are not empty")
        for name, most in LARGEST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise ModelError(f"the card's {name} must be a whole number from 1 to {most}, not {_shown(value)}")
        if self.stride_in % self.stride_out:
            raise ModelError(f"the card's stride_in, {self.stride_in}, is no multiple of stride_out, {self.stride_out}")
        if not isinstance(self.saturation, int | float) or not 0 <= self.saturation <= 10:
            raise ModelError(f"the card's saturation must lie in 0..10, not {self.saturation!r}")
        if self.lightness not in get_args(LightnessKind):
            raise ModelError(f"the card's lightness must be one of {get_args(LightnessKind)}, not {self.lightness!r}")

    @property
    def maker(self) -> str:
        """What made the colors of a photograph, for its metadata: this program and the model."""
        return f"photochrom {__version__} (model {self.name} {self.version})"

    def to_json(self) -> str:
        """The card as JSON, keys in the order of the fields after the format; `from_json` reads it back, equal."""
        values = asdict(self)
        return json.dumps({"photochrom": values.pop("photochrom"), **values}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Card":
        """Read a card; ModelError, in one sentence, for anything missing, unknown or impossible."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ModelError(f"the card is not JSON ({error})") from None
        except RecursionError:
            raise ModelError("the card is not JSON that one can read (nested too deep)") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: object) -> "Card":
        """The same from parsed JSON."""
        if not isinstance(values, dict):
            raise ModelError(f"the card must be a table, not {type(values).__name__}")
        known = [one.name for one in fields(cls)]
        for key in values:
            if key not in known:
                near = get_close_matches(str(key), known, 1)
                hint = f"; did it mean {near[0]!r}?" if near else ""
                raise ModelError(f"the card has an unknown key {key!r}{hint}")
        needed = ("photochrom", "name", "version", "network", "representation", "readout",
                  "working_size", "stride_in", "stride_out", "licence")  # fmt: skip
        missing = [key for key in needed if key not in values]
        if missing:
            raise ModelError(f"the card lacks {', '.join(missing)}")
        scores = values.get("scores", ())
        return cls(**{**values, "scores": tuple(scores) if isinstance(scores, list) else scores})


def _shown(value: object) -> str:
    """A value for a sentence, shortened: a card may hold numbers of a thousand digits."""
    return f"{value!r:.40}" if not isinstance(value, int) or abs(value) < 1 << 64 else "a far larger one"


def _expect(name: str, value: object, kind: type, words: str) -> None:
    if not isinstance(value, kind):
        raise ModelError(f"the card's {name} must be {words}, not {value!r}")
