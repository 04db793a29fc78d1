"""A model file from a stranger: opened alone, within bounds, or refused in a sentence."""

import random
from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from photochrom import model_file
from photochrom.errors import ModelError
from photochrom.model import Model
from photochrom.model_file import read_model_file
from tiny_model import write_tiny_model


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.onnx")


def test_a_model_of_one_file_is_read_whole(tiny: Path) -> None:
    assert read_model_file(tiny) == tiny.read_bytes()


@pytest.mark.parametrize("place", ["weights.bin", "../weights.bin", "/etc/hostname"])
def test_weights_in_other_files_are_refused_wherever_they_lie(tiny: Path, place: str) -> None:
    network = onnx.load(str(tiny))
    tensor = network.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=place)
    tiny.write_bytes(network.SerializeToString())
    with pytest.raises(ModelError, match=r"tiny\.onnx keeps weights in other files, .* save the model as one file"):
        Model.load(tiny)


def external() -> TensorProto:
    tensor = TensorProto(name="hidden", data_type=TensorProto.FLOAT, dims=[4])
    tensor.external_data.add(key="location", value="weights.bin")
    return tensor


def test_weights_are_found_in_constants_branches_functions_and_sparse_tensors(tiny: Path) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=external())
    branch = helper.make_graph([constant], "branch", [], [])
    hidden = []
    for put in range(4):
        network = onnx.load(str(tiny))
        if put == 0:
            network.graph.node.append(constant)
        elif put == 1:
            network.graph.node.append(helper.make_node("If", ["c"], ["d"], then_branch=branch, else_branch=branch))
        elif put == 2:
            network.functions.append(
                helper.make_function("ours", "F", [], ["c"], [constant], [helper.make_opsetid("", 18)])
            )
        else:
            network.graph.sparse_initializer.add().values.CopyFrom(external())
        hidden.append(network)
    for network in hidden:
        tiny.write_bytes(network.SerializeToString())
        with pytest.raises(ModelError, match="keeps weights in other files"):
            read_model_file(tiny)


def test_a_file_beyond_the_cap_is_refused_unread(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_BYTES", tiny.stat().st_size - 1)
    with pytest.raises(ModelError, match="is larger than"):
        Model.load(tiny)


def test_what_is_not_onnx_is_not_shown_to_onnxruntime(tiny: Path) -> None:
    """onnxruntime's own format among it, which it tells by its content and which has no such checks."""
    for data in (b"\x18\0\0\0ORTM" + bytes(200), b"", b"PK\3\4" * 30, tiny.read_bytes()[:-30]):
        tiny.write_bytes(data)
        with pytest.raises(ModelError, match="is not a model that onnxruntime can open"):
            Model.load(tiny)


def test_messages_nested_without_end_are_refused(tmp_path: Path) -> None:
    def within(number: int, message: bytes) -> bytes:
        length = len(message)
        return bytes([number << 3 | 2, length & 127 | 128, length >> 7 & 127 | 128, length >> 14]) + message

    message = b""
    for _ in range(40):  # a graph in an attribute of a node of a graph ...
        message = within(1, within(5, within(6, message)))
    (tmp_path / "deep.onnx").write_bytes(within(7, message))
    with pytest.raises(ModelError, match="it is no ONNX file"):
        read_model_file(tmp_path / "deep.onnx")


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(data)
    with suppress(ModelError):  # and no other error
        assert read_model_file(path) == data


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_a_damaged_model_is_opened_or_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    source = folder / "sound.onnx"
    if not source.exists():
        write_tiny_model(source)
    data, draw = bytearray(source.read_bytes()), random.Random(seed)
    for _ in range(changes):
        data[draw.randrange(len(data))] = draw.randrange(256)
    (folder / "damaged.onnx").write_bytes(data)
    with suppress(ModelError):  # and no other error
        Model.load(folder / "damaged.onnx")
