"""The pictures of a study: squares of 256, made down the photograph's road, and alike in all but what they show."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import srgb_to_lab
from photochrom.errors import DataError, PhotochromError, PhotoError, StudyError
from photochrom.studies.turing import pictures as pictures_module
from photochrom.studies.turing.pictures import gather, picture, plain_png, prepare
from photochrom.studies.turing.protocol import RANDOM, TRUTH
from pictures import saved, smooth
from tiny_model import with_changes, write_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photographs in color: two of other shapes, one of the size that is shown."""
    folder = tmp_path / "photos"
    (folder / "inner").mkdir(parents=True)
    for name, (height, width) in {
        "wide.jpg": (300, 420),
        "inner/high.png": (420, 280),
        "square.png": (256, 256),
    }.items():
        turned = np.roll(smooth(height, width, 3), len(name), axis=2)
        (folder / name).write_bytes(saved(turned, "jpeg" if name.endswith("jpg") else "png"))
    return folder


def quiet(text: str) -> None:
    """Nobody listens."""


def shown(folder: Path, system: str, name: str) -> np.ndarray:
    return np.asarray(Image.open(picture(folder, system, name)).convert("RGB"))


def lab(pixels: np.ndarray) -> np.ndarray:
    return srgb_to_lab(pixels.astype(np.float64) / 255)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_plain_png_is_exact_and_its_length_says_nothing(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    data = plain_png(pixels)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    assert len(data) == len(plain_png(np.zeros_like(pixels)))


def test_a_plain_png_holds_pixels_and_nothing_else() -> None:
    data, names, at = plain_png(np.zeros((4, 4, 3), np.uint8)), [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        names.append(body[:4])
        at += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_every_system_has_a_square_of_every_photograph(photos: Path, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    names = prepare(gather([photos], [f"tiny={model}"], [], folder), folder, quiet, quiet)
    assert len(names) == 3
    files = sorted((folder / "pictures").rglob("*.png"))
    every = {(system, name) for system in (TRUTH, RANDOM, "tiny") for name in names}
    assert {(path.parent.name, path.name) for path in files} == every
    assert len({path.stat().st_size for path in files}) == 1
    for name in names:
        truth, own, foreign = (lab(shown(folder, system, name)) for system in (TRUTH, "tiny", RANDOM))
        assert truth.shape == (256, 256, 3)
        assert np.abs(own[..., 0] - truth[..., 0]).max() < 1.0  # a step of 8 bits, in the dark
        assert np.abs(foreign[..., 0] - truth[..., 0]).max() < 1.0
        assert np.abs(own[..., 1:] - truth[..., 1:]).mean() > 5
        assert np.abs(foreign[..., 1:] - truth[..., 1:]).mean() > 5


def test_the_square_is_the_middle_of_the_photograph(photos: Path, model: Path, tmp_path: Path) -> None:
    prepare(gather([photos / "square.png", photos / "wide.jpg"], [str(model)], [], tmp_path), tmp_path, quiet, quiet)
    truth = next((tmp_path / "pictures" / TRUTH).glob("square-*.png"))
    assert np.array_equal(np.asarray(Image.open(truth)), np.asarray(Image.open(photos / "square.png")))
    wide = shown(tmp_path, TRUTH, next((tmp_path / "pictures" / TRUTH).glob("wide-*.png")).name)
    middle = Image.open(photos / "wide.jpg").crop((60, 0, 360, 300)).resize((256, 256), Image.Resampling.BICUBIC)
    assert np.abs(wide.astype(int) - np.asarray(middle).astype(int)).mean() < 1


def test_what_cannot_be_used_is_left_out_and_named(photos: Path, model: Path, tmp_path: Path) -> None:
    (photos / "gray.png").write_bytes(saved(np.repeat(smooth(300, 300)[..., None], 3, axis=2), "png"))
    (photos / "small.png").write_bytes(saved(smooth(255, 400, 3), "png"))
    (photos / "broken.jpg").write_bytes(saved(smooth(300, 300, 3), "jpeg")[:2000])
    told: list[str] = []
    names = prepare(gather([photos], [str(model)], [], tmp_path), tmp_path, quiet, told.append)
    assert len(names) == 3
    reasons = ("gray.png is gray", "400 x 255", "broken.jpg")
    assert [reason for reason in reasons if any(reason in line for line in told)] == list(reasons)
    with pytest.raises(DataError, match="0 of 1 photographs can be used"):
        prepare(gather([photos / "gray.png"], [str(model)], [], tmp_path), tmp_path, quiet, quiet)


def test_what_is_there_is_not_made_again(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = gather([photos], [str(model)], [], tmp_path)
    names = prepare(gathered, tmp_path, quiet, quiet)
    lost = picture(tmp_path, "tiny", names[1])
    data = lost.read_bytes()
    lost.unlink()
    written: list[Path] = []
    plain = pictures_module.write_file

    def noted(path: Path, data: bytes, overwrite: bool) -> None:
        written.append(path)
        plain(path, data, overwrite)

    monkeypatch.setattr(pictures_module, "write_file", noted)
    assert prepare(gathered, tmp_path, quiet, quiet) == names
    assert written == [lost]
    assert lost.read_bytes() == data


def test_pictures_of_a_model_as_it_was_are_not_taken_for_its_own(photos: Path, model: Path, tmp_path: Path) -> None:
    changing = tmp_path / "changing.onnx"
    changing.write_bytes(model.read_bytes())
    prepare(gather([photos], [str(changing)], [], tmp_path), tmp_path, quiet, quiet)
    write_tiny_model(changing, with_changes(version="8"))
    with pytest.raises(StudyError, match="holds pictures of changing as it was before"):
        prepare(gather([photos], [str(changing)], [], tmp_path), tmp_path, quiet, quiet)


def test_pictures_of_another_program_come_at_the_photographs_size_or_as_squares(photos: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "inner").mkdir(parents=True)
    for name, size in {"wide.png": (300, 420), "inner/high.png": (256, 256), "square.png": (256, 256)}.items():
        (theirs / name).write_bytes(saved(np.full((*size, 3), (90, 120, 30), np.uint8), "png"))
    gathered = gather([photos], [], [f"theirs={theirs}"], tmp_path)
    names = prepare(gathered, tmp_path, quiet, quiet)
    for name in names:
        assert np.array_equal(np.unique(shown(tmp_path, "theirs", name).reshape(-1, 3), axis=0), [[90, 120, 30]])
    (theirs / "wide.png").write_bytes(saved(smooth(299, 420, 3), "png"))
    with pytest.raises(PhotoError, match=r"\(theirs\) is 420 x 299, and the photograph .*wide.jpg is 420 x 300"):
        prepare(gather([photos], [], [f"theirs={theirs}"], tmp_path / "b"), tmp_path / "b", quiet, quiet)
    (theirs / "wide.png").unlink()
    with pytest.raises(PhotochromError, match="1 of 3 photographs have no colorized partner"):
        gather([photos], [], [f"theirs={theirs}"], tmp_path)


@pytest.mark.parametrize("label", ["truth", "random"])
def test_names_that_mean_something_else_are_refused(photos: Path, model: Path, tmp_path: Path, label: str) -> None:
    with pytest.raises(StudyError, match=f"'{label}' can't be the name of a system"):
        gather([photos], [f"{label}={model}"], [], tmp_path)
    with pytest.raises(StudyError, match="'tiny' can't be the name of a system, or of two"):
        gather([photos], [str(model), str(model)], [], tmp_path)
    with pytest.raises(StudyError, match="nothing to judge"):
        gather([photos], [], [], tmp_path)
