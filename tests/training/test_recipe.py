"""A recipe is read whole or refused in one sentence: what is unknown, of the wrong kind, or impossible."""

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_training as tiny
from photochrom.errors import RecipeError
from photochrom.training.recipe import Data, Objective, Recipe, Schedule, builtin_recipes, load_recipe


@pytest.mark.parametrize("name", builtin_recipes())
def test_built_in_recipes_load_and_say_what_they_are(name: str) -> None:
    assert load_recipe(name).name == name
    assert builtin_recipes()[name].startswith("# ")


def test_photochrom_is_built_in() -> None:
    assert "photochrom" in builtin_recipes()


def test_a_file_is_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "forest.toml"
    path.write_text('[network]\nname = "photochrom"\n[representation]\nname = "ab_bins"\n[schedule]\nsteps = 1\n')
    assert load_recipe(path).name == "forest"
    assert load_recipe(path).data == Data()
    assert load_recipe(path).schedule == Schedule(steps=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"shorter_sid": 64}}, "unknown key data.shorter_sid in the recipe; did you mean data.shorter_side?"),
        ({"schedul": {}}, "unknown key schedul in the recipe; did you mean schedule?"),
        ({"objective": {"zzz": 1}}, "unknown key objective.zzz in the recipe; known are"),
        ({"network": {"encodr": "lite0"}}, "unknown key network.encodr; did you mean network.encoder?"),
        ({"network": {"zzz": 1}}, "unknown key network.zzz; known are encoder, width, embedding"),
        ({"representation": {"sgima": 5.0}}, "unknown setting 'sgima'"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        tiny.recipe(**changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"seed": True}, "seed must be a whole number, not True"),
        ({"schedule": {"rate": "fast"}}, "schedule.rate must be a number, not 'fast'"),
        ({"schedule": {"rate": True}}, "schedule.rate must be a number, not True"),
        ({"objective": {"skip_gray": 1}}, "objective.skip_gray must be true or false, not 1"),
        ({"name": 7}, "name must be text, not 7"),
        ({"data": 7}, "data must be a table, not 7"),
        ({"network": "photochrom"}, "network must be a table, not 'photochrom'"),
        ({"data": {"crops": [160]}}, "data.crops must be a list of [progress, pixels] pairs"),
        ({"data": {"crops": 160}}, "data.crops must be a list of [progress, pixels] pairs"),
        ({"data": {"crops": [[0.0, 32.7]]}}, "data.crops must be a list of [progress, pixels] pairs, pixels whole"),
        ({"data": {"crops": [[0.0, math.inf]]}}, "data.crops must be a list of [progress, pixels] pairs, pixels whole"),
        ({"data": {"crops": [[0.0, 32], [math.nan, 32]]}}, "data.crops must be a list of [progress, pixels] pairs"),
        ({"network": {"width": "wide"}}, "network.width must be a whole number above 0, not 'wide'"),
        ({"network": {"encoder": 0}}, "network.encoder must be a name, not 0"),
        ({"representation": {"neighbors": "ten"}}, "representation: "),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(changes: dict[str, Any], message: str) -> None:
    values = tiny.table()
    for key, value in changes.items():
        values[key] = values[key] | value if isinstance(value, dict) else value
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(values)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"name": "fotochrom"}},
        {"network": {"encoder": "lite9"}},
        {"network": {"width": 0}},
        {"representation": {"name": "palette"}},
        {"representation": {"neighbors": 0}},
        {"representation": {"sigma": -1.0}},
        {"schedule": {"steps": 0}},
        {"schedule": {"steps": 5, "minutes": 5.0}},
        {"schedule": {"steps": -5, "minutes": 5.0}},
        {"schedule": {"batch": 0}},
        {"schedule": {"rate": 0.0}},
        {"schedule": {"rate": float("nan")}},
        {"schedule": {"clip": 0.0}},
        {"schedule": {"warmup": 1.0}},
        {"schedule": {"average": 1.0}},
        {"schedule": {"final": 1.5}},
        {"schedule": {"decay": -1.0}},
        {"schedule": {"encoder_rate": -0.1}},
        {"objective": {"rebalance": 1.5}},
        {"objective": {"classify": -1.0}},
        {"data": {"crops": []}},
        {"data": {"crops": [[0.5, 32]]}},
        {"data": {"crops": [[0.0, 32], [0.6, 32], [0.3, 32]]}},
        {"data": {"crops": [[0.0, 32], [1.0, 32]]}},
        {"data": {"crops": [[0.0, 33]]}},
        {"data": {"crops": [[0.0, 64]]}},  # larger than the photographs
        {"data": {"zoom": 0.5}},
        {"data": {"aged": 1.5}},
        {"data": {"validation": 0}},
        {"data": {"memory_gb": -1.0}},
        {"seed": -1},
    ],
    ids=json.dumps,
)
def test_what_is_impossible_is_refused_with_the_recipe_named(changes: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=r"^recipe tiny: [^\n]+$"):
        tiny.recipe(**changes)


