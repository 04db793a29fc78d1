"""What `photochrom palette` promises: the colors that are likely at a place, printed and drawn."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from photochrom.cli import main
from photochrom.hints import Hint
from photochrom.photo import Photo
from pictures import saved
from tiny_model import BINS, BLUE, ORANGE, write_tiny_model

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run beside a.png, 160 x 120: black on the left, undecided between blue and orange on the right."""
    monkeypatch.chdir(tmp_path)
    pixels = np.full((120, 160), 122, np.uint8)
    pixels[:, :80] = 30
    Path("a.png").write_bytes(saved(pixels, "png"))
    tiny = write_tiny_model(tmp_path / "tiny.onnx")
    return lambda *words: CliRunner().invoke(main, ["palette", *words, "--model", str(tiny)])


def test_the_likely_colors_of_a_place_are_printed_best_first(run: Run) -> None:
    result = run("a.png", "130,60")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all("L* 5" in line and "%" in line and "#" in line for line in lines)
    assert sum(int(line.split("%")[0].split()[-1]) for line in lines) in (99, 100, 101)


def test_for_programs_they_are_json_and_each_can_be_set_as_a_hint(run: Run) -> None:
    entries = json.loads(run("a.png", "130,60", "--json").stdout)
    assert {int(np.argmin(np.hypot(*(BINS.centers - one["lab"][1:]).T))) for one in entries} == {BLUE, ORANGE}
    for one in entries:
        assert np.allclose(Hint.parse(f"130,60,{one['color']}").ab, one["lab"][1:], atol=1)
    assert len(json.loads(run("a.png", "130,60", "--json", "-n", "1").stdout)) == 1


def test_where_the_network_is_sure_there_is_one(run: Run) -> None:
    assert len(run("a.png", "10,60").stdout.splitlines()) == 1


def test_they_are_drawn_as_tiles_with_bars_as_long_as_their_shares(run: Run) -> None:
    entries = json.loads(run("a.png", "130,60", "-o", "new.png", "--json").stdout)
    drawn = Photo.read("new.png").pixels
    for one, left in zip(entries, (8, 112), strict=True):
        assert "#{:02x}{:02x}{:02x}".format(*drawn[50, left + 48]) == one["color"]
        assert np.sum(drawn[118, left : left + 96, 0] < 255) == pytest.approx(96 * one["share"], abs=1)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["a.png", "160,60"], 1, "Error: The place 160,60 lies outside of a.png, which has 160 x 120 pixels.\n"),
        (["a.png", "nan,3"], 1, "Error: The place nan,3 lies outside of a.png, which has 160 x 120 pixels.\n"),
        (["a.png", "here"], 2, "A place is written x,y in pixels, such as 120,80, not 'here'.\n"),
        (["a.png", "1,2,3"], 2, "A place is written x,y in pixels, such as 120,80, not '1,2,3'.\n"),
        (["a.png", "1,2", "-o", "a.png"], 1, "Error: a.png exists already"),
        (["none.png", "1,2"], 1, "Error: none.png"),
    ],
)
def test_what_is_no_place_gets_a_sentence(run: Run, words: list[str], status: int, sentence: str) -> None:
    result = run(*words)
    assert result.exit_code == status
    assert sentence in result.stderr
