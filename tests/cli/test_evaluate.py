"""`photochrom evaluate` as it is typed: the table, the files, and a sentence for everything that can be wrong."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner, Result

from albums import album, colorful
from photochrom.cli import main
from photochrom.cli.evaluate import baseline_names
from photochrom.errors import EvaluationError
from pictures import saved


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return album(tmp_path / "truth", 3)


def test_a_table_a_report_and_results(truth: Path, tmp_path: Path) -> None:
    made = album(tmp_path / "made", 3)
    done = run("--results", f"mine={made}", "--data", truth, "-o", tmp_path / "out", "--baselines", "gray",
               "--bootstrap", 20, "--workers", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "folder: 3 photographs, each photograph at its own size" in done.stdout
    assert "mine against gray: " in done.stdout
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "report.html", "results.json", "photographs.csv", "measured.sqlite",
    }  # fmt: skip


def test_frames_are_written_for_another_program(truth: Path, tmp_path: Path) -> None:
    done = run("--data", truth, "--frames", tmp_path / "frames")
    assert done.exit_code == 0
    assert sorted(one.name for one in (tmp_path / "frames").iterdir()) == ["00.png", "01.png", "02.png"]
    assert "3 gray photographs" in done.stderr


def test_an_unknown_protocol_prints_the_list(truth: Path, tmp_path: Path) -> None:
    done = run("--data", truth, "-o", tmp_path / "out", "--protocol", "imagenet")
    assert done.exit_code == 1
    assert "There is no protocol 'imagenet'" in done.stderr
    assert "zhang2016" in done.stderr
    assert "the first 5,000 photographs of ImageNet's validation set" in done.stderr


def test_a_result_with_pixels_that_are_no_numbers_is_named(truth: Path, tmp_path: Path) -> None:
    made = album(tmp_path / "made", 3)
    (made / "01.png").unlink()
    pixels = (colorful(1) / 255).astype(np.float32)
    pixels[3, 4] = np.nan
    image = pyvips.Image.new_from_memory(pixels.tobytes(), 48, 40, 3, "float").copy(interpretation="scrgb")
    image.write_to_file(str(made / "01.tif"))
    done = run("--results", f"mine={made}", "--data", truth, "-o", tmp_path / "out", "--baselines", "none")
    assert done.exit_code == 1
    assert "01.tif (mine) has pixels that are no numbers (NaN)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_missing_partners_are_named(truth: Path, tmp_path: Path) -> None:
    done = run("--results", f"mine={album(tmp_path / 'made', 2)}", "--data", truth, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "1 of 3 photographs have no colorized partner" in done.stderr
    assert "truth/02.png" in done.stderr


def test_sizes_that_differ_are_told(truth: Path, tmp_path: Path) -> None:
    made = album(tmp_path / "made", 3)
    (made / "02.png").write_bytes(saved(colorful(2, 30, 30), "png"))
    done = run("--results", f"mine={made}", "--data", truth, "-o", tmp_path / "out", "--workers", 1)
    assert done.exit_code == 1
    assert "02.png (mine) is 30 x 30" in done.stderr


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("--data", tmp_path / "empty", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "no photographs" in done.stderr


@pytest.mark.parametrize("words", [(), ("-o", "out", "--frames", "frames")])
def test_one_asks_for_a_report_or_for_frames(truth: Path, words: tuple[str, ...]) -> None:
    assert run("--data", truth, *words).exit_code == 2


def test_baselines_are_named_by_commas() -> None:
    assert baseline_names("all") == ["gray", "random", "truth"]
    assert baseline_names("none") == []
    assert baseline_names("gray, truth") == ["gray", "truth"]
    with pytest.raises(EvaluationError, match="by commas"):
        baseline_names(",")
