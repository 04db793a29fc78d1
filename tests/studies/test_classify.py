"""What a classifier sees: labels find their class, and accuracies, categories and confusions are foreseen."""

from pathlib import Path

import pytest

from flat_pictures import flat, save
from photochrom.errors import StudyError
from photochrom.listing import Listed
from photochrom.studies.classifier import ClassifierCard
from photochrom.studies.labels import Labels, labeled, read_table
from tiny_classifier import CARD, write_tiny_classifier

LABELS = ClassifierCard(name="x", size=1, mean=(0,) * 3, scale=(1,) * 3, classes=tuple(CARD["classes"]),
                        names=tuple(CARD["names"]))  # fmt: skip


def photograph(name: str, folder: str | None = None) -> Listed:
    return Listed(name, Path(name), None, 0, folder)


@pytest.mark.parametrize(
    ("name", "folder", "label"),
    [
        ("album/n00000003/x.jpg", "n00000003", 2),
        ("album/A Blue thing/x.jpg", "A Blue thing", 2),
        ("album/a_blue_thing/x.jpg", "a_blue_thing", 2),
        ("shard.tar/1.webp", "4", 4),
        ("album/n00000002_house_finch.jpg", None, 1),
        ("album/n00000002.jpg", None, 1),
        ("album/n00000002_x.jpg", "holidays", 1),
        ("album/n0000000299.jpg", None, None),
        ("album/holiday.jpg", None, None),
        ("album/holiday.jpg", "99", None),
    ],
)
def test_a_class_is_known_by_folder_or_by_name(name: str, folder: str | None, label: int | None) -> None:
    assert Labels(LABELS)(photograph(name, folder)) == label


def test_a_table_goes_before_folders_and_names(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,label\nx.jpg,a green thing\nn00000001_y.jpg,n00000003\n", "utf-8-sig")
    labels = Labels(LABELS, read_table(tmp_path / "labels.csv"))
    assert labels(photograph("album/x.jpg", "n00000001")) == 1
    assert labels(photograph("album/n00000001_y.jpg")) == 2
    assert labels(photograph("album/n00000001_z.jpg")) == 0


@pytest.mark.parametrize("content", [b"", b"x.jpg\n", b"\xff\xfe\x00"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(StudyError, match="labels"):
        read_table(tmp_path / "labels.csv")


def test_photographs_without_a_class_are_told_and_none_at_all_is_an_error() -> None:
    known, unknown = photograph("n00000001_a.jpg"), photograph("b.jpg")
    assert labeled([known, unknown], Labels(LABELS)) == (
        [known],
        [0],
        ["1 of 2 photographs have no class that the classifier knows."],
    )
    with pytest.raises(StudyError, match="class is known to the classifier, the first is"):
        labeled([unknown], Labels(LABELS))


@pytest.fixture
def things(tmp_path: Path) -> Path:
    """Three dark blue things, which the tiny model finds blue again, and a bright green one, which it makes orange."""
    folder = tmp_path / "things"
    for number in range(3):
        save(folder / f"n00000003_{number}.png", flat(30, 40 + number, 90))
    save(folder / "n00000002_leaf.png", flat(150, 230, 150))
    return folder


def test_from_the_command_to_figures(study, things: Path, tiny: Path, tmp_path: Path) -> None:
    classifier = write_tiny_classifier(tmp_path / "classifier.onnx")
    done = study("classify", things, "--classifier", classifier, "--model", tiny)
    assert done.status == 0, done.output
    figures = done.results["figures"]
    top1 = {name: one["top1"]["value"] for name, one in figures["accuracy"].items()}
    # in gray all three scores are equal and the first class, red, wins; colored, blue is blue and green orange
    assert top1 == {"gray": 0.0, "tiny": 75.0, "original": 100.0}
    assert figures["accuracy"]["gray"]["top5"]["value"] == 100.0
    assert figures["accuracy"]["tiny"]["top1_over_gray"]["difference"] == 75.0
    low, high = figures["accuracy"]["tiny"]["top1"]["interval"]
    assert 0 <= low < 75 < high <= 100
    best = figures["models"]["tiny"]["categories"][0]
    assert (best["category"], best["photographs"], best["top1_gray"], best["top1"]) == ("a blue thing", 3, 0.0, 1.0)
    assert (best["place_gray"], best["place"]) == (3.0, 1.0)
    answers = {row["photograph"]: row for row in figures["answers"]}
    assert answers["things/n00000002_leaf.png"]["first"] == {
        "gray": "n00000001", "tiny": "n00000001", "original": "n00000002",
    }  # fmt: skip
    assert {"classify-accuracy.png", "classify-helped.png", "classify-rates.svg"} <= done.files


def test_a_model_cannot_be_called_gray(study, things: Path, tiny: Path, tmp_path: Path) -> None:
    classifier = write_tiny_classifier(tmp_path / "classifier.onnx")
    done = study("classify", things, "--classifier", classifier, "--model", f"gray={tiny}")
    assert done.status == 1
    assert "A model cannot be called gray here" in done.output


def test_gray_originals_are_told(study, tiny: Path, tmp_path: Path) -> None:
    save(tmp_path / "old" / "n00000001_a.png", flat(90, 90, 90))
    classifier = write_tiny_classifier(tmp_path / "classifier.onnx")
    done = study("classify", tmp_path / "old", "--classifier", classifier, "--model", tiny)
    assert done.status == 0, done.output
    assert "1 of 1 photographs are not in color" in done.output


def test_two_models_have_figures_of_their_own(study, things: Path, tiny: Path, tmp_path: Path) -> None:
    classifier = write_tiny_classifier(tmp_path / "classifier.onnx")
    models = ["--model", f"one={tiny}", "--model", f"other={tiny}"]
    done = study("classify", things, "--classifier", classifier, *models)
    assert done.status == 0, done.output
    assert {"classify-one-rates.png", "classify-other-rates.png"} <= done.files
    accuracy = done.results["figures"]["accuracy"]
    assert accuracy["one"] == accuracy["other"]
