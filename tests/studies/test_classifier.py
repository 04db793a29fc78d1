"""A classifier's card is checked, and pictures reach the network as the card says."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flat_pictures import flat
from photochrom.errors import ModelError
from photochrom.studies.bicubic import bicubic
from photochrom.studies.classifier import PROPERTY, ClassifierCard, PictureClassifier, prepared
from tiny_classifier import CARD, write_tiny_classifier


def card(**changes: object) -> ClassifierCard:
    return ClassifierCard.from_json(json.dumps({**CARD, **changes}))


@pytest.mark.parametrize("size", [(40, 30), (30, 80), (64, 64), (17, 200)])
@pytest.mark.parametrize("to", [(20, 50), (64, 64), (33, 29)])
def test_resizing_is_pillows_to_a_level(size: tuple[int, int], to: tuple[int, int], rng: np.random.Generator) -> None:
    pixels = rng.integers(90, 166, (*size, 3), np.uint8)  # nothing overshoots: Pillow clips after either axis first
    theirs = np.asarray(Image.fromarray(pixels).resize(to[::-1], Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(bicubic(pixels, *to) - theirs).max() <= 1


def test_bytes_are_centered_scaled_and_turned() -> None:
    pixels = flat(10, 20, 30, 8, 8)
    plain = prepared(pixels, card(size=4, mean=[1, 2, 3], scale=[1, 2, 4]))
    assert plain.shape == (1, 3, 4, 4)
    assert plain[0, :, 0, 0].tolist() == [9, 9, 6.75]
    turned = prepared(pixels, card(size=4, order="BGR", layout="NHWC", mean=[1, 2, 3], scale=[1, 1, 1]))
    assert turned.shape == (1, 4, 4, 3)
    assert turned[0, 0, 0].tolist() == [29, 18, 7]


def test_a_crop_takes_the_middle() -> None:
    pixels = flat(0, 0, 0, 256, 512)
    pixels[16:240, 144:368] = 200
    assert prepared(pixels, card(size=224, fit="crop")).min() == 200
    assert prepared(pixels, card(size=224, fit="squash")).min() == 0


def test_scores_are_those_of_the_network(tmp_path: Path) -> None:
    classifier = PictureClassifier.load(write_tiny_classifier(tmp_path / "tiny.onnx"))
    assert classifier.scores(flat(200, 100, 50)) == pytest.approx([200, 100, 50, -1, -2, -3])
    assert classifier.card.label(1) == "a green thing"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({PROPERTY: 2}, f'must be a table with "{PROPERTY}": 1'),
        ({"size": 0}, "size 0; a number of pixels is needed"),
        ({"mean": [0, 0]}, "three numbers for mean"),
        ({"mean": 0}, "three numbers for mean"),
        ({"scale": [1, 1, 0]}, "three that are not 0 for scale"),
        ({"layout": "HWC"}, "layout 'HWC'; NCHW or NHWC"),
        ({"order": "GRB"}, "order 'GRB'"),
        ({"classes": ["a"]}, "two classes or more"),
        ({"classes": ["a", "a"]}, "each once"),
        ({"names": ["a"]}, "1 names for 6 classes"),
        ({"colour": 1}, "unknown key 'colour'"),
    ],
)
def test_an_impossible_card_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        card(**changes)


def test_what_a_card_lacks_is_named() -> None:
    with pytest.raises(ModelError, match="lacks classes, size"):
        ClassifierCard.from_json(json.dumps({key: CARD[key] for key in CARD if key not in ("size", "classes")}))


def test_a_file_without_a_card_takes_one_from_beside_it(tmp_path: Path) -> None:
    bare = write_tiny_classifier(tmp_path / "bare.onnx", card=None)
    with pytest.raises(ModelError, match=r"has no classifier's card .* give"):
        PictureClassifier.load(bare)
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    assert PictureClassifier.load(bare, tmp_path / "card.json").scores(flat(1, 2, 3))[:3] == pytest.approx([1, 2, 3])


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "words.onnx").write_text("no model")
    with pytest.raises(ModelError, match="is not a model that onnxruntime can open"):
        PictureClassifier.load(tmp_path / "words.onnx")
    with pytest.raises(ModelError, match="There is no classifier"):
        PictureClassifier.load(tmp_path / "nothing.onnx")


def test_a_card_for_another_number_of_classes_is_told(tmp_path: Path) -> None:
    changed = {**CARD, "classes": ["a", "b"], "names": []}
    classifier = PictureClassifier.load(write_tiny_classifier(tmp_path / "tiny.onnx", card=changed))
    with pytest.raises(ModelError, match="6 numbers, its card"):
        classifier.scores(flat(1, 2, 3))
