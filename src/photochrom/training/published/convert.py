"""From an authors' file to a model: checked, put into our network, written with a card that says whose it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from photochrom.card import Card
from photochrom.catalog import PUBLISHED
from photochrom.errors import ModelError
from photochrom.networks import Network
from photochrom.representations import AbBins, HueChroma, Readout, Regression, Representation
from photochrom.training.export import write_model
from photochrom.training.published.iizuka import iizuka2016
from photochrom.training.published.larsson import larsson2016
from photochrom.training.published.weights_file import Tensors, digest, read_weights
from photochrom.training.published.zhang import RELEASED, zhang2016, zhang2017

FREE = "The authors' weights, under their licence. The colors are guesses of what is likely; say so when you show them."
NOT_FREE = "Non-commercial use only: weights under {}, whose authors want to be named. The colors are guesses."


@dataclass(frozen=True)
class Wanted:
    """What a person may say about a file.

    any_file     convert it though its SHA-256 is not that of the authors' file
    folded       zhang2016: the logits of a PyTorch file are 2.606 times as large, as those of the release
    mask_center  zhang2017: what its training took off the mask of hints
    width        of a narrower relative of the published network
    half         weights in fp16
    """

    any_file: bool = False
    folded: bool = True
    mask_center: float = 0.0
    width: float = 1.0
    half: bool = True


@dataclass(frozen=True)
class Conversion:
    """What a system's weights need.

    make            the network from the tensors of a file
    sums            the beginning of the SHA-256 of files that are known, by the end of their names
    """

    make: Callable[[Tensors, Path, Wanted], Network]
    representation: Representation
    readout: Readout
    working_size: int
    paper: str
    sums: dict[str, str] = field(default_factory=dict)


class Converted(NamedTuple):
    """What was written: its card, how far its logits are from torch's at most, whether the file's SHA-256 is known."""

    card: Card
    difference: float
    checked: bool


CONVERSIONS = {
    "zhang2016": Conversion(
        lambda state, file, wanted: zhang2016(state, file, wanted.width, wanted.folded),
        AbBins(),
        Readout("annealed", RELEASED),
        256,
        "Zhang, Isola & Efros 2016, Colorful Image Colorization, arXiv 1603.08511",
        {".pth": "9b330a0b"},
    ),
    "zhang2017": Conversion(
        lambda state, file, wanted: zhang2017(state, file, wanted.width, wanted.mask_center),
        Regression("lab", "tanh", 110.0, "huber"),
        Readout("mean"),
        256,
        "Zhang, Zhu, Isola et al. 2017, Real-Time User-Guided Image Colorization with Learned Deep Priors",
        {".pth": "df00044c"},
    ),
    "larsson2016": Conversion(
        lambda state, file, wanted: larsson2016(state, file, wanted.width),
        HueChroma(),
        Readout("center-median"),  # the median as their program reads it
        256,
        "Larsson, Maire & Shakhnarovich 2016, Learning Representations for Automatic Colorization, arXiv 1603.06668",
    ),
    "iizuka2016": Conversion(
        lambda state, file, wanted: iizuka2016(state, file, wanted.width),
        Regression("lab", "sigmoid", 100.0, "mse", per_photograph=True, released=True),
        Readout("mean"),
        224,
        "Iizuka, Simo-Serra & Ishikawa 2016, Let there be Color!, ACM Transactions on Graphics 35 (4)",
    ),
}


def convert(name: str, file: Path, path: Path, wanted: Wanted | None = None) -> Converted:
    """Write the model `path` of the weights of a published system in `file`.

    ModelError, in one sentence: a file that can't be read, whose SHA-256 is not the one that is known, that lacks a
    key, has another one or a tensor of another shape; or as in `training.export.write_model`.
    """
    if name not in CONVERSIONS:
        raise ModelError(f"There are no published weights of {name!r}: choose one of {', '.join(CONVERSIONS)}.")
    wanted, conversion = wanted or Wanted(), CONVERSIONS[name]
    if path.is_dir() or not path.parent.is_dir():
        raise ModelError(f"cannot write {path}: give the name of a file in an existing folder")
    sha256 = digest(file)
    known = next((start for end, start in conversion.sums.items() if file.name.endswith(end)), None)
    if known and not sha256.startswith(known) and not wanted.any_file:
        raise ModelError(
            f"{file} is not the authors' file: its SHA-256 begins with {sha256[:8]}, theirs with {known}; download it "
            f"again, or convert it as it is with --any-file."
        )
    network = conversion.make(read_weights(file), file, wanted)
    card = _card(name, conversion, network, {"file": file.name, "sha256": sha256}, wanted)
    return Converted(card, write_model(network, card, path, wanted.half), bool(known and sha256.startswith(known)))


def _card(name: str, conversion: Conversion, network: Network, origin: dict[str, str], wanted: Wanted) -> Card:
    weights = PUBLISHED[name]
    settings: dict[str, Any] = {"name": name} | ({} if wanted.width == 1 else {"width": wanted.width})
    settings |= {key: getattr(network, key) for key in ("mask_center", "mean") if getattr(network, key, 0)}
    return Card(
        name=name,
        version="published",
        network=settings,
        representation=conversion.representation.to_card(),
        readout=conversion.readout.to_card(),
        working_size=conversion.working_size,
        lightness=network.lightness,
        stride_in=network.stride_in,
        stride_out=network.stride_out,
        provenance={"weights": "the authors'", "paper": conversion.paper, "source": weights.source, **origin},
        licence=weights.licence,
        intended_use=FREE if weights.free else NOT_FREE.format(weights.licence),
    )
