"""Model: an ONNX file, its card and a session. Lightness in, Prediction out; any size of photograph.

The network sees a *working copy*: the photograph's lightness shrunk by area until its shorter side is the card's
working size, the aspect ratio kept, continued by reflection to multiples of its input stride. Three decisions, all in
`working_size`:

    a photograph smaller than the working size is taken as it is, but enlarged to at least half of it: a network has
        seen things at one scale, and its deepest layers need a few cells
    one longer than 4 : 1 is squashed to 4 : 1, so that no shape makes the network run for minutes
    both sides are rounded to the output stride, so that the grid of the prediction covers the photograph exactly
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from photochrom.card import PROPERTY, Card
from photochrom.catalog import DEFAULT, locate
from photochrom.color import gray_to_lightness
from photochrom.errors import ModelError
from photochrom.hints import Hint, place
from photochrom.model_file import read_model_file
from photochrom.model_session import first_line, open_session
from photochrom.prediction import Prediction
from photochrom.representations import Readout, Representation, representation_from_card
from photochrom.resample import pad_by_reflection, resize

Array = NDArray[np.float32]

STYLE = 224  # pixels a side of the network's `style` input: the whole photograph, squashed
LONGEST = 4  # times the shorter side of the working copy
FINER = 4  # times the working copy: what the style input is taken from, without reading a large photograph again
PATCH = 7  # pixels a side of a hint as the network sees it: training shows squares of 1 to 9 (Zhang 2017, section 3.2)
PALETTE = 4  # pixels of the working copy to a cell of the palette (Zhang 2017, section 3.3)
SIZES = (32, 1024)  # smallest and largest working size that one may ask for
EVEN = (5.0, 95.0)  # L* to which `evened` brings the darkest and the brightest hundredth

_MISSIZED = "A working size lies between {} and {} pixels, not at {}."


class Shrinkable(Protocol):
    """A photograph, for the network: something that gives its lightness at any size."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        ...

    def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> Array:
        """float32 [height, width]; "lab" is L* 0..100, "intensity" and "luma" are means of R, G and B in 0..1."""
        ...


@dataclass(frozen=True)
class Plane:
    """A plane of lightness in memory as a `Shrinkable`, of the kind that it holds."""

    lightness: Array

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        height, width = self.lightness.shape
        return height, width

    def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> Array:
        """`kind` is not looked at: the caller knows what the plane holds."""
        return resize(self.lightness, height, width)


@dataclass(frozen=True)
class _Evened:
    """Copies of another one, evened."""

    photo: Shrinkable

    @property
    def size(self) -> tuple[int, int]:
        return self.photo.size

    def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> Array:
        return evened(self.photo.shrunk_lightness(height, width, kind), kind)


