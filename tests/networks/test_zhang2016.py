"""Zhang 2016's network against the paper's Table 4 and the numbers of the authors' release."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from photochrom.networks import Zhang2016, zhang2016
from photochrom.networks.conformance import Layer, layers
from photochrom.representations import AbBins
from tables import number, rows

TABLE = rows(zhang2016, "1")


@pytest.fixture(scope="module")
def whole() -> list[Layer]:
    return layers(Zhang2016(), 224)


def of_block(whole: list[Layer], block: str) -> list[Layer]:
    if block == "logits":
        return whole[-1:]
    return [layer for layer in whole[:-1] if layer.name.startswith(f"model{block}.")]


def test_it_has_the_published_number_of_parameters() -> None:
    network = sum(parameter.numel() for parameter in Zhang2016().parameters())
    assert network == 32_235_385
    assert network + AbBins().centers.size == 32_236_011


@pytest.mark.parametrize("block", TABLE)
def test_the_table_is_that_of_the_live_module(whole: list[Layer], block: str) -> None:
    channels, stride, dilation, output, effective, parameters = TABLE[block]
    own = of_block(whole, block)
    assert [layer.channels for layer in own] == [int(one) for one in channels.split()]
    steps = [layer.stride for layer in own]
    enlarges = Fraction(stride) < 1
    assert (steps[0] if enlarges else steps[-1]) == Fraction(stride)
    assert all(step == 1 for step in (steps[1:] if enlarges else steps[:-1]))
    assert {layer.dilation for layer in own} == {int(dilation)}
    assert [layer.effective for layer in own] == [int(one) for one in effective.split()]
    assert sum(layer.parameters for layer in own) == number(parameters)
    depth, _, side = output.split()
    last = own[-1]
    assert (last.channels, last.resolution) == (int(depth), 224 // int(side.removeprefix("H/")))


def test_batchnorm_stands_at_the_ends_of_blocks_1_to_7_and_nowhere_else(whole: list[Layer]) -> None:
    ends = [of_block(whole, str(block))[-1].name for block in range(1, 8)]
    assert [layer.name for layer in whole if layer.norm] == ends


def test_nothing_is_pooled() -> None:
    kinds = {type(module) for module in Zhang2016(width=0.125).modules() if not list(module.children())}
    assert kinds == {nn.Conv2d, nn.ConvTranspose2d, nn.ReLU, nn.BatchNorm2d}


def test_a_cell_of_block_7_sees_325_pixels() -> None:
    network = Zhang2016(width=0.125).eval()
    for parameter in network.parameters():
        parameter.fill_(0.1 if parameter.ndim > 1 else 0.0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.fill_(1.0)
    with torch.enable_grad():
        x = torch.full((1, 1, 400, 400), 1.0, dtype=torch.float64, requires_grad=True)
        trunk = nn.Sequential(*(network.get_submodule(f"model{block}") for block in range(1, 8))).double()
        trunk(x)[0, 0, 25, 25].backward()
    assert x.grad is not None
    seen = x.grad[0, 0].abs() > 0
    assert int(seen.any(0).sum()) == int(seen.any(1).sum()) == 325


def test_names_are_those_of_the_released_weights() -> None:
    state = Zhang2016().state_dict()
    assert len(state) + 1 == 82  # with model_out.weight, the centers
    shapes = {
        "model1.0.weight": (64, 1, 3, 3),
        "model1.2.weight": (64, 64, 3, 3),
        "model1.4.running_mean": (64,),
        "model3.4.weight": (256, 256, 3, 3),
        "model4.0.weight": (512, 256, 3, 3),
        "model7.6.weight": (512,),
        "model8.0.weight": (512, 256, 4, 4),
        "model8.4.weight": (256, 256, 3, 3),
        "model8.6.weight": (313, 256, 1, 1),
        "model8.6.bias": (313,),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes


@pytest.mark.parametrize(("height", "width"), [(8, 8), (176, 176), (64, 96)])
def test_logits_have_a_quarter_of_the_side(height: int, width: int) -> None:
    network = Zhang2016(channels=5, width=0.125).eval()
    assert tuple(network(torch.rand(2, 1, height, width) * 100).logits.shape) == (2, 5, height // 4, width // 4)


def test_lightness_is_centered_inside() -> None:
    network = Zhang2016(width=0.125).eval()
    middle = network.model1[0](torch.zeros(1, 1, 8, 8))
    seen: list[torch.Tensor] = []
    network.model1[0].register_forward_hook(lambda module, given, out: seen.append(out))
    network(torch.full((1, 1, 8, 8), 50.0))
    torch.testing.assert_close(seen[0], middle)
