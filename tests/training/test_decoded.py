"""Losses of the colors that are read off agree with formulas; a second stage leaves alone what it should."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tiny_training as tiny
from photochrom.color import srgb_to_lab
from photochrom.errors import RecipeError
from photochrom.representations.ab_bins import AbBins, class_weights
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.decoded import RAREST, Decoded, rare_weights, recognition
from photochrom.training.feed import make_feed
from photochrom.training.loop import train
from photochrom.training.recipe import Objective, Recipe
from photochrom.training.record import read_log
from photochrom.training.start import build, first_weights, lambda_shift

FINISH = {"decoded": 0.5, "recognize": 0.5, "temperature": 0.24}


def prior() -> np.ndarray:
    """A distribution over the bins with a long tail, as photographs have."""
    frequencies = np.exp(-np.hypot(*AbBins().centers.T) / 12)
    return frequencies / frequencies.sum()


def sure_of(bins: Tensor) -> Tensor:
    """Logits [N, 313, h, w] that leave no doubt about bins [N, h, w]."""
    return 1000 * nn.functional.one_hot(bins, 313).movedim(-1, 1).float()


class MeanColor(nn.Module):
    """A judge that sees three things: how red, how green and how blue a picture is."""

    def forward(self, rgb: Tensor) -> Tensor:
        return 10 * rgb.mean((2, 3))


def test_the_distance_is_that_of_the_color_that_is_read_off() -> None:
    centers = torch.from_numpy(AbBins().centers)
    said, true = torch.tensor([[[0, 100]]]), torch.tensor([[[0, 150]]])
    losses = Decoded(Objective(rare=0), torch.ones(313), None)
    distance, recognized = losses.losses(sure_of(said), centers[true], torch.zeros(1, 3, 4, 8), tiny.fabric())
    apart = np.linalg.norm(AbBins().centers[100] - AbBins().centers[150])
    assert float(distance) == pytest.approx((1 + np.hypot(apart, 1)) / 2 / 10, rel=1e-5)
    assert float(recognized) == 0


def test_a_share_of_the_distance_counts_every_bin_alike() -> None:
    weights = torch.from_numpy(rare_weights(prior())).float()
    centers = torch.from_numpy(AbBins().centers)
    said, true = torch.tensor([[[156, 156]]]), torch.tensor([[[160, 3]]])
    losses = Decoded(Objective(rare=0.25), weights, None)
    distance, _ = losses.losses(sure_of(said), centers[true], torch.zeros(1, 3, 4, 8), tiny.fabric())
    apart = np.sqrt(((centers[said] - centers[true]) ** 2).sum(-1).numpy() + 1)[0, 0] / 10
    expected = np.mean((0.75 + 0.25 * weights[true].numpy()[0, 0]) * apart)
    assert float(distance) == pytest.approx(expected, rel=1e-5)


def test_rare_weights_are_the_inverse_of_the_frequency_up_to_a_limit() -> None:
    frequencies = prior()
    weights = rare_weights(frequencies)
    assert weights @ frequencies == pytest.approx(1)
    below = class_weights(frequencies, 0) < RAREST
    assert 0 < below.sum() < 313
    product = weights[below] * frequencies[below]
    assert np.allclose(product, product[0])
    assert np.ptp(weights[~below]) < 1e-9 * weights.max()


def test_nothing_is_lost_where_the_result_is_the_original(rng: np.random.Generator) -> None:
    rgb = torch.from_numpy(rng.uniform(0.2, 0.8, (2, 3, 8, 8)).astype(np.float32))
    ab = srgb_to_lab(rgb, axis=1)[:, 1:].movedim(1, -1)
    assert float(recognition(MeanColor(), ab, rgb)) == pytest.approx(0, abs=1e-5)


def test_what_is_no_longer_seen_costs_and_its_gradient_leads_back(rng: np.random.Generator) -> None:
    red = torch.tensor([0.7, 0.3, 0.3])[None, :, None, None].expand(1, 3, 8, 8).contiguous()
    ab = torch.zeros(1, 2, 2, 2, requires_grad=True)
    lost = recognition(MeanColor(), ab, red)
    lost.backward()
    assert float(lost.detach()) > 0.01
    assert ab.grad is not None
    assert (ab.grad[..., 0] < 0).all()  # more red lowers it


def test_a_second_stage_logs_its_losses_and_leaves_encoder_and_statistics_alone(tmp_path: Path) -> None:
    frozen = {"encoder_rate": 0.0, "frozen_norms": True, "average": 0.0}
    recipe = tiny.recipe(steps=2, objective=FINISH, schedule=frozen, data={"style": "whole"})
    before = build(recipe).state_dict()
    train(recipe, tiny.corpus(), tmp_path, tiny.fabric(), init=dict(before))
    entry = next(entry for entry in read_log(tmp_path) if "distance" in entry)
    assert entry["distance"] > 0.1
    assert entry["recognition"] > 0
    after = averaged_weights(tmp_path)[0]
    same = {key for key in after if torch.equal(after[key], before[key])}
    assert {key for key in after if key.startswith("encoder.") or "running" in key} <= same
    assert "logits.weight" not in same


def test_without_them_the_log_does_not_name_them(tmp_path: Path) -> None:
    train(tiny.recipe(steps=1), tiny.corpus(), tmp_path, tiny.fabric())
    assert not {"distance", "recognition", "palette"} & {key for entry in read_log(tmp_path) for key in entry}


def test_the_style_input_is_the_whole_photograph_as_a_photograph_is_colored() -> None:
    recipe = tiny.recipe(data={"style": "whole"})
    photographs = tiny.corpus(2).photographs
    crops = torch.rand(2, 3, 32, 32)
    network, rng = build(recipe, published=False), np.random.default_rng(0)
    feed = make_feed(crops, network, recipe.color, recipe.data, rng, photographs)
    assert feed.inputs["style"].shape == (2, 1, 224, 224)
    level = srgb_to_lab(photographs[0].float()[None] / 255, axis=1)[0, 0]
    assert float(feed.inputs["style"][0].mean()) == pytest.approx(float(level.mean()), abs=0.5)


def test_a_run_that_starts_from_another_lambda_starts_from_its_logits_moved(tmp_path: Path) -> None:
    first = tiny.recipe(steps=1, objective={"rebalance": 0.5})
    train(first, tiny.corpus(), tmp_path, tiny.fabric())
    state, numbers = averaged_weights(tmp_path)
    gentler = first_weights(tmp_path, tiny.recipe(objective={"rebalance": 0.9}))
    moved = gentler["logits.bias"] - state["logits.bias"]
    assert torch.allclose(moved, lambda_shift(numbers["prior"], 0.5, 0.9), atol=1e-5)
    assert float(moved.abs().max()) > 0.1
    assert torch.equal(first_weights(tmp_path, first)["logits.bias"], state["logits.bias"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": {"decoded": -1.0}}, "objective.decoded and recognize must not be negative"),
        ({"objective": {"rare": 1.5}}, "objective.rare lies in 0..1, temperature is above 0"),
        ({"objective": {"judge": "lite9"}}, "objective.judge is one of lite0, lite1, lite2, not 'lite9'"),
        ({"data": {"style": "half"}}, "data.style is crop or whole, not 'half'"),
        (
            {"objective": FINISH, "representation": {"name": "regression"}},
            "objective.decoded and recognize need ab_bins",
        ),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(RecipeError, match=message.replace(".", r"\.")):
        tiny.recipe(**changes)


def test_a_network_without_style_is_refused_a_whole_one() -> None:
    with pytest.raises(RecipeError, match=r"data\.style needs a network that takes a style: zhang2016 does not"):
        Recipe.from_dict(tiny.table(data={"style": "whole"}) | {"network": {"name": "zhang2016"}})
