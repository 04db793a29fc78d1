"""Zhang 2017 begins as Zhang 2016: the same features in its first eight blocks, and no answer to hints yet."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import torch
from torch import Tensor

import tiny_training as tiny
from photochrom.errors import RecipeError
from photochrom.networks import Zhang2016, Zhang2017
from photochrom.training.loop import train
from photochrom.training.recipe import Recipe
from photochrom.training.start import build, weights_of_model
from published_files import settled

WIDTH = 0.125
LOCAL = {"name": "regression", "squash": "tanh", "scale": 110.0, "error": "huber"}


def recipe(network: str, representation: dict[str, object], width: float = WIDTH) -> Recipe:
    plain = {"rebalance": 1.0, "classify": 0.0}
    parts = {"network": {"name": network, "width": width}, "representation": representation, "objective": plain}
    return Recipe.from_dict(tiny.table(steps=1) | parts)


RECIPE = recipe("zhang2017", LOCAL)


def blocks(network: Zhang2016 | Zhang2017, x: Tensor) -> list[Tensor]:
    """What comes out of blocks 1 to 7, and of the first layers of block 8 where it has no shortcut to add."""
    out = []
    for number in range(1, 8):
        x = network.get_submodule(f"model{number}")(x)
        out.append(x)
        if isinstance(network, Zhang2017) and number <= 3:
            x = x[:, :, ::2, ::2]
    return out


@pytest.fixture(scope="module")
def parent() -> Zhang2016:
    network = settled(Zhang2016(width=WIDTH))
    assert isinstance(network, Zhang2016)
    return network


def child_of(state: dict[str, Tensor]) -> Zhang2017:
    network = build(RECIPE, state).eval()
    assert isinstance(network, Zhang2017)
    return network


def test_its_blocks_see_what_their_predecessors_saw(parent: Zhang2016) -> None:
    """The strides differ: 2016 skips within a convolution, 2017 behind the BatchNorm; the numbers are the same."""
    child = child_of(parent.state_dict())
    photo = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    seen = torch.cat([photo, torch.rand(1, 3, 32, 32)], 1)
    for theirs, ours in zip(blocks(parent, photo), blocks(child, seen), strict=True):
        step = ours.shape[2] // theirs.shape[2]
        torch.testing.assert_close(ours[:, :, ::step, ::step], theirs, atol=1e-4, rtol=1e-4)


def test_block_eight_goes_where_its_layers_went(parent: Zhang2016) -> None:
    child, old = child_of(parent.state_dict()).state_dict(), parent.state_dict()
    for before, after in (("model8.0", "model8up.0"), ("model8.2", "model8.1"), ("model8.4", "model8.3")):
        for part in ("weight", "bias"):
            assert torch.equal(child[f"{after}.{part}"], old[f"{before}.{part}"])
    assert torch.equal(child["model1.0.weight"][:, :1], old["model1.0.weight"])
    assert child["model1.0.weight"][:, 1:].abs().max() == 0


def test_a_parent_that_is_not_one_is_refused_by_its_first_wrong_key(parent: Zhang2016) -> None:
    lacking = {key: value for key, value in parent.state_dict().items() if key != "model5.2.bias"}
    with pytest.raises(RecipeError, match=r"it lacks model5\.2\.bias"):
        build(RECIPE, lacking)
    with pytest.raises(RecipeError, match="it has an unknown stranger"):
        build(RECIPE, {**parent.state_dict(), "stranger": torch.zeros(1)})
    with pytest.raises(RecipeError, match=r"model1\.0\.weight is \(8, 4, 3, 3\) in the weights to start from"):
        build(recipe("zhang2017", LOCAL, 0.25), parent.state_dict())


def test_a_run_of_one_is_the_beginning_of_a_run_of_the_other(tmp_path: Path) -> None:
    """As `photochrom train zhang2017 SHARDS --init RUN` does."""
    first = recipe("zhang2016", {"name": "ab_bins"})
    told = io.StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        train(first, tiny.corpus(), tmp_path / "first", tiny.fabric())
        init = weights_of_model(tmp_path / "first")
        train(RECIPE, tiny.corpus(), tmp_path / "second", tiny.fabric(), init=init)
    second = weights_of_model(tmp_path / "second")
    moved = second["model6.2.weight"] - init["model6.2.weight"]
    assert 0 < moved.abs().max() < 0.1
    assert second["model1.0.weight"][:, 1:].abs().max() > 0  # it has begun to listen
