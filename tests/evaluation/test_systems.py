"""What is measured: models down the users' road, folders of another program's pictures, baselines."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import album, colorful
from photochrom import Colorizer, Photo
from photochrom.color import lightness_of
from photochrom.errors import EvaluationError, ModelError, PhotoError
from photochrom.evaluation.photographs import Photographs, find_photographs
from photochrom.evaluation.systems import baseline, gather, gray_version, model, results
from pictures import saved
from tiny_model import with_changes, write_tiny_model

NOWHERE = Path("/nowhere")


@pytest.fixture
def photographs(tmp_path: Path) -> Photographs:
    return find_photographs([album(tmp_path / "truth", 3)], "folder", NOWHERE)


@given(st.integers(0, 1000))
def test_the_gray_version_has_the_lightness_of_the_original(seed: int) -> None:
    truth = colorful(seed)
    gray = gray_version(truth)
    assert gray.is_gray
    assert np.abs(gray.lightness() - lightness_of(truth / 255)).max() < 0.01


def test_intensity_is_the_mean_of_the_channels() -> None:
    truth = colorful(1)
    assert np.abs(gray_version(truth, "intensity").lightness("intensity") - truth.mean(axis=2) / 255).max() < 1e-4


def test_a_model_gives_what_a_user_gets(tmp_path: Path, photographs: Photographs) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    truth = photographs.read(0)
    result = model(str(path), "cpu").open(photographs, "cpu")(truth, 0)
    by_hand = Colorizer(path, "cpu")(Photo.from_array(truth)).pixels
    assert result.dtype == np.uint8
    assert np.abs(result.astype(int) - by_hand).max() <= 1


def test_the_color_of_the_original_never_reaches_a_model(tmp_path: Path, photographs: Photographs) -> None:
    open_system = model(str(write_tiny_model(tmp_path / "tiny.onnx")), "cpu").open(photographs, "cpu")
    truth = photographs.read(0)
    gray = np.repeat((gray_version(truth).pixels // 257).astype(np.uint8), 3, axis=2)
    assert np.abs(open_system(truth, 0).astype(int) - open_system(gray, 0)).mean() < 1.5  # 8 bits of lightness


def test_a_model_that_sees_intensity_keeps_the_lightness_all_the_same(tmp_path: Path, photographs: Photographs) -> None:
    path = write_tiny_model(tmp_path / "intensity.onnx", with_changes(lightness="intensity"))
    truth = photographs.read(0)
    result = model(str(path), "cpu").open(photographs, "cpu")(truth, 0)
    assert np.abs(lightness_of(result / 255) - lightness_of(truth / 255)).max() < 1


def test_models_are_named_by_the_catalog_their_file_or_as_one_likes(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "mine.onnx")
    assert model(str(path), "cpu").name == "mine"
    assert model(f"A={path}", "cpu").name == "A"
    assert model("photochrom", "cpu").name == "photochrom"
    assert model(f"A={path}", "cpu").identity == model(str(path), "cpu").identity
    with pytest.raises(ModelError, match="no model"):
        model("photochrome")


def test_two_systems_of_one_name_are_refused(tmp_path: Path, photographs: Photographs) -> None:
    path = str(write_tiny_model(tmp_path / "tiny.onnx"))
    with pytest.raises(EvaluationError, match=r"called 'tiny'.*OTHER=PATH"):
        gather([path, path], [], [], photographs, "cpu")
    with pytest.raises(EvaluationError, match="nothing to evaluate"):
        gather([], [], [], photographs)


@pytest.mark.parametrize("name", ["{}.png", "{}.tif", "{}-color.png", "{}_color.webp", "below/{}.png"])
def test_a_result_is_found_by_its_name_whatever_its_suffix(tmp_path: Path, photographs: Photographs, name: str) -> None:
    formats = {"png": "png", "tif": "tiff", "webp": "webp"}
    for number in range(3):
        path = tmp_path / "made" / name.format(f"{number:02}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(saved(colorful(50 + number), formats[path.suffix[1:]]))
    color = results(f"other={tmp_path / 'made'}", photographs).open(photographs)
    assert np.array_equal(color(photographs.read(2), 2), colorful(52))


def test_the_same_name_in_two_class_folders_is_told_apart(tmp_path: Path) -> None:
    for kind in ("cats", "dogs"):
        album(tmp_path / "truth" / kind, 1)
        (tmp_path / "made" / kind).mkdir(parents=True)
        (tmp_path / "made" / kind / "00.png").write_bytes(saved(colorful(len(kind) + ord(kind[0])), "png"))
    photographs = find_photographs([tmp_path / "truth"], "folder", NOWHERE)
    color = results(f"other={tmp_path / 'made'}", photographs).open(photographs)
    assert np.array_equal(color(photographs.read(1), 1), colorful(4 + ord("d")))


def test_colored_results_beside_their_sources_are_told_from_them(tmp_path: Path, photographs: Photographs) -> None:
    album(tmp_path / "made", 3)
    for number in range(3):
        (tmp_path / "made" / f"{number:02}-color.png").write_bytes(saved(colorful(60 + number), "png"))
    color = results(f"other={tmp_path / 'made'}", photographs).open(photographs)
    assert np.array_equal(color(photographs.read(1), 1), colorful(61))


def test_two_results_for_one_photograph_are_refused(tmp_path: Path, photographs: Photographs) -> None:
    album(tmp_path / "made", 3)
    (tmp_path / "made" / "01.webp").write_bytes(saved(colorful(1), "webp"))
    with pytest.raises(EvaluationError, match=r"Which of 01\.png, 01\.webp .* is the result for truth/01\.png"):
        results(f"other={tmp_path / 'made'}", photographs)


def test_photographs_without_a_partner_are_named(tmp_path: Path, photographs: Photographs) -> None:
    album(tmp_path / "made", 1)
    with pytest.raises(EvaluationError, match=r"2 of 3 photographs have no .* \(other\): truth/01\.png, truth/02\.png"):
        results(f"other={tmp_path / 'made'}", photographs)


def test_a_result_of_another_size_is_told_with_both_sizes(tmp_path: Path, photographs: Photographs) -> None:
    color = results(f"other={album(tmp_path / 'made', 3, 20, 24)}", photographs).open(photographs)
    with pytest.raises(PhotoError, match=r"00\.png \(other\) is 24 x 20, .* 48 x 40; .*--frames"):
        color(photographs.read(0), 0)


@pytest.mark.parametrize(
    ("word", "told"), [("out", "NAME=FOLDER"), ("=out", "NAME=FOLDER"), ("a=/no/such", "no folder")]
)
def test_results_are_given_as_name_and_folder(photographs: Photographs, word: str, told: str) -> None:
    with pytest.raises(EvaluationError, match=told):
        results(word, photographs)


def test_changed_results_are_another_system(tmp_path: Path, photographs: Photographs) -> None:
    before = results(f"other={album(tmp_path / 'made', 3)}", photographs).identity
    (tmp_path / "made" / "01.png").write_bytes(saved(colorful(77), "png"))
    assert results(f"other={tmp_path / 'made'}", photographs).identity != before


def test_an_unknown_baseline_is_told_the_list() -> None:
    with pytest.raises(EvaluationError, match="no baseline 'sepia'; choose among gray, random, truth"):
        baseline("sepia")
