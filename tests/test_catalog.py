"""What the catalog promises: names and paths lead to files, anything else to a sentence."""

from pathlib import Path

import pytest

from photochrom.catalog import BUNDLED, CATALOG, DEFAULT, locate
from photochrom.errors import ModelError


def test_the_default_is_known_and_comes_with_the_package() -> None:
    assert CATALOG[DEFAULT].file.parent == BUNDLED


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "own.onnx"
    file.touch()
    assert locate(file) == file
    assert locate(str(file)) == file


def test_a_name_leads_to_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "photochrom.onnx"
    file.touch()
    monkeypatch.setitem(CATALOG, "here", type(CATALOG[DEFAULT])(file, "CC0-1.0", "a test"))
    assert locate("here") == file


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("fotochrom", "no model 'fotochrom'; did you mean 'photochrom'"),
        ("xyz", "no model 'xyz'; known are photochrom"),
        ("missing.onnx", "no model file missing.onnx"),
        ("folder/model", "no model file folder/model"),
        (Path("photochrom"), "no model file photochrom"),
        (".", "is a folder, not a model file"),
    ],
)
def test_a_model_that_is_not_there_is_named(
    model: str | Path, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=sentence):
        locate(model)


def test_a_known_model_whose_file_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(CATALOG, "lost", type(CATALOG[DEFAULT])(tmp_path / "lost.onnx", "CC0-1.0", "a test"))
    assert not CATALOG["lost"].is_here
    with pytest.raises(ModelError, match=r"'lost' is missing from this installation"):
        locate("lost")
