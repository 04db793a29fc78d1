"""`photochrom study`: studies are found by name, --help loads nothing, nothing is clobbered, bad words are told."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flat_pictures import flat, save
from photochrom.cli import main
from photochrom.cli.study import STUDIES

OURS = [name for name in STUDIES if name != "turing"]  # a group of its own

HELP = """
import contextlib, sys
from photochrom.cli import main
sys.argv = ["photochrom", "study", "--help"]
with contextlib.suppress(SystemExit):
    main()
print("loaded:", sorted({"numpy", "matplotlib", "onnxruntime", "pyvips", "rich", "torch"} & set(sys.modules)))
"""


def test_help_names_every_study_and_loads_none() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert all(f"  {name} " in done.stdout for name in STUDIES)
    assert done.stdout.endswith("loaded: []\n")


@pytest.mark.parametrize("name", OURS)
def test_every_study_explains_itself(name: str) -> None:
    done = CliRunner().invoke(main, ["study", name, "--help"])
    assert done.exit_code == 0
    assert f"Usage: main study {name}" in done.output
    assert "--overwrite" in done.output


def test_an_unknown_study_is_told_with_the_nearest() -> None:
    done = CliRunner().invoke(main, ["study", "stabilty", "x"])
    assert done.exit_code == 2
    assert "There is no study 'stabilty'. Did you mean 'stability'?" in done.output


def test_results_that_are_there_stay_unless_allowed(study, album: Path, tiny: Path) -> None:
    first = study("legacy", album, "--model", tiny)
    again = study("legacy", album, "--model", tiny)
    assert (first.status, again.status) == (0, 1)
    sentence = "holds files already; choose another folder or allow it with --overwrite."
    assert again.output == f"Error: {first.folder} {sentence}\n"
    assert study("legacy", album, "--model", tiny, "--overwrite").status == 0


def test_results_say_how_they_were_made(study, album: Path, tiny: Path) -> None:
    done = study("legacy", album, "--model", tiny, "--limit", 2)
    results = done.results
    assert results["command"] == f"photochrom study legacy {album} --model {tiny} --limit 2 -o {done.folder}"
    assert results["study"] == "legacy"
    assert results["models"]["tiny"]["readout"] == {"kind": "annealed", "temperature": 0.38}
    assert len(results["models"]["tiny"]["sha256"]) == 64
    assert {"photochrom", "python", "numpy", "onnxruntime"} <= set(results["versions"])
    assert set(results["files"]) | {"results.json"} == done.files


def test_the_same_command_gives_the_same_figures(study, album: Path, tiny: Path) -> None:
    one = study("legacy", album, "--model", tiny, out="one")
    other = study("legacy", album, "--model", tiny, out="other")
    for name in ("legacy-1.png", "legacy-1.svg"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["legacy", "nowhere"], "nowhere does not exist; name a folder of pictures or a tar file."),
        (["legacy", "{empty}"], "There are no photographs in {empty}; name a folder that has some."),
        (["legacy", "{broken}"], "None of 1 photographs can be read; the first: "),
        (["legacy", "{album}", "--model", "{tiny}", "--model", "tiny={tiny}"], "Two models would be called tiny;"),
        (["legacy", "{album}", "--model", "{tiny}", "--readout", "loud"], "unknown read-out 'loud'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    study, words: list[str], sentence: str, album: Path, tiny: Path, tmp_path: Path
) -> None:
    places = {"album": album, "tiny": tiny, "empty": tmp_path / "empty", "broken": tmp_path / "broken.jpg"}
    places["empty"].mkdir()
    places["broken"].write_bytes(b"no picture")
    model = [] if "--model" in words else ["--model", str(tiny)]
    done = study(*(word.format_map(places) for word in [*words, *model]))
    assert done.status == 1
    assert done.output.startswith(f"Error: {sentence.format_map(places)}")
    assert done.output.count("\n") == 1


SIZES = {"point": (1, 1), "line": (1, 300), "column": (300, 1), "strip": (20, 700)}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("temperature", ["--temperature", 1]),
        ("stability", ["--show", 9]),
        ("rebalance", []),
        ("global", ["--show", 9]),
        ("failure", []),
    ],
)
def test_pictures_of_odd_sizes_are_studied_too(study, tmp_path: Path, tiny: Path, name: str, words: list) -> None:
    for one, size in SIZES.items():
        save(tmp_path / "odd" / f"{one}.png", flat(120, 90, 60, *size))
    done = study(name, tmp_path / "odd", *words, *(["--model", tiny] if name != "rebalance" else []))
    assert done.status == 0, done.output
