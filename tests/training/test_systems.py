"""The systems of the papers go down the same road as the shipped network: recipe, steps, file, color."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import tiny_training as tiny
from photochrom.colorizer import Colorizer
from photochrom.training.export import Finish, export
from photochrom.training.loop import train
from photochrom.training.recipe import Recipe, builtin_recipes, load_recipe
from photochrom.training.record import read_log
from photochrom.training.start import build

NARROW = {"photochrom": {"width": 16, "embedding": 8}}
ROWS = [
    "zhang2016-full-small", "zhang2016-l2-small", "larsson2016-small", "larsson2016-lab-joint-small",
    "iizuka2016-small", "iizuka2016-yuv-small", "iizuka2016-rgb-small", "iizuka2016-local-small", "zhang2017-small",
    "photochrom-quantiles", "photochrom-hue-chroma",
]  # fmt: skip


def narrowed(name: str, steps: int = 2) -> Recipe:
    """A built-in recipe as it is, but narrow, on small crops and for a few steps."""
    recipe = load_recipe(name)
    narrow = NARROW.get(recipe.network["name"], {"width": 0.0625})
    data = replace(recipe.data, shorter_side=64, crops=((0.0, 64),), validation=2, margin=min(recipe.data.margin, 8))
    schedule = replace(recipe.schedule, steps=steps, minutes=0.0, batch=2)
    objective = replace(recipe.objective, classify=0.0 if "photochrom" in name else recipe.objective.classify)
    return replace(recipe, network=recipe.network | narrow, data=data, schedule=schedule, objective=objective)


@pytest.mark.parametrize("name", builtin_recipes())
def test_every_builtin_recipe_is_possible(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    with torch.device("meta"):
        network = build(recipe, published=False)
    assert network.head.out_channels == recipe.color.channels


@pytest.mark.parametrize("name", ROWS)
def test_it_trains(name: str, tmp_path: Path) -> None:
    recipe = narrowed(name)
    assert train(recipe, tiny.corpus(6, 64, 80), tmp_path, tiny.fabric())
    steps = [entry["loss"] for entry in read_log(tmp_path) if "loss" in entry]
    validated = [entry["val_plain"] for entry in read_log(tmp_path) if "val_plain" in entry]
    assert steps
    assert np.isfinite(steps + validated).all()


@pytest.mark.parametrize("name", ["zhang2016-full-small", "larsson2016-small", "iizuka2016-small", "zhang2017-small"])
def test_its_file_colors_a_photograph(name: str, tmp_path: Path) -> None:
    recipe = narrowed(name, 1)
    train(recipe, tiny.corpus(6, 64, 80), tmp_path / "run", tiny.fabric())
    done = export(tmp_path / "run", tmp_path / "model.onnx", Finish(working_size=64), half=False)
    assert done.card.network["name"] == recipe.network["name"]
    assert done.difference < 1e-4
    colored = Colorizer(tmp_path / "model.onnx")(np.random.default_rng(0).integers(0, 256, (70, 90), dtype=np.uint8))
    assert colored.shape == (70, 90, 3)
    assert (colored.max(2) > colored.min(2)).any()


def test_parts_of_a_batch_add_up_to_its_gradient(tmp_path: Path) -> None:
    """Without BatchNorm, whose statistics are those of a part, accumulating changes rounding alone."""
    recipe = narrowed("iizuka2016-local-small", 3)
    plain = replace(recipe, network=recipe.network | {"norm": False}, schedule=replace(recipe.schedule, batch=4))
    parted = replace(plain, schedule=replace(plain.schedule, accumulate=4))
    losses = []
    for number, one in enumerate((plain, parted)):
        train(one, tiny.corpus(6, 64, 80), tmp_path / str(number), tiny.fabric())
        losses.append([entry["loss"] for entry in read_log(tmp_path / str(number)) if "loss" in entry])
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_a_fine_tuned_row_starts_from_another_ones_run(tmp_path: Path) -> None:
    full, l2 = narrowed("zhang2016-full-small", 1), narrowed("zhang2016-l2-ft-small", 1)
    train(full, tiny.corpus(6, 64, 80), tmp_path / "full", tiny.fabric())
    from photochrom.training.start import weights_of_model

    started = build(l2, weights_of_model(tmp_path / "full")).state_dict()
    kept = weights_of_model(tmp_path / "full")
    assert torch.equal(started["model7.4.weight"], kept["model7.4.weight"])
    assert started["model8.6.weight"].shape[0] == 2


def test_hypercolumns_start_from_a_backbone_that_names_gray_pictures(tmp_path: Path) -> None:
    from photochrom.training.start import weights_of_model

    gray = narrowed("larsson2016-gray-small", 1)
    train(gray, tiny.corpus(6, 64, 80), tmp_path / "gray", tiny.fabric())
    kept = weights_of_model(tmp_path / "gray")
    started = build(narrowed("larsson2016-lab-small"), kept).state_dict()
    assert torch.equal(started["backbone.fc7.0.weight"], kept["backbone.fc7.0.weight"])
    assert not any(name.startswith("classifier") for name in started)
