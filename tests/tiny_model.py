"""A real ONNX model of a few kilobytes with foreseeable colors, so that the road is tested without a trained one.

dark cells are BLUE, bright cells ORANGE, at L* 50 both are as likely; GREEN where the style's mean is far from its own
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from photochrom.card import PROPERTY, Card
from photochrom.representations import AbBins

BINS = AbBins()
BLUE, ORANGE, GREEN = (int(np.argmin(np.hypot(*(BINS.centers - ab).T))) for ab in ((10, -50), (40, 50), (-50, 40)))
STRIDE_IN, STRIDE_OUT = 16, 4

CARD = Card(
    name="tiny",
    version="7",
    network={"name": "tiny"},
    representation=BINS.to_card(),
    readout={"kind": "annealed", "temperature": 0.38},
    working_size=64,
    stride_in=STRIDE_IN,
    stride_out=STRIDE_OUT,
    provenance={"recipe": "none", "minutes": 0.5},
    scores=({"protocol": "by eye", "colors": 3},),
    licence="CC0-1.0",
    intended_use="Tests.",
    limits="Knows three colors.",
)


def with_changes(**changes: Any) -> str:
    """The card's JSON with some values changed, valid or not; None takes a key away."""
    values = {**json.loads(CARD.to_json()), **changes}
    return json.dumps({key: value for key, value in values.items() if value is not None})


def write_tiny_model(path: Path, card: str | None = None, inputs: tuple[str, ...] = ("lightness", "style")) -> Path:
    """Write the model; `card` is the text in its metadata ("" for none), `inputs` what its network takes."""
    slopes, offsets = np.zeros((313, 1, 1, 1), np.float32), np.full(313, -20, np.float32)
    slopes[ORANGE], offsets[ORANGE] = 0.16, -8  # logits 8 at L* 100, 0 at 50, -8 at 0
    slopes[BLUE], offsets[BLUE] = -0.16, 8
    mood = np.zeros((1, 313, 1, 1), np.float32)
    mood[0, GREEN] = 0.5  # from -20 to 30 for a white style on a black photograph
    tensors = {"slopes": slopes, "offsets": offsets, "mood": mood, "axes": np.array([2, 3])}
    shapes = {
        "lightness": ["N", 1, "H", "W"],
        "style": ["N", 1, 224, 224],
        "hints": ["N", 3, "H", "W"],
        "surprise": ["N", 1],
    }
    nodes = [
        helper.make_node("AveragePool", ["lightness"], ["features"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["features", "slopes", "offsets"], ["local"]),
        helper.make_node("ReduceMean", ["style" if "style" in inputs else "lightness", "axes"], ["brightness"]),
        helper.make_node("ReduceMean", ["lightness", "axes"], ["own brightness"]),
        helper.make_node("Sub", ["brightness", "own brightness"], ["difference"]),
        helper.make_node("Abs", ["difference"], ["distance"]),
        helper.make_node("Mul", ["distance", "mood"], ["greener"]),
        helper.make_node("Add", ["local", "greener"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in inputs],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 313, "h", "w"]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1, "h", "w"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    text = CARD.to_json() if card is None else card
    if text:
        helper.set_model_props(model, {PROPERTY: text})
    onnx.save(model, str(path))
    return path


def with_card(**changes: Any) -> Card:
    """The card with valid changes."""
    return dataclasses.replace(CARD, **changes)
