"""A classifier of a few bytes that sees the mean color: red, green and blue things, and three that never win."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CARD: dict[str, Any] = {
    "photochrom_classifier": 1,
    "name": "tiny",
    "size": 16,
    "mean": [0, 0, 0],
    "scale": [1, 1, 1],
    "classes": ["n00000001", "n00000002", "n00000003", "n00000004", "n00000005", "n00000006"],
    "names": ["a red thing", "a green thing", "a blue thing", "a ghost", "a spirit", "a shade"],
}


def write_tiny_classifier(path: Path, card: dict[str, Any] | None = CARD) -> Path:
    """Scores: the means of red, green and blue over the picture, then -1, -2, -3."""
    tensors = {"axes": np.array([2, 3]), "rest": np.array([[-1, -2, -3]], np.float32)}
    nodes = [
        helper.make_node("ReduceMean", ["pictures", "axes"], ["means"], keepdims=0),
        helper.make_node("Concat", ["means", "rest"], ["scores"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, [1, 3, "H", "W"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 6])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {"photochrom_classifier": json.dumps(card)})
    onnx.save(model, str(path))
    return path
