"""Files in the layout of published weights, made of networks of our own with random weights."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor, nn

from photochrom.networks import Larsson2016, Network
from photochrom.representations import AbBins

WIDTH = 0.125  # of the published networks


def settled(network: Network, seed: int = 0) -> Network:
    """Random weights that pass something on, and statistics of BatchNorm that are neither 0 nor 1."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            fan_in = (
                module.weight[0].numel() if not isinstance(module, nn.ConvTranspose2d) else module.weight.numel() / 8
            )
            module.weight.data.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            module.running_mean.normal_(0.3, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return network.eval().requires_grad_(False)


def pth_of_zhang2016(network: Network, folded: float = 2.606) -> dict[str, Tensor]:
    """The state dict of their PyTorch network: our keys, logits `folded` times as large, the centers at the end."""
    state = {key: value.clone() for key, value in network.state_dict().items()}
    state["model8.6.weight"] *= folded
    state["model8.6.bias"] *= folded
    state["model_out.weight"] = torch.from_numpy(AbBins().centers.T.astype(np.float32) / 110)[..., None, None]
    return state


def caffe_of_zhang2016(network: Network) -> dict[str, list[Tensor]]:
    """The blobs of their Caffe network by layer: L not divided, BatchNorm as decaying sums and their weight."""
    layers: dict[str, list[Tensor]] = {}
    for block in range(1, 9):
        convolutions = [one for one in network.get_submodule(f"model{block}") if hasattr(one, "kernel_size")]
        for number, layer in enumerate(convolutions, 1):
            name = "bw_conv1_1" if (block, number) == (1, 1) else f"conv{block}_{number}"
            name = "conv8_313" if (block, number) == (8, 4) else name
            scale = 1 / 100 if name == "bw_conv1_1" else 1
            layers[name] = [layer.weight * scale, layer.bias]
        if block < 8:
            norm = network.get_submodule(f"model{block}")[-1]
            count = torch.tensor([999.0 + block])
            layers[f"conv{block}_{len(convolutions)}norm"] = [
                norm.running_mean * count,
                norm.running_var * count,
                count,
            ]
    return layers


def caffe_of_larsson2016(network: Larsson2016) -> dict[str, list[Tensor]]:
    """The blobs of the released network by layer: fc6 and h_fc1 as matrices, a head each for hue and chroma."""
    names = [name for name, _ in network.backbone.named_children() if name != "dropout"]
    layers = {
        name: [network.backbone.get_submodule(name)[0].weight, network.backbone.get_submodule(name)[0].bias]
        for name in names
    }
    layers["fc6"][0] = layers["fc6"][0].flatten(1)
    layers["h_fc1"] = [network.fc1.weight.flatten(1), network.fc1.bias]
    for head, part in (("prediction_h", slice(0, 32)), ("prediction_c", slice(32, 64))):
        layers[head] = [network.logits.weight[part], network.logits.bias[part]]
    layers["conv4_1_full_reshaped"] = [torch.ones(1, 1, 4, 4)]
    return layers


def write_hdf5(path: Path, layers: Mapping[str, Sequence[Tensor]]) -> Path:
    """As Caffe writes it."""
    with h5py.File(path, "w") as file:
        for name, blobs in layers.items():
            group = file.create_group(f"data/{name}")
            for number, blob in enumerate(blobs):
                group.create_dataset(str(number), data=blob.numpy())
    return path


def caffemodel(layers: Mapping[str, Sequence[Tensor]], old: bool = False) -> bytes:
    """A binary NetParameter, by the wire format; `old` as before 2015: other numbers, four sides instead of a shape."""
    message = _field(1, b"made for tests")
    for name, blobs in layers.items():
        layer = _field(4 if old else 1, name.encode()) + (b"" if old else _field(2, b"Convolution"))
        layer += b"".join(_field(6 if old else 7, _blob(blob, old)) for blob in blobs)
        message += _field(2 if old else 100, layer)
    return message


def _blob(values: Tensor, old: bool) -> bytes:
    data = values.numpy().astype("<f4").tobytes()
    if not old:
        return _field(7, _field(1, b"".join(map(_varint, values.shape)))) + _field(5, data)
    sides = (1,) * (4 - values.ndim) + tuple(values.shape)
    single = b"".join(_varint(5 << 3 | 5) + data[at : at + 4] for at in range(0, len(data), 4))  # not packed
    return b"".join(_varint(number << 3) + _varint(side) for number, side in enumerate(sides, 1)) + single


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def same_logits(one: Network, other: Network, make: Callable[..., Tensor]) -> float:
    """Largest difference of logits, as a share of the largest logit."""
    photo = make(1, 1, 32, 64)
    mine, theirs = one(photo).logits, other(photo).logits
    return float((mine - theirs).abs().max() / theirs.abs().max())
