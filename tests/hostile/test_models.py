"""Model files from strangers: whatever is in them, they are a model that can be used or are refused in one sentence."""

import json
import os
import pickle
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, external_data_helper

from photochrom.card import PROPERTY, Card
from photochrom.errors import ModelError
from photochrom.model import Model
from photochrom.representations import Readout, representation_from_card
from tiny_model import CARD, with_changes, write_tiny_model

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
REPRESENTATIONS: list[dict[str, Any]] = [
    {"name": "ab_bins", "neighbors": 10, "sigma": 5.0},
    {"name": "ab_quantiles", "bins": 32, "joint": False, "sigma": 25.0},
    {"name": "hue_chroma", "bins": 32},
    {"name": "regression"},
]


def refusal(path: Path) -> str:
    """The sentence with which a file is refused; it names the file and takes one line."""
    began = time.monotonic()
    with pytest.raises(ModelError) as told:
        Model.load(path, provider="cpu")
    assert time.monotonic() - began < 60
    sentence = str(told.value)
    assert str(path) in sentence
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"<!DOCTYPE html><title>404</title>", pickle.dumps({"a": 1}), b"PK\3\4" + b"\0" * 60,
     b"\x3a" * 100_000, b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", os.urandom(4096)],
    ids=["empty", "zeros", "a page", "a pickle", "a zip", "fields in fields", "an endless field", "noise"],
)  # fmt: skip
def test_what_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "stranger.onnx"
    path.write_bytes(content)
    assert "is not a model that onnxruntime can open" in refusal(path)


def test_cut_at_many_places_a_model_is_refused(tmp_path: Path) -> None:
    data = write_tiny_model(tmp_path / "whole.onnx").read_bytes()
    for length in range(0, len(data), max(1, len(data) // 40)):
        path = tmp_path / "cut.onnx"
        path.write_bytes(data[:length])
        refusal(path)


def test_a_file_of_many_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(40 << 30)  # takes no disk
    assert "is larger than" in refusal(path)


@pytest.mark.parametrize("place", ["weights.bin", "../secret.bin", "/etc/passwd"])
def test_weights_in_other_files_are_not_opened(place: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = write_tiny_model(folder / "stranger.onnx")
    for other in (folder / "weights.bin", tmp_path / "secret.bin"):
        other.write_bytes(bytes(1 << 16))
    model = onnx.load(str(path))
    tensor = next(one for one in model.graph.initializer if one.name == "slopes")
    external_data_helper.set_external_data(tensor, place, 0, 313 * 4)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    assert "other files" in refusal(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"working_size": 10**9},
        {"stride_in": 1 << 30},
        {"stride_in": 1 << 30, "stride_out": 1 << 30},
        {"working_size": 10**400},
        {"photochrom": 99},
        {"name": None},
        {"surprise": 1},
        {"readout": {"kind": "annealed", "temperature": "hot"}},
        {"readout": {"kind": "annealed", "temperature": -1}},
        {"representation": {"name": "ab_bins", "neighbors": 10**12}},
        {"representation": {"name": "ab_bins", "neighbors": "ten"}},
        {"representation": {"name": "__import__"}},
        {"representation": {"name": ["ab_bins"]}},
    ],
    ids=str,
)
def test_a_card_that_asks_for_the_impossible_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    refusal(write_tiny_model(tmp_path / "stranger.onnx", card=with_changes(**changes)))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "NaN", "nul", '"\\ud800"', "{}", "\0"])
def test_a_card_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ModelError):
        Card.from_json(text)


@given(st.sampled_from(sorted(json.loads(CARD.to_json()))), json_values)
def test_a_card_with_any_value_anywhere_is_read_or_refused(key: str, value: object) -> None:
    read_card({**json.loads(CARD.to_json()), key: value})


@given(st.sampled_from(REPRESENTATIONS), st.data(), json_values)
def test_a_representation_with_any_value_anywhere_is_read_or_refused(
    settings: dict[str, Any], data: st.DataObject, value: object
) -> None:
    key = data.draw(st.sampled_from([*settings, "scale", "space", "kind"]))
    read_card({**json.loads(CARD.to_json()), "representation": {**settings, key: value}})


@given(st.sampled_from(["kind", "temperature", "quantile", "seed", "fade"]), json_values)
def test_a_readout_with_any_value_anywhere_is_read_or_refused(key: str, value: object) -> None:
    read_card({**json.loads(CARD.to_json()), "readout": {"kind": "annealed", "temperature": 0.4, key: value}})


def read_card(values: dict[str, Any]) -> None:
    """As a model is opened; any other error than ours fails the test."""
    try:
        card = Card.from_json(json.dumps(values))
        representation_from_card(card.representation)
        Readout.from_card(card.readout)
    except ModelError as error:
        assert re.fullmatch(r".{5,}", str(error))  # noqa: PT017  # both ways are right, this is what one of them says


def test_a_card_in_a_file_is_found_by_its_key_only(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "stranger.onnx", card="")
    assert PROPERTY in refusal(path)


@pytest.mark.parametrize("name", [b"photochrom_card", b"lightness", b"features", b"logits"])
def test_names_in_a_model_that_are_no_text_are_refused(name: bytes, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "stranger.onnx")
    path.write_bytes(path.read_bytes().replace(name, b"\xff" + name[1:]))
    refusal(path)


def test_control_characters_of_a_card_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "stranger.onnx", card=with_changes(licence="", name="\x1b[31m"))
    assert "\x1b" not in refusal(path)


def test_a_network_that_gives_what_is_no_number_is_told(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "stranger.onnx")
    model = onnx.load(str(path))
    tensor = next(one for one in model.graph.initializer if one.name == "offsets")
    tensor.raw_data = np.full(313, np.nan, np.float32).tobytes()
    path.write_bytes(model.SerializeToString())
    opened = Model.load(path, provider="cpu")
    with pytest.raises(ModelError, match=r"gave logits that are not finite numbers"):
        opened.predict(np.full((70, 90), 50, np.float32))
