"""What `photochrom colorize --hint` and `--hints` promise: colors where one sets them, and a sentence where not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photochrom.cli import main
from photochrom.hints import Hint, write_hints
from photochrom.photo import Photo
from pictures import saved
from tiny_model import write_tiny_model

Run = Callable[..., Result]
GREEN = "#4f9c4f"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def run(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line beside a.png, 160 x 120, its right half lighter than its left one."""
    monkeypatch.chdir(tmp_path)
    pixels = np.full((120, 160), 60, np.uint8)
    pixels[:, 80:] = 150
    Path("a.png").write_bytes(saved(pixels, "png"))
    Path("album").mkdir()
    Path("album/b.png").write_bytes(saved(pixels, "png"))
    return lambda *words: CliRunner().invoke(main, ["colorize", *words, "--model", str(tiny)])


def greener(path: str) -> tuple[float, float]:
    """How much green stands out in the left and in the right half."""
    pixels = Photo.read(path).pixels.astype(float)
    excess = pixels[..., 1] - pixels[..., [0, 2]].max(axis=-1)
    return float(excess[:, :60].mean()), float(excess[:, 100:].mean())


def test_a_hint_colors_the_region_that_it_is_set_on(run: Run) -> None:
    assert run("a.png", "-o", "plain.png").exit_code == 0
    result = run("a.png", "-o", "new.png", "--hint", f"130,60,{GREEN}")
    assert result.exit_code == 0
    assert greener("new.png")[1] > 30
    assert greener("new.png")[0] == pytest.approx(greener("plain.png")[0], abs=2)
    assert max(greener("plain.png")) < 0


def test_several_hints_and_the_later_one_counts(run: Run) -> None:
    write_hints("hints.json", [Hint(130, 60, (200, 40, 40)), Hint(20, 60, (79, 156, 79))], (120, 160))
    assert run("a.png", "-o", "new.png", "--hints", "hints.json", "--hint", f"130,60,{GREEN}").exit_code == 0
    assert min(greener("new.png")) > 5


def test_hints_are_painted_over_the_photograph(run: Run) -> None:
    layer = np.zeros((120, 160, 4), np.uint8)
    layer[50:60, 120:140] = (79, 156, 79, 255)
    Image.fromarray(layer).save("layer.png")
    assert run("a.png", "-o", "new.png", "--hints", "layer.png").exit_code == 0
    assert greener("new.png")[1] > 30


def test_what_the_lightness_does_not_allow_is_told_in_a_sentence(run: Run) -> None:
    result = run("a.png", "-o", "new.png", "--hint", "130,60,#0000ff")
    assert result.exit_code == 0
    assert result.stderr.startswith("The hint #0000ff at 130,60 is paler in the picture, as #")


@pytest.mark.parametrize("words", [["album", "-o", "out"], ["a.png", "album/b.png", "-o", "out"], ["album", "--watch"]])
@pytest.mark.parametrize("hints", [["--hint", f"1,1,{GREEN}"], ["--hints", "hints.json"]])
def test_hints_for_several_photographs_are_refused(run: Run, words: list[str], hints: list[str]) -> None:
    write_hints("hints.json", [Hint(130, 60, (200, 40, 40))], (120, 160))
    result = run(*words, *hints)
    assert result.exit_code == 2
    assert "Error: Hints belong to one photograph: give its file, not a folder or several files.\n" in result.stderr
    assert not Path("out").exists()


def test_a_word_that_is_no_hint_is_wrong_usage(run: Run) -> None:
    result = run("a.png", "-o", "new.png", "--hint", "130,60,green")
    assert result.exit_code == 2
    assert "'--hint': A hint is written x,y,#rrggbb, such as 120,80,#c02020, not '130,60,green'.\n" in result.stderr


@pytest.mark.parametrize(
    ("hints", "sentence"),
    [
        (["--hint", f"160,60,{GREEN}"], "The hint at 160,60 lies outside of the photograph"),
        (["--hints", "none.json"], "none.json cannot be read (No such file or directory)."),
        (["--hints", "broken.json"], "broken.json: this is no JSON."),
        (["--hints", "tall.json"], "tall.json: these are hints for a photograph of 30 x 40 pixels"),
        (["--hints", "album/b.png"], "album/b.png has no transparency"),
    ],
)
def test_hints_that_do_not_fit_the_photograph_get_their_sentence(run: Run, hints: list[str], sentence: str) -> None:
    Path("broken.json").write_text("{")
    write_hints("tall.json", [], (40, 30))
    result = run("a.png", "-o", "new.png", *hints)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith(f"Error: {sentence}")
    assert not Path("new.png").exists()


def test_a_result_in_a_folder_is_made_again_for_other_hints(run: Run) -> None:
    first = run("a.png", "-o", "out/", "--hint", f"130,60,{GREEN}")
    again = run("a.png", "-o", "out/", "--hint", f"130,60,{GREEN}")
    other = run("a.png", "-o", "out/", "--hint", "130,60,#c05050")
    assert [one.exit_code for one in (first, again, other)] == [0, 0, 0]
    assert "1 done before and unchanged" in again.stderr
    assert greener("out/a.png")[1] < 0
