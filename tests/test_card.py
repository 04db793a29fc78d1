"""What a card promises, and what it refuses."""

import json

import pytest

from photochrom.card import Card
from photochrom.errors import ModelError
from tiny_model import CARD, with_card, with_changes


def test_a_card_comes_back_from_its_json_as_it_was() -> None:
    assert Card.from_json(CARD.to_json()) == CARD


def test_json_begins_with_the_format() -> None:
    assert CARD.to_json().startswith('{"photochrom": 1, "name": "tiny"')


def test_what_may_be_left_out_has_a_neutral_value() -> None:
    short = Card.from_json(with_changes(saturation=None, lightness=None, provenance=None, scores=None, limits=None))
    assert (short.saturation, short.lightness, short.provenance, short.scores) == (1.0, "lab", {}, ())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"wokring_size": 64}, "unknown key 'wokring_size'; did it mean 'working_size'"),
        ({"poetry": 1}, "unknown key 'poetry'"),
        ({"licence": None, "stride_in": None}, "lacks stride_in, licence"),
        ({"photochrom": None}, "lacks photochrom"),
        ({"photochrom": 2}, "format 2, this version reads format 1"),
        ({"name": ""}, "needs a name and a licence"),
        ({"name": 5}, "name must be text, not 5"),
        ({"network": "zhang"}, "network must be a table"),
        ({"scores": {"auc": 90}}, "scores must be a list of tables"),
        ({"scores": [90]}, "scores must be a list of tables"),
        ({"working_size": 0}, "working_size must be a whole number from 1 to 2048, not 0"),
        ({"working_size": 64.5}, "working_size must be a whole number"),
        ({"stride_out": True}, "stride_out must be a whole number"),
        ({"stride_in": 30}, "stride_in, 30, is no multiple of stride_out, 4"),
        ({"saturation": -1}, "saturation must lie in 0..10"),
        ({"saturation": "high"}, "saturation must lie in 0..10"),
        ({"lightness": "chroma"}, "lightness must be one of"),
    ],
)
def test_a_card_is_refused_in_one_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        Card.from_json(with_changes(**changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps("card")])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"not JSON|must be a table"):
        Card.from_json(text)


def test_an_impossible_card_cannot_be_made_either() -> None:
    with pytest.raises(ModelError, match="working_size"):
        with_card(working_size=-1)
