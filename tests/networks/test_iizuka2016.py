"""Iizuka 2016's network against the paper's Table 1."""

import pytest
import torch
from torch import Tensor, nn

from photochrom.networks import Iizuka2016, iizuka2016
from photochrom.networks.conformance import layers
from tables import number, rows

TABLE = rows(iizuka2016, "low")


def luma(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def settled(network: Iizuka2016) -> Iizuka2016:
    """With true statistics in its BatchNorms, so that its layers pass something on; in evaluation mode."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            module.momentum = None
    network.train()(luma(4, 1, 64, 64, seed=9))
    return network.eval()


def count(*modules: nn.Module | None) -> int:
    return sum(p.numel() for module in modules if module is not None for p in module.parameters())


def on_meta(**settings: object) -> Iizuka2016:
    with torch.device("meta"):
        return Iizuka2016(**{"norm": False, **settings})


@pytest.mark.parametrize(("fusion", "total"), [(3, 43_218_402), (1, 42_169_826)])
def test_it_has_the_published_number_of_parameters(fusion: int, total: int) -> None:
    network = on_meta(fusion=fusion)
    assert count(network) - count(network.view.classifier) == total


def test_batchnorm_adds_two_numbers_a_hidden_channel() -> None:
    plain, normed = on_meta(), on_meta(norm=True)
    assert count(normed) - count(normed.view.classifier) - (count(plain) - count(plain.view.classifier)) == 12_992


@pytest.mark.parametrize("classes", [(205, 184_013), (1000, 388_328)])
def test_the_class_head_has_the_published_number_of_parameters(classes: tuple[int, int]) -> None:
    assert count(on_meta(classes=classes[0]).view.classifier) == classes[1]


def test_the_branches_are_those_of_the_table() -> None:
    network = on_meta()
    parts = {
        "low": count(network.low),
        "global": count(network.view.convolutions, network.view.to_512, network.view.to_256),
        "mid": count(network.mid),
        "colorization": count(network.colorization, network.logits),
        "classification": count(network.view.classifier),
    }
    assert {name: number(TABLE[name][-1]) for name in parts} == parts
    assert TABLE["fusion"][-1] == f"{count(network.fusion):,} or {count(on_meta(fusion=1).fusion):,}"


def test_the_layers_lie_at_the_published_strides() -> None:
    table = layers(Iizuka2016(width=0.125), 224)
    at = {layer.name: layer.resolution for layer in table}
    assert [at[f"low.{3 * number}"] for number in range(6)] == [112, 112, 56, 56, 28, 28]
    assert [at[f"view.convolutions.{3 * number}"] for number in range(4)] == [14, 14, 7, 7]
    assert (at["mid.3"], at["fusion.0"], at["colorization.0.0"]) == (28, 28, 28)
    assert (at["colorization.1.3"], at["colorization.2.0"], at["logits"]) == (56, 112, 112)


def test_any_photograph_goes_with_any_style() -> None:
    network = settled(Iizuka2016(width=0.125))
    photo, style = luma(2, 1, 64, 96), luma(2, 1, 224, 224, seed=5)
    output = network(photo, style)
    assert tuple(output.logits.shape) == (2, 2, 32, 48)
    assert not torch.allclose(output.logits, network(photo).logits)


def test_at_224_pixels_the_photograph_is_its_own_style() -> None:
    network = settled(Iizuka2016(width=0.125))
    photo = luma(1, 1, 224, 224)
    torch.testing.assert_close(network(photo).logits, network(photo, photo).logits)


def test_classes_come_only_when_asked_for() -> None:
    network = Iizuka2016(width=0.125).eval()
    assert network(luma(1, 1, 32, 32)).classes is None
    assert tuple(network(luma(1, 1, 32, 32), classify=True).classes.shape) == (1, 205)


def test_the_class_loss_teaches_head_global_and_low_level_features_only() -> None:
    network = Iizuka2016(width=0.125)
    with torch.enable_grad():
        network(luma(2, 1, 32, 32), classify=True).classes.square().mean().backward()
    learned = {name.rsplit(".", 2)[0] for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert learned == {"low", "view.convolutions", "view.to_512", "view.classifier"}


def test_the_baseline_has_no_global_branch() -> None:
    network = Iizuka2016(width=0.125, use_global=False).eval()
    assert network.inputs == ("lightness",)
    assert not any(name.startswith("view") for name, _ in network.named_parameters())
    assert tuple(network(luma(1, 1, 32, 40)).logits.shape) == (1, 2, 16, 20)


def test_the_photograph_is_squashed_for_the_global_branch_in_bf16_too() -> None:
    """As training in mixed precision feeds it; the antialiased kernel of CPUs knows no bf16."""
    network = Iizuka2016(width=0.0625).eval()
    photo = luma(1, 1, 64, 96)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        mixed = network(photo.bfloat16()).logits
    with torch.inference_mode():
        full = network(photo).logits
    torch.testing.assert_close(mixed.float(), full, atol=2e-2, rtol=0.1)
