"""Weights fitted to the photographs: unit variance after each layer, kernels of patches, balancing changes nothing."""

import pytest
import torch
from torch import Tensor, nn

from photochrom.errors import RecipeError
from photochrom.networks import Iizuka2016, Larsson2016, Network, Zhang2016
from photochrom.training.initialize import centroids, initialize

KINDS = ["data", "kmeans"]


def pictures(count: int = 6, size: int = 64, white: float = 100.0) -> Tensor:
    """Smooth ground and noise: something for kernels to find."""
    rng = torch.Generator().manual_seed(1)
    coarse = torch.rand(count, 1, 6, 6, generator=rng)
    ground = nn.functional.interpolate(coarse, (size, size), mode="bilinear", align_corners=False)
    return white * (0.9 * ground + 0.1 * torch.rand(count, 1, size, size, generator=rng))


@torch.no_grad()
def outputs(network: Network, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """What every layer with weights says, but that of the logits."""
    found: dict[str, Tensor] = {}

    def note(name: str, out: Tensor) -> None:
        found.setdefault(name, out)  # the first time: Iizuka's low-level layers see a second, squashed copy

    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and module is not network.head:
            module.register_forward_hook(lambda module, given, out, name=name: note(name, out))
    network.eval()(**inputs)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("network", [Zhang2016, Iizuka2016])
def test_every_layer_has_mean_0_and_variance_1_after_it(kind: str, network: type[Network]) -> None:
    torch.manual_seed(0)
    made = network(width=0.125)
    inputs = {"lightness": pictures(size=64, white=100.0 if made.lightness == "lab" else 1.0)}
    initialize(made, inputs, kind)
    assert made.training
    for name, out in outputs(made, inputs).items():
        values = out.movedim(1, 0).flatten(1)
        lively = values.std(1) > 1e-3  # a channel whose input is the same everywhere can't vary
        assert lively.float().mean() > 0.9, name
        torch.testing.assert_close(values[lively].mean(1), torch.zeros(int(lively.sum())), atol=2e-3, rtol=0)
        spread = values[lively].std(1, unbiased=False)
        torch.testing.assert_close(spread, torch.ones(int(lively.sum())), atol=5e-3, rtol=0)


def test_without_it_signals_die_on_the_way() -> None:
    torch.manual_seed(0)
    network = Zhang2016(width=0.125)
    found = outputs(network, {"lightness": pictures()})
    assert float(found["model7.4"].std()) < 0.2


def test_the_layer_of_the_logits_is_left_alone() -> None:
    network = Zhang2016(width=0.125)
    before = network.head.weight.clone()
    initialize(network, {"lightness": pictures()}, "kmeans")
    assert torch.equal(network.head.weight, before)


def test_kernels_are_centroids_of_the_patches() -> None:
    """Pictures of two kinds of stripes have patches of few kinds, and the kernels are those."""
    rows = torch.arange(32)[:, None].expand(32, 32) % 4 < 2
    stripes = torch.stack([rows, rows.T]).float()[:, None]
    layer = nn.Conv2d(1, 8, 3)
    kernels = centroids(stripes, layer, torch.Generator().manual_seed(0)).flatten(1)
    patches = nn.functional.unfold(stripes, 3).movedim(1, -1).flatten(0, 1)
    patches = nn.functional.normalize(patches - patches.mean(1, keepdim=True), dim=1)
    assert (kernels @ patches.T).amax(1).min() > 0.999
    assert (patches @ kernels.T).amax(1).mean() > 0.95


def test_the_same_seed_gives_the_same_weights() -> None:
    made = []
    for _ in range(2):
        torch.manual_seed(0)
        network = Zhang2016(width=0.125)
        initialize(network, {"lightness": pictures()}, "kmeans", seed=5)
        made.append(network.model4[2].weight)
    assert torch.equal(*made)


def test_balancing_gives_unit_second_moments_and_keeps_the_function() -> None:
    torch.manual_seed(0)
    network = Larsson2016(channels=4, width=0.125)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    inputs = {"lightness": pictures(2, 64, 1.0)}
    with torch.no_grad():
        before = network.eval().backbone(inputs["lightness"])
        initialize(network, inputs, "balance")
        after = network.eval().backbone(inputs["lightness"])
    for name, level in after.items():
        assert float(level.square().mean()) == pytest.approx(1, rel=1e-3), name
        factor = float(before[name].square().mean().sqrt())
        torch.testing.assert_close(level * factor, before[name], atol=1e-4 * factor, rtol=1e-3)


def test_only_a_vgg_can_be_balanced() -> None:
    with pytest.raises(RecipeError, match="only larsson2016"):
        initialize(Zhang2016(width=0.125), {"lightness": pictures()}, "balance")
