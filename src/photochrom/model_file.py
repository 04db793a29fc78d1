"""A model file from a stranger, read before onnxruntime sees it: not too large, and complete in itself.

An ONNX file may point to other files that hold its weights ("external data"), wherever they lie. No photochrom model
does, and a program that opens a stranger's file should open that file alone. So its messages are walked through, by the
wire format of Protocol Buffers, and a tensor that is stored elsewhere is refused. Nothing is copied on the way.
"""

from pathlib import Path

from photochrom.errors import ModelError
from photochrom.wire import fields

MAX_BYTES = 1 << 30  # the largest published colorizer, Larsson's with VGG-16, takes 0.6 GB in fp32
DEPTH = 64  # of messages within messages; a network without nested loops needs 6

# Kind of message -> number of a field -> kind of the message that it holds (onnx.proto). All that leads to a tensor.
_LEADS_TO = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # fields of a tensor


def read_model_file(path: Path) -> bytes:
    """The bytes of an ONNX file that needs no other file; ModelError for what can't be read and for what isn't one."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path} is larger than {MAX_BYTES >> 20} MiB, which no photochrom model is.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(data) > MAX_BYTES:
        raise ModelError(f"{path} is larger than {MAX_BYTES >> 20} MiB, which no photochrom model is.")
    try:
        external = not data or _is_elsewhere(memoryview(data), "model", DEPTH)
    except (ValueError, IndexError):
        raise ModelError(f"{path} is not a model that onnxruntime can open (it is no ONNX file).") from None
    if not data:
        raise ModelError(f"{path} is not a model that onnxruntime can open (it is empty).")
    if external:
        raise ModelError(
            f"{path} keeps weights in other files, which photochrom does not open; save the model as one file."
        )
    return data


def _is_elsewhere(message: memoryview, kind: str, depth: int) -> bool:
    """Whether a tensor in this message is stored in another file."""
    if not depth:
        raise ValueError("messages nested too deep")
    for number, value in fields(message):
        if kind == "tensor":
            if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value):
                return True
            continue
        inner = _LEADS_TO[kind].get(number)
        if inner and not isinstance(value, int) and _is_elsewhere(value, inner, depth - 1):
            return True
    return False
