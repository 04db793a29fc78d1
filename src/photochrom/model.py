"""Model: an ONNX file, its card and a session. Lightness in, Prediction out; any size of photograph.

The network sees a *working copy*: the photograph's lightness shrunk by area until its shorter side is the card's
working size, the aspect ratio kept, continued by reflection to multiples of its input stride. Three decisions, all in
`working_size`:

    a photograph smaller than the working size is taken as it is, but enlarged to at least half of it: a network has
        seen things at one scale, and its deepest layers need a few cells
    one longer than 4 : 1 is squashed to 4 : 1, so that no shape makes the network run for minutes
    both sides are rounded to the output stride, so that the grid of the prediction covers the photograph exactly
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.card import PROPERTY, Card
from photochrom.catalog import DEFAULT, locate
from photochrom.color import gray_to_lightness
from photochrom.cores import cores
from photochrom.errors import ModelError
from photochrom.prediction import Prediction
from photochrom.representations import Readout, Representation, representation_from_card
from photochrom.resample import pad_by_reflection, resize

Array = NDArray[np.float32]

STYLE = 224  # pixels a side of the network's `style` input: the whole photograph, squashed
LONGEST = 4  # times the shorter side of the working copy
PROVIDERS = {  # what one asks for -> onnxruntime's name
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
AUTO = ("cuda", "cpu")  # tried in this order: these two give results that agree to rounding


@dataclass(frozen=True, eq=False)
class Model:
    """A network that colors photographs, with the card that says what its numbers mean."""

    card: Card
    representation: Representation
    readout: Readout
    path: Path
    session: Any
    """An onnxruntime.InferenceSession."""

    @classmethod
    def load(cls, model: str | Path = DEFAULT, provider: str = "auto") -> "Model":
        """Open a model by its name in the catalog or by the path of its file.

        `provider` is where it runs: "auto" (a GPU that this onnxruntime supports, else the CPU) or a key of PROVIDERS.
        ModelError, in one sentence: unknown name, no such file, no ONNX file, no valid card, a provider that is not
        there.
        """
        path = locate(model)
        session = _open(path, provider)
        text = session.get_modelmeta().custom_metadata_map.get(PROPERTY)
        if text is None:
            raise ModelError(f"{path} is no photochrom model: it has no card ({PROPERTY}) in its ONNX metadata.")
        try:
            card = Card.from_json(text)
            representation = representation_from_card(card.representation)
            readout = Readout.from_card(card.readout)
        except ModelError as error:
            raise ModelError(f"{path} cannot be used: {error}.") from None
        names = {one.name for one in session.get_inputs()}
        unknown = sorted(names - {"lightness", "style", "hints"})
        if "lightness" not in names or unknown or "logits" not in {one.name for one in session.get_outputs()}:
            raise ModelError(
                f"{path} cannot be used: a photochrom network takes lightness, style and hints and gives logits and "
                f"features, this one takes {', '.join(sorted(names))}."
            )
        return cls(card, representation, readout, path, session)

    def predict(self, lightness: Array, style: Array | None = None) -> Prediction:
        """Run the network once on a photograph.

        `lightness` [H, W] float32 is L* 0..100 (or the intensity 0..1 if the card says so), any H and W. `style` is the
        lightness of another photograph, of any size, whose mood is wanted; without it the photograph is its own. A
        network without that input refuses one (ModelError).
        """
        height, width = lightness.shape
        small = resize(lightness, *working_size(height, width, self.card))
        stride = self.card.stride_in
        padded = pad_by_reflection(small, *(-(-side // stride) * stride for side in small.shape))
        feed = self._feed(padded, lightness, style)
        results = dict(zip((one.name for one in self.session.get_outputs()), self._run(feed), strict=True))
        rows, columns = (side // self.card.stride_out for side in small.shape)
        logits = results["logits"][0]
        if len(logits) != self.representation.channels or logits.shape[1] < rows or logits.shape[2] < columns:
            raise ModelError(f"{self.path} gave logits of shape {logits.shape}, which is not what its card says.")
        features = results.get("features")
        guide = resize(small, rows, columns)
        return Prediction(
            logits=np.ascontiguousarray(logits[:, :rows, :columns]),
            guide=guide if self.card.lightness == "lab" else gray_to_lightness(guide),
            size=(height, width),
            representation=self.representation,
            readout=self.readout,
            saturation=self.card.saturation,
            features=None if features is None else features[0, :, :rows, :columns],
        )

    def _feed(self, padded: Array, lightness: Array, style: Array | None) -> dict[str, Array]:
        names = [one.name for one in self.session.get_inputs()]
        if style is not None and "style" not in names:
            raise ModelError(f"The model {self.card.name} takes no style photograph.")
        feed = {"lightness": padded[None, None]}
        if "style" in names:
            feed["style"] = resize(lightness if style is None else style, STYLE, STYLE)[None, None]
        if "hints" in names:  # a, b and a mask that says where they are given: nowhere
            feed["hints"] = np.zeros((1, 3, *padded.shape), np.float32)
        return feed

    def _run(self, feed: dict[str, Array]) -> list[Array]:
        try:
            results: list[Array] = self.session.run(None, feed)
        except Exception as error:  # onnxruntime has a class for each status code, without a common root
            raise ModelError(f"{self.path} failed while it ran: {_first_line(error)}") from error
        return results


def working_size(height: int, width: int, card: Card) -> tuple[int, int]:
    """(height, width) of the copy of a photograph that the network sees, before padding; see the module's text."""
    shorter = min(max(min(height, width), card.working_size // 2), card.working_size)
    scale = shorter / min(height, width)
    stride = card.stride_out
    rows, columns = (max(1, round(min(side * scale, shorter * LONGEST) / stride)) * stride for side in (height, width))
    return rows, columns


def _open(path: Path, provider: str) -> Any:
    import onnxruntime  # 0.1 s: only for those who open a model

    wanted = [PROVIDERS[name] for name in _choose(provider, onnxruntime.get_available_providers())]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.log_severity_level = 4  # what matters comes as an exception
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=wanted)
    except Exception as error:  # as in Model._run
        raise ModelError(f"{path} is not a model that onnxruntime can open ({_first_line(error)}).") from None
    if provider != "auto" and session.get_providers()[0] != wanted[0]:
        raise ModelError(f"The provider {provider!r} did not start on this machine; use 'auto' or 'cpu'.")
    return session


def _choose(provider: str, available: list[str]) -> list[str]:
    here = [name for name, full in PROVIDERS.items() if full in available]
    if provider == "auto":
        return [name for name in AUTO if name in here]
    if provider not in PROVIDERS:
        raise ModelError(f"There is no provider {provider!r}; choose auto, {', '.join(PROVIDERS)}.")
    if provider not in here:
        raise ModelError(f"This onnxruntime has no provider {provider!r}; it has {', '.join(here)}.")
    return [provider]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
