"""How a distribution becomes a color, as a setting."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import ModelError
from photochrom.representations import Readout


def test_the_default_is_the_annealed_mean_as_published() -> None:
    assert Readout() == Readout("annealed", 0.38)


@pytest.mark.parametrize(
    ("readout", "sharpness"),
    [
        (Readout("annealed", 0.5), 2),
        (Readout("annealed", 0), math.inf),
        (Readout("mean", 0.5), 1),
        (Readout("mean", 0), 1),
        (Readout("mode", 0.5), math.inf),
    ],
)
def test_the_logits_are_multiplied_by_one_over_the_temperature(readout: Readout, sharpness: float) -> None:
    assert readout.sharpness == sharpness


@given(st.sampled_from(["annealed", "mean", "mode", "coherent"]), st.floats(0, 10), st.integers(0, 9), st.booleans())
def test_a_card_brings_it_back(kind: str, temperature: float, seed: int, fading: bool) -> None:
    readout = Readout.from_card({"kind": kind, "temperature": temperature, "seed": seed, "fading": fading})
    assert Readout.from_card(readout.to_card()) == readout


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ({"kind": "softest"}, "unknown read-out 'softest': choose one of annealed, mean, mode"),
        ({"seed": -1}, "a seed is a whole number, 0 or more, not -1"),
        ({"fading": 1}, "fading is true or false, not 1"),
        ({"temperature": -0.1}, r"between 0 \(mode\) and 10, not -0.1"),
        ({"temperature": 10.5}, r"between 0 \(mode\) and 10, not 10.5"),
        ({"temperature": "hot"}, r"between 0 \(mode\) and 10, not 'hot'"),
        ({"temperature": math.nan}, r"between 0 \(mode\) and 10, not nan"),
        ({"temprature": 1}, "unknown read-out setting 'temprature'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(card: dict[str, object], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        Readout.from_card(card)
