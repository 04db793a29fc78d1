"""What `photochrom export` promises: what is asked for gets into the file, told in a line; nothing is overwritten."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from photochrom.cli import main
from photochrom.representations import Readout
from photochrom.training import export as exporting
from photochrom.training.export import Exported, Finish
from tiny_model import with_card


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the command asks for; a file of two megabytes is written for it (the real one: training/test_export.py)."""
    calls: list[dict[str, Any]] = []

    def export(
        folder: Path, path: Path, finish: Finish, about: dict[str, Any], half: bool, others: Sequence[Path]
    ) -> Exported:
        calls.append({"run": folder, "finish": finish, "about": about, "half": half, "others": list(others)})
        path.write_bytes(bytes(2_000_000))
        return Exported(with_card(name="tiny", version="7"), 0.00123)

    monkeypatch.setattr(exporting, "export", export)
    return calls


def test_a_plain_export_takes_the_defaults_and_tells_size_and_difference(
    asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    result = run(tmp_path / "run", "-o", tmp_path / "model.onnx")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'model.onnx'}: tiny 7, 2.0 MB, logits within 0.001.\n"
    about = {"version": "1", "licence": "unstated"}
    assert asked == [{"run": tmp_path / "run", "finish": Finish(), "about": about, "half": True, "others": []}]


def test_every_option_arrives(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    words = "--name forest --version 3 --temperature 0.5 --rebalance 0.8 --saturation 1.2 --working-size 256 --fp32"
    result = run(
        tmp_path / "run", "-o", tmp_path / "model.onnx", *words.split(), "--licence", "Apache-2.0", "--average", "b"
    )
    assert result.exit_code == 0
    assert asked[0]["others"] == [Path("b")]
    assert asked[0]["finish"] == Finish(Readout("annealed", 0.5), 0.8, 1.2, 256)
    assert asked[0]["about"] == {"name": "forest", "version": "3", "licence": "Apache-2.0"}
    assert asked[0]["half"] is False


def test_a_readout_without_a_temperature_arrives(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    assert run(tmp_path / "run", "-o", tmp_path / "model.onnx", "--readout", "median").exit_code == 0
    assert asked[0]["finish"].readout == Readout("median")


def test_a_temperature_goes_with_the_annealed_mean_alone(tmp_path: Path) -> None:
    words = ["--readout", "mode", "--temperature", "0.3"]
    assert "the mode has none" in run(tmp_path / "run", "-o", tmp_path / "model.onnx", *words).stderr


def test_the_rest_of_the_card_comes_from_a_file(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    about = tmp_path / "about.json"
    about.write_text('{"intended_use": "old photographs", "provenance": {"hardware": "a laptop"}}')
    assert run(tmp_path / "run", "-o", tmp_path / "model.onnx", "--about", about, "--name", "a").exit_code == 0
    assert asked[0]["about"]["intended_use"] == "old photographs"
    assert asked[0]["about"]["provenance"] == {"hardware": "a laptop"}
    assert asked[0]["about"]["name"] == "a"


@pytest.mark.parametrize(("text", "problem"), [("{", "cannot read"), ("[1]", "must hold a JSON object")])
def test_a_broken_file_about_the_model_is_one_sentence(text: str, problem: str, tmp_path: Path) -> None:
    about = tmp_path / "about.json"
    about.write_text(text)
    result = run(tmp_path / "run", "-o", tmp_path / "model.onnx", "--about", about)
    assert result.exit_code == 1
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_existing_file_stays_unless_told_otherwise(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"older")
    result = run(tmp_path / "run", "-o", tmp_path / "model.onnx")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'model.onnx'} exists: choose another name, or --overwrite\n"
    assert (tmp_path / "model.onnx").read_bytes() == b"older"
    assert run(tmp_path / "run", "-o", tmp_path / "model.onnx", "--overwrite").exit_code == 0
    assert len(asked) == 1


def test_a_folder_without_a_run_is_one_sentence(tmp_path: Path) -> None:
    result = run(tmp_path, "-o", tmp_path / "model.onnx")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path} holds no run: checkpoint.safetensors is missing\n"
    assert not (tmp_path / "model.onnx").exists()


def test_a_folder_as_the_output_is_one_sentence(tmp_path: Path) -> None:
    for words in ([], ["--overwrite"]):
        result = run(tmp_path / "run", "-o", tmp_path, *words)
        assert result.exit_code == 1
        assert result.stderr == f"Error: {tmp_path} is a folder: give the name of a file to write\n"


@pytest.mark.parametrize("words", [["--temperature", "0"], ["--rebalance", "2"], ["--working-size", "3"]])
def test_numbers_out_of_range_are_wrong_usage(words: list[str], tmp_path: Path) -> None:
    assert run(tmp_path, "-o", tmp_path / "model.onnx", *words).exit_code == 2