@pytest.mark.parametrize("value", [math.inf, math.nan])
@pytest.mark.parametrize(
    "name", ["schedule.minutes", "schedule.clip", "data.zoom", "data.memory_gb", "objective.classify"]
)
def test_numbers_are_finite(name: str, value: float) -> None:
    table, _, key = name.partition(".")
    length = {"schedule": {"steps": 0, "minutes": 1.0}}
    with pytest.raises(RecipeError, match=f"^recipe tiny: {name} must be a finite number, not {value}$"):
        tiny.recipe(**length | {table: length.get(table, {}) | {key: value}})


@pytest.mark.parametrize("key", ["network", "representation"])
def test_what_has_no_default_must_be_given(key: str) -> None:
    with pytest.raises(RecipeError, match=f"^the recipe lacks {key}$"):
        Recipe.from_dict({name: value for name, value in tiny.table().items() if name != key})


def test_a_name_that_is_no_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"no recipe 'fotochrom': .* did you mean photochrom\?"):
        load_recipe("fotochrom")


@pytest.mark.parametrize(("data", "message"), [(b"seed = = 1", "no valid TOML"), (b"\xff\xfe", "cannot be read")])
def test_a_broken_file_is_one_sentence(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(data)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value)


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        tiny.recipe().schedule.rate = 1.0


@given(
    steps=st.integers(1, 10**6),
    rate=st.floats(1e-6, 1.0),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**40),
    skip=st.booleans(),
)
def test_a_recipe_survives_json(steps: int, rate: float, share: float, seed: int, skip: bool) -> None:
    crops = [[0.0, 32], [share, 32]]
    one = tiny.recipe(steps=steps, schedule={"rate": rate}, data={"crops": crops}, seed=seed)
    one = Recipe.from_dict(one.to_dict() | {"objective": {"skip_gray": skip}})
    assert Recipe.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_a_recipe_survives_toml(tmp_path: Path) -> None:
    assert load_recipe(tiny.toml(tmp_path / "tiny.toml", objective={"skip_gray": True})) == tiny.recipe(
        objective={"skip_gray": True}
    )


@pytest.mark.parametrize("part", [Recipe, Data, Objective, Schedule])
def test_every_key_is_explained_where_it_is_defined(part: type) -> None:
    words = str(part.__doc__).replace(",", " ").split()
    assert set(part.__dataclass_fields__) <= set(words)


def test_a_recipe_like_another_changes_keys_and_replaces_parts_of_another_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('like = "zhang2016-full"\n[representation]\nname = "regression"\n[objective]\nrebalance = 1.0\n')
    mine, full = load_recipe(path), load_recipe("zhang2016-full")
    assert mine.representation == {"name": "regression"}
    assert (mine.name, mine.network, mine.data) == ("mine", full.network, full.data)
    assert mine.objective.skip_gray is full.objective.skip_gray is True


def test_a_recipe_is_like_a_builtin_one_only(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('like = "unheard-of"\n')
    with pytest.raises(RecipeError, match="recipe mine is like 'unheard-of', which is no built-in"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network": {"name": "zhang2017"}}, "zhang2017 predicts ab at full size"),
        ({"representation": {"name": "hue_chroma"}, "objective": {"rebalance": 0.5}}, "rebalance needs ab_bins"),
        ({"data": {"locations": 128}}, "data.locations needs larsson2016"),
        ({"data": {"window": 7}}, "data.window goes with data.locations"),
        ({"network": {"name": "zhang2016"}, "objective": {"classify": 0.1}}, "objective.classify needs a class head"),
        ({"objective": {"palette": 1.0}}, "objective.palette needs zhang2017"),
        ({"objective": {"color": 0.0}}, "nothing is learned"),
        ({"schedule": {"optimizer": "adamm"}}, "schedule.optimizer is one of adamw, adam, sgd, adadelta"),
        ({"schedule": {"batch": 8, "accumulate": 3}}, "schedule.accumulate must divide schedule.batch"),
        ({"schedule": {"drops": [[0.5, 0.1], [0.4, 0.01]]}}, "schedule.drops must rise"),
        ({"schedule": {"drops": "never"}}, r"schedule.drops must be a list of \[progress, share\] pairs"),
    ],
)
def test_parts_that_do_not_go_together_are_refused_before_anything_is_read(
    changes: dict[str, Any], sentence: str
) -> None:
    plain = {"name": "mine", "network": {"name": "photochrom"}, "representation": {"name": "ab_bins"}}
    table = plain | {"schedule": {"steps": 1}}
    for key, value in changes.items():
        same = "name" not in value
        table[key] = table.get(key, {}) | value if same else value
    with pytest.raises(RecipeError, match=sentence):
        Recipe.from_dict(table)
