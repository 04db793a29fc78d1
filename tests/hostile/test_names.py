"""Names of files may hold anything but NUL and a slash; what is printed about them is one harmless line."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from photochrom.cli import main
from photochrom.errors import PhotoError, printable
from photochrom.photo import Photo
from pictures import saved, smooth
from tiny_model import with_changes, write_tiny_model

NAMES = {
    "newline": b"old\nphoto",
    "escape sequence": b"\x1b[31mold\x1b]0;title\x07",
    "carriage return": b"harmless\rrm -rf",
    "invalid UTF-8": b"gro\xdfmutter\xff",
    "writing turned": "photo\u202egnp".encode(),
    "emoji": "👩‍👩‍👧 🏔️".encode(),
    "scripts": "祖母 бабушка جدة".encode(),
    "quotes and spaces": b" '\"`$(touch x) ",
    "dashes": b"--quality",
    "markup": b"[bold red]a[b] <b>&amp;",
    "as long as names get": b"a" * 250,
}
HARMLESS = {"emoji", "scripts", "quotes and spaces", "dashes", "markup", "as long as names get"}


def named(folder: Path, name: bytes) -> Path:
    return folder / os.fsdecode(name + b".png")


def run(*words: object) -> tuple[int, str]:
    """Exit status and standard error of the command, as bytes that are UTF-8."""
    done = subprocess.run([sys.executable, "-m", "photochrom", *map(str, words)], capture_output=True, check=False)
    return done.returncode, done.stderr.decode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_of_any_name_is_read_and_written(name: str, tmp_path: Path) -> None:
    path = named(tmp_path, NAMES[name])
    path.write_bytes(saved(smooth(9, 9), "png"))
    Photo.read(path).write(path, overwrite=True)
    assert Photo.read(path).size == (9, 9)
    assert os.listdir(os.fsencode(tmp_path)) == [NAMES[name] + b".png"]


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_of_any_name_is_told_on_one_line(name: str, tmp_path: Path) -> None:
    path = named(tmp_path, NAMES[name])
    path.write_bytes(b"no picture")
    with pytest.raises(PhotoError) as told:
        Photo.read(path)
    assert str(told.value).isprintable() or name == "emoji"
    assert (str(path) in str(told.value)) == (name in HARMLESS)


def test_what_is_printed_to_a_terminal_has_escapes_instead_of_control_characters(tmp_path: Path) -> None:
    path = named(tmp_path, b"one\ntwo \x1b[31mred\xff")
    path.write_bytes(b"no picture")
    status, errors = run("colorize", path, "-o", tmp_path / "out.png")
    assert status == 1
    assert errors.count("\n") == 1
    assert r"one\ntwo \x1b[31mred\xff.png is not a picture" in errors


def test_words_of_the_command_line_are_escaped_too() -> None:
    status, errors = run("no\x1b[31m\nsuch")
    assert status == 2
    assert r"'no\x1b[31m\nsuch'" in errors
    assert "\x1b" not in errors


def test_a_folder_of_such_names_is_colored_and_its_failures_are_lines_that_can_be_printed(tmp_path: Path) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    for name in NAMES.values():
        named(album, name).write_bytes(saved(smooth(9, 9), "png"))
        named(album, b"bad" + name[:200]).write_bytes(b"no picture")
    model = write_tiny_model(tmp_path / "tiny.onnx")
    result = CliRunner().invoke(main, ["colorize", str(album), "-o", str(out), "--model", str(model)])
    assert result.exit_code == 1
    assert all(line.replace("\u200d", "").isprintable() for line in result.stderr.splitlines())
    assert {name + b".png" for name in NAMES.values()} <= set(os.listdir(os.fsencode(out)))
    with (out / "failures.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + len(NAMES)


def test_the_card_of_a_stranger_is_printed_without_its_control_characters(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.onnx", card=with_changes(limits="none\x1b[2J\x9b31m\u202e"))
    for words in ([], ["--json"]):
        shown = CliRunner().invoke(main, ["models", "show", str(model), *words]).stdout
        assert shown.replace("\n", "").isprintable()
        assert "none" in shown


@given(st.text(st.characters()))
def test_printable_leaves_what_can_be_printed_and_is_one_line(text: str) -> None:
    plain = printable(text)
    assert plain.replace("\u200d", "").isprintable()
    assert printable(plain) == plain
    if text.isprintable():
        assert plain == text
