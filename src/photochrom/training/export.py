"""A run becomes a model: one ONNX file with fp16 weights, dynamic sizes and its card inside."""

import logging
import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnxscript import optimizer
from torch import Tensor, nn

from photochrom.card import PROPERTY, Card
from photochrom.errors import ModelError
from photochrom.networks import Network
from photochrom.representations import Readout
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.recipe import Recipe
from photochrom.training.start import build, lambda_shift

OPSET = 18
SMALL = 50_000  # tensors with fewer numbers stay in fp32: a fifth of the bytes, and half the difference in the logits
TOLERANCE = {True: 1e-2, False: 1e-4}  # largest difference of logits between torch and the file, fp16 and fp32 weights


@dataclass(frozen=True)
class Finish:
    """What is decided after training, by measurement, and goes into the file and its card.

    readout       default way to read colors off the logits; None: the one that the representation's paper found best
    rebalance     lambda (Zhang 2016, eq. 4) that the logits are moved to, from the one they were trained with: the loss
                  of eq. 2 makes a network estimate w(q) p(q | x), so the logarithm of the ratio of two weights is added
                  to its bias. None leaves them alone
    saturation    factor on the chroma
    working_size  shorter side of the copy that the network sees, px
    """

    readout: Readout | None = None
    rebalance: float | None = None
    saturation: float = 1.0
    working_size: int = 192


class Exported(NamedTuple):
    """What was written: the card inside, and how far the file's logits are from torch's at most."""

    card: Card
    difference: float


def export(
    run: Path,
    path: Path,
    finish: Finish | None = None,
    about: dict[str, Any] | None = None,
    half: bool = True,
    others: Sequence[Path] = (),
) -> Exported:
    """Write the averaged network of a run as an ONNX file with its card.

    `about` overrides fields of the card; what it says of the provenance adds to what the run knows. The file appears
    complete or not at all, in place of an older one, and only after onnxruntime has given the same logits as torch on a
    picture whose sides differ. With `others`, runs that started from this one's weights or it from theirs, the weights
    of all are averaged. DataError for a folder without a run, ModelError when the logits
    differ by more than 1e-2 (fp16 weights) or 1e-4 (fp32), or when the file can't be written.
    """
    _refuse_place(path)
    finish = finish or Finish()
    state, numbers = averaged_weights(run)
    if others:
        state, numbers = _averaged(state, numbers, others)
    recipe = Recipe.from_dict(numbers["recipe"])
    network = build(recipe, state, published=False).eval()
    if finish.rebalance is not None:
        if numbers["prior"] is None:
            raise ModelError(f"only ab_bins can be moved to another lambda, not {recipe.representation['name']}")
        bias = network.head.bias
        assert bias is not None
        with torch.no_grad():
            bias.add_(lambda_shift(numbers["prior"], recipe.objective.rebalance, finish.rebalance))
    card = _card(recipe, numbers, finish, network, about or {})
    return Exported(card, write_model(network, card, path, half))


def write_model(network: Network, card: Card, path: Path, half: bool = True) -> float:
    """Write a network in evaluation mode as an ONNX file with its card; how far its logits are from torch's at most.

    `half`: weights in fp16. As in `export`, the file appears complete or not at all, and not if the logits differ: by
    more than TOLERANCE, or that share of the largest logit. ModelError.
    """
    _refuse_place(path)
    model = _trace(network)
    if half:
        halve_weights(model)
    helper.set_model_props(model, {PROPERTY: card.to_json()})
    onnx.checker.check_model(model)
    difference, largest = _difference(network, model)
    if not difference <= TOLERANCE[half] * max(1, largest):
        raise ModelError(
            f"the exported network's logits differ by {difference:.2g} from the trained one's; not written"
        )
    partial = path.with_name(f".{path.name}")
    try:
        partial.write_bytes(model.SerializeToString())
        os.replace(partial, path)
    except OSError as error:
        if partial.is_file():
            partial.unlink()
        raise ModelError(f"cannot write {path}: {error.strerror}") from None
    return difference


