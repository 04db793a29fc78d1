"""The user-guided network against the numbers of the authors' release."""

import pytest
import torch
from torch import Tensor

from photochrom.networks import Zhang2017
from photochrom.networks.conformance import layers


def picture(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3)) * 100


def test_it_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in Zhang2017().parameters()) == 34_187_027
    assert sum(parameter.numel() for parameter in Zhang2017(bins=0).parameters()) == 34_051_074


def test_names_are_those_of_the_released_weights() -> None:
    state = Zhang2017().state_dict()
    assert len(state) == 107
    shapes = {
        "model1.0.weight": (64, 4, 3, 3),
        "model8up.0.weight": (512, 256, 4, 4),
        "model3short8.0.weight": (256, 256, 3, 3),
        "model8.5.running_var": (256,),
        "model9up.0.weight": (256, 128, 4, 4),
        "model2short9.0.bias": (128,),
        "model9.3.weight": (128,),
        "model10up.0.weight": (128, 128, 4, 4),
        "model1short10.0.weight": (128, 64, 3, 3),
        "model10.1.weight": (128, 128, 3, 3),
        "model_class.0.weight": (529, 256, 1, 1),
        "model_out.0.weight": (2, 128, 1, 1),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes


def test_blocks_lie_at_the_published_strides_and_dilations() -> None:
    table = {layer.name: layer for layer in layers(Zhang2017(width=0.25), 64)}
    assert [int(table[f"model{block}.0"].accumulated) for block in range(1, 8)] == [1, 2, 4, 8, 8, 8, 8]
    assert [table[f"model{block}.0"].dilation for block in range(1, 8)] == [1, 1, 1, 1, 2, 2, 1]
    assert [layer.name for layer in table.values() if layer.norm] == [
        "model1.2", "model2.2", "model3.4", "model4.4", "model5.4", "model6.4", "model7.4", "model8.3", "model9.1",
    ]  # fmt: skip


def test_color_comes_at_full_size_and_the_palette_at_a_quarter() -> None:
    output = Zhang2017(width=0.125).eval()(picture(2, 1, 32, 48), torch.zeros(2, 3, 32, 48))
    assert tuple(output.logits.shape) == (2, 2, 32, 48)
    assert output.palette is not None
    assert tuple(output.palette.shape) == (2, 529, 8, 12)


def test_no_hints_are_hints_nowhere() -> None:
    network = Zhang2017(width=0.125).eval()
    photo = picture(1, 1, 32, 32)
    torch.testing.assert_close(network(photo).logits, network(photo, torch.zeros(1, 3, 32, 32)).logits)


def test_a_hint_is_told_from_gray_by_its_mask() -> None:
    network = Zhang2017(width=0.125).eval()
    photo, hint = picture(1, 1, 32, 32), torch.zeros(1, 3, 32, 32)
    hint[:, 2, 10:14, 10:14] = 1
    assert not torch.allclose(network(photo, hint).logits, network(photo).logits)


@pytest.mark.parametrize("center", [0.0, 0.5])
def test_the_mask_is_centered_as_the_weights_want_it(center: float) -> None:
    network = Zhang2017(width=0.125, mask_center=center).eval()
    seen: list[Tensor] = []
    network.model1[0].register_forward_hook(lambda module, given, out: seen.append(given[0]))
    hints = torch.tensor([110.0, -55.0, 1.0]).reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
    network(torch.full((1, 1, 8, 8), 100.0), hints)
    assert seen[0][0, :, 0, 0].tolist() == [0.5, 1.0, -0.5, 1.0 - center]


def test_the_palette_teaches_nothing_to_the_trunk() -> None:
    network = Zhang2017(width=0.125)
    with torch.enable_grad():
        output = network(picture(2, 1, 16, 16))
        assert output.palette is not None
        output.palette.square().mean().backward()
    learned = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert learned == {"model_class.0.weight", "model_class.0.bias"}
