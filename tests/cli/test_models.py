"""What `photochrom models` promises."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photochrom.card import Card
from photochrom.catalog import CATALOG, PUBLISHED, TRAINABLE, Entry
from photochrom.cli import main
from tiny_model import CARD, with_changes, write_tiny_model


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = write_tiny_model(tmp_path / "tiny.onnx")
    monkeypatch.setitem(CATALOG, "tiny", Entry(file, "CC0-1.0", "knows three colors"))
    monkeypatch.setitem(CATALOG, "lost", Entry(tmp_path / "lost.onnx", "MIT", "is not here"))
    return file


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["models", *words])


def test_the_list_has_a_row_a_model_and_says_how_to_have_it(tiny: Path) -> None:
    result = run()
    assert result.exit_code == 0
    heading, *rows = (line.split() for line in result.stdout.splitlines())
    assert heading == ["name", "how", "size", "licence", "about"]
    names = [row[0] for row in rows]
    assert set(CATALOG) <= set(names)
    assert rows[names.index("tiny")] == ["tiny", "bundled", "0.0", "MB", "CC0-1.0", "knows", "three", "colors"]
    assert rows[names.index("lost")] == ["lost", "bundled", "missing", "MIT", "is", "not", "here"]
    ways = {way: {row[0] for row in rows if row[1:2] == [way]} for way in ("train", "convert")}
    assert ways == {"train": set(TRAINABLE), "convert": set(PUBLISHED)}


def test_published_weights_are_listed_with_size_licence_and_where_they_come_from() -> None:
    rows = {row["name"]: row for row in json.loads(run("--json").stdout) if row["how"] == "convert"}
    assert rows["larsson2016"]["bytes"] == 588_203_256
    assert rows["zhang2016"]["licence"] == "BSD-2-Clause"
    assert "richzhang/colorization" in rows["zhang2016"]["source"]
    assert rows["iizuka2016"]["licence"] == "CC-BY-NC-SA-4.0"
    assert rows["iizuka2016"]["summary"].startswith("non-commercial use only")
    assert not any("non-commercial" in row["summary"] for name, row in rows.items() if name != "iizuka2016")


def test_the_list_for_programs(tiny: Path) -> None:
    rows = json.loads(run("--json").stdout)
    assert [row["name"] for row in rows] == [*CATALOG, *TRAINABLE, *PUBLISHED]
    of_tiny = next(row for row in rows if row["name"] == "tiny")
    assert of_tiny == {
        "name": "tiny", "how": "bundled", "here": True, "bytes": tiny.stat().st_size, "licence": "CC0-1.0",
        "summary": "knows three colors", "source": None,
    }  # fmt: skip
    assert next(row for row in rows if row["name"] == "lost")["here"] is False


@pytest.mark.parametrize("by", ["name", "file"])
def test_a_card_is_shown_as_text(tiny: Path, by: str) -> None:
    result = run("show", "tiny" if by == "name" else str(tiny))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "tiny 7",
        "",
        "Licence: CC0-1.0",
        "Network: name tiny",
        "Colors: name ab_bins, neighbors 10, sigma 5",
        "Read-out: kind annealed, temperature 0.38",
        "Saturation: 1",
        "Sees: L* at 64 px, strides 16 in and 4 out",
        "Made for: Tests.",
        "Limits: Knows three colors.",
        "Provenance: recipe none, minutes 0.5",
        "Score: protocol by eye, colors 3",
        "",
        f"File: {tiny}",
    ]


def test_a_card_for_programs_is_the_card(tiny: Path) -> None:
    assert Card.from_json(run("show", "tiny", "--json").stdout) == CARD


def test_a_model_that_is_not_here_is_a_sentence(tiny: Path) -> None:
    result = run("show", "lost")
    assert result.exit_code == 1
    assert "'lost' is missing from this installation" in result.stderr


def test_tables_within_tables_are_indented(tmp_path: Path) -> None:
    provenance = {"recipe": {"name": "small", "data": {"size": 176}, "notes": {}}, "minutes": 9.5}
    file = write_tiny_model(tmp_path / "nested.onnx", with_changes(provenance=provenance))
    text = run("show", str(file)).stdout
    assert "\nProvenance:\n  recipe:\n    name: small\n    data: size 176\n  minutes: 9.5\n" in text


def test_a_network_to_train_is_listed_and_shows_its_layers() -> None:
    assert ["zhang2016", "train", "yours"] in [line.split()[:3] for line in run().stdout.splitlines()]
    lines = run("show", "zhang2016").stdout.splitlines()
    assert lines[2].split() == ["layer", "kernel", "X", "C", "S", "D", "Sa", "De", "BN", "parameters"]
    rows = {line.split()[0]: line.split()[4:] for line in lines[3:-2]}
    assert rows["model1.2"] == ["112", "64", "2", "1", "1", "1", "yes", "37,056"]
    assert rows["model5.0"] == ["28", "512", "1", "2", "8", "16", "-", "2,359,808"]
    assert rows["model8.0"] == ["56", "256", "1/2", "1", "8", "8", "-", "2,097,408"]
    assert lines[-1].startswith("32,235,385 parameters")


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_network_shows_its_layers(name: str) -> None:
    assert run("show", name).stdout.splitlines()[-1].endswith("parameters; a picture of 224 x 224")