def _averaged(
    state: dict[str, Tensor], numbers: dict[str, Any], others: Sequence[Path]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The mean of a run's weights and those of `others` (Wortsman et al. 2022, "Model soups"); their steps in sum.

    ModelError for runs of another network or representation.
    """
    total = dict(state)
    for other in others:
        its, its_numbers = averaged_weights(other)
        same = all(its_numbers["recipe"][part] == numbers["recipe"][part] for part in ("network", "representation"))
        if not same or its.keys() != state.keys():
            raise ModelError(f"{other} is a run of another network or representation: their weights have no mean")
        total = {key: value + its[key] if value.is_floating_point() else value for key, value in total.items()}
        numbers = numbers | {key: numbers[key] + its_numbers[key] for key in ("step", "seconds")}
    count = len(others) + 1
    return {key: value / count if value.is_floating_point() else value for key, value in total.items()}, numbers


def _refuse_place(path: Path) -> None:
    """ModelError where no file can be written under this name; saves the work of tracing."""
    if path.is_dir():
        raise ModelError(f"{path} is a folder: give the name of a file to write")
    if not path.parent.is_dir():
        raise ModelError(f"cannot write {path}: {path.parent} is not an existing folder")


def halve_weights(model: ModelProto) -> None:
    """Store float32 weights as float16, each with a Cast back: half the file, arithmetic in float32 as before.

    onnxruntime folds the casts when it opens the file.
    """
    kept, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL or np.abs(values).max() > 6e4:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half"))
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)


class _Graph(nn.Module):
    """The network as the file has it: its inputs in order, `outputs` of what it says, no training-time head."""

    def __init__(self, network: nn.Module, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        super().__init__()
        self.network, self.inputs, self.outputs = network, inputs, outputs

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        output = self.network(**dict(zip(self.inputs, given, strict=True)))
        return tuple(getattr(output, name) for name in self.outputs)


def example(network: Network, count: int, height: int, width: int) -> dict[str, Tensor]:
    """Inputs of a network by name, of no picture in particular."""
    white = 100.0 if network.lightness == "lab" else 1.0
    shapes = {"lightness": (count, 1, height, width), "style": (count, 1, 224, 224), "hints": (count, 3, height, width)}
    made = {}
    for name in network.inputs:
        ramp = torch.linspace(0, 1, math.prod(shapes[name])).reshape(shapes[name])
        made[name] = ramp if name == "hints" else white * (ramp if name == "lightness" else 1 - ramp)
    return made


@torch.no_grad()
def _trace(network: Network) -> ModelProto:
    rows, columns, count = (torch.export.Dim(name, min=1, max=4096) for name in ("rows", "columns", "N"))
    stride = network.stride_in
    given = example(network, 2, 3 * 32, 4 * 32)
    sizes = {0: count, 2: stride * rows, 3: stride * columns}
    output = network(**given)
    outputs = [name for name in ("logits", "features", "palette") if getattr(output, name) is not None]
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which nothing here needs
    with warnings.catch_warnings():  # the exporter's own use of names that torch has deprecated
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message="# The axis name: .* will not be used")  # they are: for all inputs
        program = torch.onnx.export(
            _Graph(network, list(given), outputs).eval(),
            tuple(given.values()),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(given),
            output_names=outputs,
            dynamic_shapes=(tuple({0: count} if name == "style" else sizes for name in given),),
            verbose=False,
            optimize=False,  # it would merge BatchNorm into convolutions, and no run could start from the file
        )
    assert program is not None
    optimizer.fold_constants(program.model, onnx_shape_inference=True)
    optimizer.remove_unused_nodes(program.model)  # onnxruntime merges BatchNorm when it opens the file
    model = program.model_proto
    assert isinstance(model, ModelProto)
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del model.graph.value_info[:]
    return model


@torch.no_grad()
def _difference(network: Network, model: ModelProto) -> tuple[float, float]:
    """Largest difference of the logits on a picture of another size and batch than the traced one; the largest one."""
    given = example(network, 3, 64, 160)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ours = session.run(["logits"], {name: value.numpy() for name, value in given.items()})[0]
    theirs = network(**given).logits.numpy()
    return float(np.abs(ours - theirs).max()), float(np.abs(theirs).max())


def _card(recipe: Recipe, numbers: dict[str, Any], finish: Finish, network: Network, about: dict[str, Any]) -> Card:
    values: dict[str, Any] = {
        "photochrom": 1,
        "name": recipe.name,
        "version": "1",
        "network": dict(recipe.network),
        "representation": recipe.color.to_card(),
        "readout": (finish.readout or recipe.color.usual).among(recipe.color.readouts, recipe.name).to_card(),
        "saturation": finish.saturation,
        "working_size": finish.working_size,
        "lightness": network.lightness,
        "stride_in": network.stride_in,
        "stride_out": network.stride_out,
        "provenance": {
            "recipe": recipe.to_dict(),
            "rebalance": recipe.objective.rebalance if finish.rebalance is None else finish.rebalance,
            "photographs": numbers["photographs"],
            "crops_seen": numbers["step"] * recipe.schedule.batch,
            "minutes": round(numbers["seconds"] / 60, 1),
        },
        "licence": "unstated",
    }
    provenance = about.get("provenance", {})
    if not isinstance(provenance, dict):
        raise ModelError(f"the card's provenance must be a table, not {provenance!r}")
    return Card.from_dict(values | about | {"provenance": values["provenance"] | provenance})