@dataclass(frozen=True, eq=False)
class Model:
    """A network that colors photographs, with the card that says what its numbers mean."""

    card: Card
    representation: Representation
    readout: Readout
    path: Path
    session: Any
    """An onnxruntime.InferenceSession."""
    provider: str
    """Where it really runs, a key of `model_session.PROVIDERS`."""

    @classmethod
    def load(cls, model: str | Path = DEFAULT, provider: str = "auto", threads: int | None = None) -> "Model":
        """Open a model by its name in the catalog or by the path of its file.

        `provider` is where it runs: "auto" (CUDA where it works, else the CPU) or a key of `model_session.PROVIDERS`;
        `Model.provider` says which one does. `threads` is how many the CPU provider uses, all cores unless told.
        ModelError, in one sentence: unknown name, no such file, no ONNX file, one that needs other files, no valid
        card, a provider that is not there or does not start.
        """
        path = locate(model)
        session, runs_on = open_session(read_model_file(path), str(path), provider, threads)
        text = _property(session, PROPERTY)
        if text is None:
            raise ModelError(f"{path} is no photochrom model: it has no card ({PROPERTY}) in its ONNX metadata.")
        try:
            card = Card.from_json(text)
            representation = representation_from_card(card.representation)
            readout = Readout.from_card(card.readout)
        except ModelError as error:
            raise ModelError(f"{path} cannot be used: {error}.") from None
        names = _names(session.get_inputs())
        unknown = sorted(names - {"lightness", "style", "hints"})
        if "lightness" not in names or unknown or "logits" not in _names(session.get_outputs()):
            raise ModelError(
                f"{path} cannot be used: a photochrom network takes lightness, style and hints and gives logits and "
                f"features, this one takes {', '.join(sorted(names)) or 'something else'}."
            )
        return cls(card, representation, readout, path, session, runs_on)

    def predict(
        self,
        lightness: Array | Shrinkable,
        style: Array | Shrinkable | None = None,
        size: int | None = None,
        contrast: bool = False,
        hints: Sequence[Hint] = (),
    ) -> Prediction:
        """Run the network once on a photograph.

        lightness   a photograph, or its lightness [H, W] float32: L* 0..100, or 0..1 of the kind that the card says
        style       another one, of any size, whose mood is wanted; without it the photograph is its own. A network
                    without that input refuses one (ModelError)
        size        shorter side of the working copy instead of the card's, within SIZES (else ModelError)
        contrast    even out a faded photograph, in the network's copy only; see `evened`
        hints       colors set at places of the photograph: the network's own input where it `takes_hints`, else carried
                    over their regions (`Prediction.hinted`). HintError for one outside of the photograph
        """
        photo, kind = _shrinkable(lightness), self.card.lightness
        height, width = photo.size
        small, looked_at = _copies(photo, *working_size(height, width, self.card, size), kind)
        seen = evened(small, kind) if contrast else small
        stride = self.card.stride_in
        padded = pad_by_reflection(seen, *(-(-side // stride) * stride for side in small.shape))
        own = _Evened(looked_at) if contrast else looked_at
        feed = self._feed(padded, own if style is None else _shrinkable(style), style is not None)
        notes = self._show(hints, (height, width), small, feed)
        results = dict(zip((one.name for one in self.session.get_outputs()), self._run(feed), strict=True))
        rows, columns = (side // self.card.stride_out for side in small.shape)
        logits = self._part(results["logits"], "logits", self.representation.channels, rows, columns)
        features = results.get("features")
        predicted = Prediction(
            logits=np.ascontiguousarray(logits),
            guide=self._level(resize(small, rows, columns)),
            size=(height, width),
            representation=self.representation,
            readout=self.readout,
            saturation=self.card.saturation,
            features=None if features is None else self._part(features, "features", None, rows, columns),
            choices=self._choices(results.get("palette"), small.shape),
            notes=notes,
        )
        return predicted if self.takes_hints or not hints else predicted.hinted(hints)

    @property
    def takes_hints(self) -> bool:
        """Whether the network itself sees hints: then new ones mean to run it again."""
        return "hints" in _names(self.session.get_inputs())

    def _show(
        self, hints: Sequence[Hint], size: tuple[int, int], small: Array, feed: dict[str, Array]
    ) -> tuple[str, ...]:
        """Draw hints into the network's input, if it has one, as squares of PATCH pixels; the notes on them."""
        if not hints or not self.takes_hints:
            return ()
        placed, notes = place(hints, size, self._level(small))
        shown, around = feed["hints"][0], PATCH // 2
        for row, column, ab in placed:
            rows = slice(max(0, row - around), min(row + around + 1, small.shape[0]))
            columns = slice(max(0, column - around), min(column + around + 1, small.shape[1]))
            shown[:2, rows, columns] = ab[:, None, None]
            shown[2, rows, columns] = 1
        return notes

    def _level(self, seen: Array) -> Array:
        """L* of what the network sees."""
        return seen if self.card.lightness == "lab" else gray_to_lightness(seen)

    def _part(self, output: object, name: str, channels: int | None, rows: int, columns: int) -> Array:
        """An output of the network for one photograph [C, rows, columns]; ModelError if it is not what it should be."""
        values = output if isinstance(output, np.ndarray) and output.dtype == np.float32 else np.empty(0, np.float32)
        part = values[0, :, :rows, :columns] if values.ndim == 4 and len(values) == 1 else values
        if part.shape != (channels or len(part), rows, columns):
            raise ModelError(f"{self.path} gave {name} of shape {values.shape}, which is not what its card says.")
        if not np.isfinite(part).all():
            raise ModelError(f"{self.path} gave {name} that are not finite numbers; the file is damaged.")
        return part

    def _choices(self, output: object, size: tuple[int, ...]) -> Array | None:
        """The palette's logits over the photograph, if the network gives any: one for PALETTE x PALETTE pixels."""
        if output is None:
            return None
        return self._part(output, "palette", None, *(-(-side // PALETTE) for side in size))

    def _feed(self, padded: Array, style: Shrinkable, asked: bool) -> dict[str, Array]:
        names = [one.name for one in self.session.get_inputs()]
        if asked and "style" not in names:
            raise ModelError(f"The model {self.card.name} takes no style photograph.")
        feed = {"lightness": padded[None, None]}
        if "style" in names:
            feed["style"] = style.shrunk_lightness(STYLE, STYLE, self.card.lightness)[None, None]
        if "hints" in names:  # a, b and a mask that says where they are given: nowhere
            feed["hints"] = np.zeros((1, 3, *padded.shape), np.float32)
        return feed

    def _run(self, feed: dict[str, Array]) -> list[Array]:
        try:
            results: list[Array] = self.session.run(None, feed)
        except Exception as error:  # onnxruntime has a class for each status code, without a common root
            raise ModelError(f"{self.path} failed while it ran: {first_line(error)}") from error
        return results


def working_size(height: int, width: int, card: Card, size: int | None = None) -> tuple[int, int]:
    """(height, width) of the copy of a photograph that the network sees, before padding; see the module's text."""
    if size is not None and not SIZES[0] <= size <= SIZES[1]:
        raise ModelError(_MISSIZED.format(*SIZES, size))
    wanted = card.working_size if size is None else size
    shorter = min(max(min(height, width), wanted // 2), wanted)
    scale = shorter / min(height, width)
    stride = card.stride_out
    rows, columns = (max(1, round(min(side * scale, shorter * LONGEST) / stride)) * stride for side in (height, width))
    return rows, columns


def evened(lightness: Array, kind: str = "lab") -> Array:
    """A faded copy stretched over the range of a good print; one that fills it comes back as it is.

    Its darkest and brightest hundredth go to EVEN on a straight line. Grain is not raised beyond fourfold.
    """
    unit = np.float32(1 if kind == "lab" else 1 / 100)
    low, high = np.percentile(lightness, [1, 99])
    wanted = [min(EVEN[0] * unit, low), max(EVEN[1] * unit, high)]
    slope = min((wanted[1] - wanted[0]) / max(high - low, 1e-6), 4.0)
    middle = (wanted[0] + wanted[1]) / 2 if slope < 4 else (low + high) / 2
    stretched: Array = ((lightness - (low + high) / 2) * slope + middle).astype(np.float32)
    return np.clip(stretched, 0, 100 * unit)


def _property(session: Any, key: str) -> str | None:
    """A text in the file's metadata; None without it, and where the metadata is no text at all."""
    try:
        value: str | None = session.get_modelmeta().custom_metadata_map.get(key)
    except UnicodeDecodeError:
        return None
    return value


def _names(nodes: Any) -> set[str]:
    """What a network's inputs or outputs are called; nothing where one has a name that is no text."""
    try:
        return {one.name for one in nodes}
    except UnicodeDecodeError:
        return set()


def _copies(photo: Shrinkable, rows: int, columns: int, kind: str) -> tuple[Array, Shrinkable]:
    """The working copy, and what stands for the photograph when more copies of it are wanted.

    A large photograph is gone through once only, for a copy FINER times as large in both directions: the area means of
    that one's pixels, a whole number of them each, are those of the photograph's.
    """
    height, width = photo.size
    if height < FINER * rows or width < FINER * columns:
        return photo.shrunk_lightness(rows, columns, kind), photo
    finer = photo.shrunk_lightness(FINER * rows, FINER * columns, kind)
    return resize(finer, rows, columns), Plane(finer)


def _shrinkable(given: Array | Shrinkable) -> Shrinkable:
    return Plane(given) if isinstance(given, np.ndarray) else given
