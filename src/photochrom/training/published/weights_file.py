"""Files of weights as tensors by name, known by their content; whatever a file holds, nothing in it is run.

    PyTorch       a state dict, read with weights_only                       key -> tensor
    safetensors   the same                                                   key -> tensor
    Caffe         a binary NetParameter, its blobs                           layer/number -> tensor
    Caffe HDF5    a group `data`, in it one a layer, in it its blobs         layer/number -> tensor

ModelError, in one sentence, for everything else.
"""

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from photochrom.errors import ModelError
from photochrom.wire import fields, varint

Tensors = dict[str, Tensor]

# Numbers of fields in caffe.proto: of NetParameter, of the two generations of layers, of blobs.
LAYERS_OLD, LAYERS = 2, 100
NAME, BLOBS = {LAYERS_OLD: 4, LAYERS: 1}, {LAYERS_OLD: 6, LAYERS: 7}
DATA, SHAPE, DOUBLES, DIM = 5, 7, 8, 1
LEGACY_SIDES = (1, 2, 3, 4)  # num, channels, height, width, of files before there were shapes


def read_weights(path: Path) -> Tensors:
    """All tensors of a file by name; see the module's table."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from None
    if start[:8] == b"\x89HDF\r\n\x1a\n":
        return _hdf5(path)
    if start[:2] == b"PK" or start[:1] == b"\x80":
        return _state_dict(path)
    if start[8:9] == b"{":
        return _safetensors(path)
    return caffe_blobs(path.read_bytes(), str(path))


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits; ModelError where it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from None


def _state_dict(path: Path) -> Tensors:
    try:
        with warnings.catch_warnings():  # of pickles by others than torch, which the error below speaks of
            warnings.simplefilter("ignore", UserWarning)
            values = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError, ValueError, KeyError, AttributeError, IndexError, TypeError):
        raise ModelError(f"{path} is no PyTorch file of plain weights, or it is damaged.") from None
    if not isinstance(values, dict) or not all(isinstance(value, Tensor) for value in values.values()):
        raise ModelError(f"{path} holds something else than a state dict, keys and their tensors.")
    return {str(key): value for key, value in values.items()}


def _safetensors(path: Path) -> Tensors:
    try:
        return load_file(path)
    except (SafetensorError, ValueError):
        raise ModelError(f"{path} is no safetensors file, or it is damaged.") from None


def _hdf5(path: Path) -> Tensors:
    try:
        import h5py
    except ImportError:
        raise ModelError(f"{path} is an HDF5 file, which takes one more package: pip install h5py.") from None
    try:
        with h5py.File(path, "r") as file:
            layers = file["data"]
            return {
                f"{layer}/{number}": torch.from_numpy(np.asarray(layers[layer][number], np.float32))
                for layer in layers
                for number in layers[layer]
            }
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise ModelError(f"{path} is no Caffe file in HDF5, or it is damaged.") from None


def caffe_blobs(data: bytes, name: str) -> Tensors:
    """The blobs in the bytes of a .caffemodel: "layer/number" -> tensor. `name` stands for the file in errors."""
    found: Tensors = {}
    try:
        for number, layer in fields(memoryview(data)):
            if number in NAME and not isinstance(layer, int):
                found |= _layer(layer, number)
    except (ValueError, IndexError, OverflowError):
        found = {}
    if not found:
        raise ModelError(f"{name} is neither a PyTorch, a safetensors, a Caffe nor an HDF5 file, or it is damaged.")
    return found


def _layer(message: memoryview, generation: int) -> Tensors:
    name, blobs = "", []
    for number, value in fields(message):
        if isinstance(value, int):
            continue
        if number == NAME[generation]:
            name = bytes(value).decode("utf-8")
        elif number == BLOBS[generation]:
            blobs.append(_blob(value))
    return {f"{name}/{number}": blob for number, blob in enumerate(blobs)}


def _blob(message: memoryview) -> Tensor:
    singles, doubles = bytearray(), bytearray()
    shape: list[int] | None = None
    sides = dict.fromkeys(LEGACY_SIDES, 1)
    for number, value in fields(message):
        if isinstance(value, int):
            if number in sides:
                sides[number] = value
        elif number == DATA:
            singles += value
        elif number == DOUBLES:
            doubles += value
        elif number == SHAPE:
            shape = list(_dims(value))
    values = np.frombuffer(doubles, "<f8") if doubles else np.frombuffer(singles, "<f4")
    return torch.from_numpy(values.astype(np.float32).reshape(list(sides.values()) if shape is None else shape))


def _dims(message: memoryview) -> Iterator[int]:
    for number, value in fields(message):
        if number == DIM and isinstance(value, int):
            yield value
        elif number == DIM and not isinstance(value, int):
            at = 0
            while at < len(value):
                side, at = varint(value, at)
                yield side
