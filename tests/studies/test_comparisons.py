"""colorspace, global, style, legacy: several ways for the same photographs, from the command to files and numbers."""

from pathlib import Path

import numpy as np
import pytest

from flat_pictures import flat, save
from photochrom.studies.global_branch import ab_distance
from photochrom.studies.legacy import near_gray
from tiny_model import with_changes, write_tiny_model


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """A model that takes no style."""
    return write_tiny_model(tmp_path / "blind.onnx", with_changes(name="blind"), inputs=("lightness",))


def test_colorspace_compares_models(study, album: Path, tiny: Path, blind: Path) -> None:
    done = study("colorspace", album, "--model", tiny, "--model", f"second={blind}")
    assert done.status == 0, done.output
    assert {"colorspace-pictures.png", "colorspace-pictures.svg"} <= done.files
    figures = done.results["figures"]
    assert figures["predicts"] == {"tiny": "ab_bins, annealed 0.38", "second": "ab_bins, annealed 0.38"}
    assert set(figures["measures"]) == {"tiny", "second"}
    for key, one in figures["measures"]["tiny"].items():  # the same network but for the style, which is its own
        assert figures["measures"]["second"][key]["value"] == pytest.approx(one["value"], nan_ok=True)
    assert figures["against_the_first"]["second"]["auc"]["difference"] == pytest.approx(0)
    assert "rmse_alpha_beta" in done.output


def test_colorspace_compares_what_models_predict(study, album: Path, tiny: Path, regression: Path) -> None:
    done = study("colorspace", album, "--model", tiny, "--model", regression)
    assert done.status == 0, done.output
    predicts = done.results["figures"]["predicts"]
    assert predicts["tiny"] == "ab_bins, annealed 0.38"
    assert predicts["plain"] == "regression, mean"  # whose card has a temperature, too, which means nothing there
    auc = {name: one["auc"]["value"] for name, one in done.results["figures"]["measures"].items()}
    assert auc["plain"] != auc["tiny"]


def test_colorspace_draws_gray_photographs_and_says_so(study, tmp_path: Path, tiny: Path) -> None:
    save(tmp_path / "old" / "a.png", flat(90, 90, 90))
    done = study("colorspace", tmp_path / "old", "--model", tiny)
    assert done.status == 0, done.output
    assert done.results["figures"]["measures"] == {}
    assert "None of the photographs is in color" in done.output


def test_gray_photographs_among_others_are_drawn_and_not_measured(study, album: Path, tiny: Path) -> None:
    save(album / "d-gray.png", flat(90, 90, 90))
    done = study("colorspace", album, "--model", tiny)
    assert (done.results["figures"]["photographs"], done.results["figures"]["in_color"]) == (4, 3)
    assert "3 of 4 photographs are in color; these alone were measured." in done.output


def test_global_shows_what_the_style_does(study, tmp_path: Path, tiny: Path) -> None:
    save(tmp_path / "album" / "a.png", flat(40, 40, 40))
    save(tmp_path / "album" / "b.png", flat(215, 215, 215))
    done = study("global", tmp_path / "album", "--model", tiny)
    assert done.status == 0, done.output
    moves = done.results["figures"]["moves_from_first"]
    # the tiny model turns green where the style's lightness is far away: the other photograph's is, an even gray's not
    assert moves["another's"] > 10
    assert moves["neutral"] < 0.1
    assert "global-pictures.png" in done.files


def test_global_compares_two_models(study, album: Path, tiny: Path, blind: Path) -> None:
    done = study("global", album, "--model", tiny, "--without", blind)
    assert done.status == 0, done.output
    assert set(done.results["figures"]["measures"]) == {"with", "without"}
    assert done.results["figures"]["moves_from_first"]["without"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", ["global", "style"])
def test_a_model_that_takes_no_style_is_told(study, album: Path, blind: Path, name: str) -> None:
    done = study(name, album, "--model", blind)
    assert done.status == 1
    assert "The model blind takes no style" in done.output


def test_style_is_a_grid_of_photographs_by_styles(study, tmp_path: Path, tiny: Path) -> None:
    dark = save(tmp_path / "dark.png", flat(5, 5, 5))
    bright = save(tmp_path / "bright.png", flat(250, 250, 250))
    done = study("style", dark, "--style", dark, "--style", bright, "--model", tiny)
    assert done.status == 0, done.output
    (moves,) = done.results["figures"]["moves"]
    assert moves[0] == 0
    assert moves[1] > 5
    assert "style-pictures.png" in done.files


def test_photographs_are_each_others_styles(study, album: Path, tiny: Path) -> None:
    done = study("style", album, "--model", tiny)
    figures = done.results["figures"]
    assert figures["photographs"] == figures["styles"] == ["a-dark", "b-middle", "c-bright"]
    assert np.diag(figures["moves"]).tolist() == [0, 0, 0]


def test_photographs_of_one_name_stay_apart(study, tmp_path: Path, tiny: Path) -> None:
    for folder in ("one", "other"):
        save(tmp_path / "album" / folder / "a.png", flat(90, 90, 90))
    done = study("style", tmp_path / "album", "--model", tiny)
    assert done.results["figures"]["styles"] == ["a", "a (2)"]


def test_too_many_styles_are_told(study, tmp_path: Path, tiny: Path) -> None:
    for number in range(7):
        save(tmp_path / "many" / f"{number}.png", flat(number, 0, 0))
    done = study("style", tmp_path / "many", "--model", tiny)
    assert done.status == 1
    assert "7 styles do not fit beside each other; give 6 at most" in done.output


def test_legacy_has_sheets_with_a_column_for_each_way(study, album: Path, tiny: Path) -> None:
    ways = ["--temperature", 0.2, "--temperature", 1, "--readout", "mode"]
    done = study("legacy", album, "--model", tiny, *ways, "--rows", 2)
    assert done.status == 0, done.output
    assert {"legacy-1.png", "legacy-2.png", "legacy-2.svg"} <= done.files
    assert "legacy-3.png" not in done.files
    figures = done.results["figures"]
    assert figures["photographs"] == [f"album/{name}.png" for name in ("a-dark", "b-middle", "c-bright")]
    assert list(figures["ways"]) == ["tiny, T = 0.2", "tiny, T = 1", "tiny, mode"]
    assert all(len(one["chroma"]) == 3 for one in figures["ways"].values())


def test_near_gray_is_a_share_of_pixels() -> None:
    pixels = flat(100, 100, 100, 10, 10)
    pixels[:3] = 200, 50, 50
    assert near_gray(pixels) == pytest.approx(0.7)


def test_distances_are_in_ab() -> None:
    assert ab_distance(flat(100, 100, 100), flat(160, 160, 160)) == pytest.approx(0, abs=0.05)
    # sRGB red is (80.09, 67.20) in ab, (128, 0, 0) is (48.05, 38.06)
    assert ab_distance(flat(255, 0, 0), flat(128, 0, 0)) == pytest.approx(np.hypot(32.04, 29.14), abs=0.05)
