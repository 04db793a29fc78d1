"""Larsson 2016's hypercolumns: the paper's counts, and that never building one gives the same answer."""

import pytest
import torch
from torch import Tensor

from photochrom.networks import Larsson2016, larsson2016, vgg16
from photochrom.networks.larsson2016 import hypercolumn
from photochrom.networks.vgg16 import Vgg16
from tables import number, rows

SOURCES = ["data", "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2",
           "conv4_3", "conv5_1", "conv5_2", "conv5_3", "fc6", "fc7"]  # fmt: skip
SCALES = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32]


def intensity(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def small() -> Larsson2016:
    """Narrow, and with weights large enough that every level says something."""
    torch.manual_seed(0)
    network = Larsson2016(channels=6, width=0.125).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            assert module.bias is not None
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)
    return network


@pytest.mark.parametrize(("channels", "total"), [(64, 147_041_024), (256, 147_237_824), (2, 146_977_474)])
def test_it_has_the_published_number_of_parameters(channels: int, total: int) -> None:
    with torch.device("meta"):
        network = Larsson2016(channels)
    assert sum(parameter.numel() for parameter in network.parameters()) == total
    assert f"{total:,}" in (larsson2016.__doc__ or "")


def test_the_hypercolumn_has_12417_numbers_in_the_published_order() -> None:
    with torch.device("meta"):
        network = Larsson2016()
    assert network.fc1.in_channels == 12_417 == number(rows(larsson2016, "hypercolumn")["hypercolumn"][0])
    assert list(network.sources) == SOURCES
    assert [network.backbone.scales.get(name, 1) for name in SOURCES] == SCALES
    assert sum(p.numel() for p in network.backbone.parameters()) == 134_259_392
    assert "134,259,392" in (vgg16.__doc__ or "")


def test_levels_are_what_stands_after_the_relu() -> None:
    levels = Vgg16(width=0.125).eval()(intensity(1, 1, 64, 96))
    for (name, level), scale in zip(levels.items(), SCALES[1:], strict=True):
        assert tuple(level.shape[2:]) == (64 // scale, 96 // scale), name
        assert level.min() >= 0


def test_applying_the_layer_before_enlarging_equals_the_dense_hypercolumn(small: Larsson2016) -> None:
    photo = intensity(2, 1, 64, 96)
    dense = small.logits(small.fc1(hypercolumn(small.levels(photo))).relu())
    ours = small(photo).logits
    assert ours.shape == (2, 6, 16, 24)
    assert float((ours - dense).abs().max() / dense.abs().max()) < 1e-4


def test_a_location_on_the_center_of_a_coarse_cell_reads_that_cell(small: Larsson2016) -> None:
    photo = intensity(1, 1, 96, 96)
    levels = small.backbone(photo)
    for name, scale in (("conv2_2", 2), ("conv4_1", 8), ("fc7", 32)):
        center = torch.tensor([[[scale + (scale - 1) / 2, 2 * scale + (scale - 1) / 2]]])
        sampled = small._sampled(name, levels[name], center)
        torch.testing.assert_close(sampled[0, :, 0, 0], levels[name][0, :, 1, 2], atol=1e-4, rtol=1e-4)


def test_zero_offsets_read_where_the_training_file_reads() -> None:
    network = Larsson2016(channels=2, width=0.125, offsets="zero").eval()
    levels = network.backbone(intensity(1, 1, 64, 64))
    sampled = network._sampled("conv4_1", levels["conv4_1"], torch.tensor([[[16.0, 24.0]]]))
    torch.testing.assert_close(sampled[0, :, 0, 0], levels["conv4_1"][0, :, 2, 3], atol=1e-5, rtol=1e-5)


def test_locations_beyond_the_last_cell_read_the_last_cell(small: Larsson2016) -> None:
    levels = small.backbone(intensity(1, 1, 64, 64))
    corner = small._sampled("fc7", levels["fc7"], torch.tensor([[[63.0, 0.0]]]))
    torch.testing.assert_close(corner[0, :, 0, 0], levels["fc7"][0, :, 1, 0])


def test_sparse_logits_come_one_a_location(small: Larsson2016) -> None:
    locations = torch.randint(0, 64, (2, 128, 2))
    assert tuple(small(intensity(2, 1, 64, 64), locations).logits.shape) == (2, 6, 128, 1)


def test_on_a_flat_picture_sparse_and_dense_agree_in_the_middle() -> None:
    torch.manual_seed(4)
    network = Larsson2016(channels=3, width=0.125).eval()
    photo = torch.full((1, 1, 512, 512), 0.4)
    dense = network(photo).logits[0, :, 64, 64]
    sparse = network(photo, torch.tensor([[[257.5, 257.5]]])).logits[0, :, 0, 0]
    torch.testing.assert_close(sparse, dense, atol=1e-5, rtol=1e-4)


def test_classes_come_from_the_last_level_when_asked_for() -> None:
    network = Larsson2016(channels=2, width=0.125, classes=7).eval()
    assert network(intensity(2, 1, 64, 64)).classes is None
    assert tuple(network(intensity(2, 1, 64, 64), classify=True).classes.shape) == (2, 7)


def test_offsets_are_named() -> None:
    with pytest.raises(ValueError, match="centered or zero"):
        Larsson2016(width=0.125, offsets="half")
