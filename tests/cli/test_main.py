"""What `photochrom` itself promises: commands found, loaded late, errors as one sentence."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import photochrom
from photochrom.cli import main
from photochrom.cli.main import COMMANDS
from photochrom.errors import PhotochromError


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_help_names_every_command(words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code == 0
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    assert find_spec(f"photochrom.cli.{name}") is not None
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {name}")
    assert result.stdout.count("--debug") == 1


def test_version_names_what_decides_the_result() -> None:
    assert re.fullmatch(
        rf"photochrom {re.escape(photochrom.__version__)}, libvips \d+\.\d+\.\d+, onnxruntime \d\S+, "
        r"model photochrom \S+, (compiled rendering|rendering by NumPy)\n",
        run("--version").stdout,
    )


@pytest.mark.parametrize(
    ("word", "hint"),
    [("colorise", "Did you mean 'colorize'?"), ("modles", "Did you mean 'models'?"), ("xyz", "--help")],
)
def test_a_word_that_is_neither_command_nor_path_is_wrong_usage(word: str, hint: str) -> None:
    result = run(word)
    assert result.exit_code == 2
    assert f"There is no command and no file '{word}'. " in result.stderr
    assert hint in result.stderr


def test_a_missing_photograph_in_the_short_form_is_named(tmp_path: Path) -> None:
    result = run(str(tmp_path / "old.jpg"), str(tmp_path / "new.jpg"))
    assert result.exit_code == 2
    assert "no file" in result.stderr
    assert "old.jpg" in result.stderr


@pytest.mark.parametrize(
    "words", [["colorize"], ["colorize", "a.jpg", "--quality", "0"], ["colorize", "a.jpg", "--tepmerature", "1"]]
)
def test_wrong_usage_exits_with_2(words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_our_errors_are_one_sentence_and_status_1(tmp_path: Path) -> None:
    result = run("models", "show", "fotochrom")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no model 'fotochrom'; did you mean 'photochrom'?\n"
    assert result.stdout == ""


@pytest.mark.parametrize("words", [["--debug", "models", "show", "xyz"], ["models", "--debug", "show", "xyz"]])
def test_debug_shows_where_it_came_from(words: list[str]) -> None:
    result = run(*words)
    assert isinstance(result.exception, PhotochromError)
    assert result.exit_code != 0
