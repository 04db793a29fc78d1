"""The network: its shapes, its inputs, its tables, and the names that shipped weights rely on."""

import hashlib
import re

import pytest
import torch
from torch import Tensor, nn

from photochrom.networks import NETWORKS, Photochrom
from photochrom.networks import photochrom as room
from photochrom.networks.efficientnet_lite import VARIANTS

TABLE = {row[0]: row[1:] for row in re.findall(r"^ +(lite\d) +([\d.]+) M +([\d.]+) M$", room.__doc__ or "", re.M)}

STORED = "6849dc863cdd671f0596c2987c922b3af93026c002d5ac779cf9cfe59db78048"  # sha256 of all names and shapes, lite0


@pytest.fixture(scope="module")
def network() -> Photochrom:
    """With random weights and true statistics, so that its layers pass something on; in evaluation mode."""
    torch.manual_seed(1)
    network = Photochrom().train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the statistics of what it has seen, not a decaying mean of them
    with torch.no_grad():
        network(lightness(4, 1, 96, 96, seed=9), classify=True)
    return network.eval()


def lightness(*shape: int, seed: int = 0) -> Tensor:
    """Random L*, [N, 1, H, W]."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 100


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96), (160, 32), (224, 224)])
def test_logits_and_features_have_a_quarter_of_the_side(network: Photochrom, height: int, width: int) -> None:
    output = network(lightness(2, 1, height, width))
    assert (network.stride_in, network.stride_out) == (32, 4)
    assert tuple(output.logits.shape) == (2, 313, height // 4, width // 4)
    assert tuple(output.features.shape) == (2, 64, height // 4, width // 4)
    assert torch.isfinite(output.logits).all()


def test_classes_come_only_when_asked_for(network: Photochrom) -> None:
    assert network(lightness(2, 1, 32, 64)).classes is None
    assert tuple(network(lightness(2, 1, 32, 64), classify=True).classes.shape) == (2, 1000)


def test_the_logits_are_a_linear_function_of_the_features(network: Photochrom) -> None:
    output = network(lightness(1, 1, 64, 64))
    weight, bias = network.logits.weight[:, :, 0, 0], network.logits.bias
    assert bias is not None
    expected = torch.einsum("cf,nfhw->nchw", weight, output.features) + bias[:, None, None]
    torch.testing.assert_close(output.logits, expected, atol=1e-4, rtol=1e-4)


def test_another_style_changes_the_logits_everywhere(network: Photochrom) -> None:
    photo = lightness(1, 1, 64, 96)
    plain, styled = network(photo).logits, network(photo, lightness(1, 1, 224, 224, seed=5) * 0.3).logits
    assert ((plain - styled).abs().amax(1) > 1e-6).all()


def test_without_a_style_the_photograph_is_its_own(network: Photochrom) -> None:
    photo = lightness(1, 1, 224, 224)
    torch.testing.assert_close(network(photo).logits, network(photo, photo).logits)


def test_photographs_of_a_batch_do_not_see_each_other(network: Photochrom) -> None:
    photos, styles = lightness(3, 1, 64, 64), lightness(3, 1, 224, 224, seed=5)
    together = network(photos, styles, classify=True)
    for number in range(3):
        part = slice(number, number + 1)
        alone = network(photos[part], styles[part], classify=True)
        for whole, single in zip(together[:3], alone[:3], strict=True):
            torch.testing.assert_close(whole[part], single, atol=1e-4, rtol=1e-4)


def test_channels_follow_the_representation() -> None:
    output = Photochrom(channels=2, width=32, embedding=16).eval()(lightness(1, 1, 32, 32))
    assert (output.logits.shape[1], output.features.shape[1]) == (2, 16)


def test_every_parameter_learns() -> None:
    torch.manual_seed(2)
    network = Photochrom().train()
    with torch.enable_grad():
        output = network(lightness(2, 1, 64, 64), lightness(2, 1, 224, 224, seed=5), classify=True)
        (output.logits.square().mean() + output.classes.square().mean()).backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_the_name_in_a_recipe() -> None:
    assert NETWORKS["photochrom"] is Photochrom


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_table_is_true(variant: str) -> None:
    network = Photochrom(encoder=variant)
    size = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    head = sum(parameter.numel() for parameter in network.classifier.parameters()) / 1e6
    assert (f"{size - head:.3f}", f"{size:.3f}") == TABLE[variant]


def test_stored_weights_find_every_name_and_shape_as_it_was(network: Photochrom) -> None:
    names = "\n".join(f"{name} {tuple(value.shape)}" for name, value in network.state_dict().items())
    assert len(network.state_dict()) == 400
    assert hashlib.sha256(names.encode()).hexdigest() == STORED
