"""A network at the start of a run: its weights, its precision, its optimizer, the prior of the colors it will see."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from photochrom.card import PROPERTY, Card
from photochrom.errors import ModelError, RecipeError
from photochrom.networks import NETWORKS, Network, Photochrom
from photochrom.networks.efficientnet_lite import load_published
from photochrom.representations import AbBins, Representation
from photochrom.representations.ab_bins import class_weights
from photochrom.training.augment import to_sample
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.checkpoint import numbers_of as checkpoint_numbers
from photochrom.training.data import Corpus
from photochrom.training.inherit import inherited
from photochrom.training.lesson import published_weights
from photochrom.training.recipe import Recipe

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)


def build(recipe: Recipe, init: dict[str, Tensor] | None = None, published: bool = True) -> Network:
    """The recipe's network with its starting weights: an encoder's published ones, then `init` over them.

    `init` may leave out heads of training time or have others, and its last layer may be that of another
    representation: then this network's own stays as it is; and zhang2017 starts from zhang2016's (`inherit`). Nothing
    else: RecipeError with the first key that is wrong.
    """
    settings = {key: value for key, value in recipe.network.items() if key != "name"}
    network = NETWORKS[recipe.network["name"]](channels=recipe.color.channels, **settings)
    if published and isinstance(network, Photochrom):
        load_published(network.encoder, network.classifier, published_weights(recipe.network.get("encoder", "lite0")))
    if init is None:
        return network
    own = network.state_dict()
    init = inherited(recipe.network["name"], own, init)
    of_logits = next(f"{name}." for name, module in network.named_modules() if module is network.head)
    other = any(own[key].shape != init[key].shape for key in own.keys() & init.keys() if key.startswith(of_logits))
    optional = {key for key in own.keys() | init.keys() if "classifier." in key or key.endswith("num_batches_tracked")}
    optional |= {key for key in own if other and key.startswith(of_logits)}
    init = {key: value for key, value in init.items() if key not in optional or _same(own.get(key), value)}
    needed = own.keys() - optional
    for key in sorted(needed ^ {key for key in init if key in needed or key not in own}):
        what = "lacks" if key in needed else "has an unknown"
        raise RecipeError(f"the weights to start from do not fit the network {recipe.network['name']}: it {what} {key}")
    for key, value in init.items():
        if own[key].shape != value.shape:
            raise RecipeError(
                f"{key} is {tuple(value.shape)} in the weights to start from, {tuple(own[key].shape)} here"
            )
    network.load_state_dict(init, strict=False)  # what it may lack was checked above
    return network


def _same(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and one.shape == other.shape


def weights_of_model(path: Path) -> dict[str, Tensor]:
    """The weights inside an ONNX file that `photochrom export` made, or those of a run's folder: to start a run from.

    ModelError for a file that is no such model, DataError for a folder without a run.
    """
    if path.is_dir():
        return averaged_weights(path)[0]
    try:
        model = onnx.load(str(path))
    except Exception as error:  # onnx and protobuf raise classes of their own without a common root
        raise ModelError(f"{path} is no ONNX model: {error}") from None
    text = next((entry.value for entry in model.metadata_props if entry.key == PROPERTY), None)
    if text is None:
        raise ModelError(f"{path} has no photochrom card: only a model made by `photochrom export` can be started from")
    Card.from_json(text)
    named = {tensor.name.removesuffix(".half"): tensor for tensor in model.graph.initializer}
    return {
        name.removeprefix("network."): torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        for name, tensor in named.items()
        if name.startswith("network.")
    }


def first_weights(path: Path, recipe: Recipe) -> dict[str, Tensor]:
    """Weights to start a recipe from, as `weights_of_model`; its bins moved to the recipe's lambda."""
    state = weights_of_model(path)
    numbers = checkpoint_numbers(path) if path.is_dir() else None
    if numbers is None or numbers["prior"] is None or not isinstance(recipe.color, AbBins):
        return state
    with torch.device("meta"):
        network = build(recipe, published=False)
    bias = next(f"{name}.bias" for name, module in network.named_modules() if module is network.head)
    shift = lambda_shift(numbers["prior"], numbers["recipe"]["objective"]["rebalance"], recipe.objective.rebalance)
    return state | ({bias: state[bias] + shift} if bias in state else {})


def lambda_shift(prior: Sequence[float], trained: float, wanted: float) -> Tensor:
    """What to add to the logits of the bins to move them from one lambda (Zhang 2016, eq. 4) to another: [313].

    The loss of eq. 2 makes a network estimate w(q) p(q | x): the logarithm of the ratio of two weights moves it. A bin
    that the corpus never showed has no weight in either, and keeps its logit.
    """
    frequencies = np.asarray(prior)
    ratio = class_weights(frequencies, wanted) / np.maximum(class_weights(frequencies, trained), 1e-12)
    return torch.as_tensor(np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0), dtype=torch.float32)


def on_device(network: AnyNetwork, device: torch.device) -> AnyNetwork:
    """The network in a device's memory, channels last: what convolutions are fastest with."""
    network.to(device)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def fits(photographs: Corpus, device: torch.device) -> bool:
    """Whether the photographs take at most half of what is free on a GPU; its rest is the network's. A CPU has them."""
    return device.type != "cuda" or photographs.bytes < torch.cuda.mem_get_info(device)[0] / 2


def float32_depthwise(network: nn.Module) -> None:
    """Keep depthwise convolutions out of autocast: on the CPU their backward in bf16 is four to eight times slower."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.forward = _in_float32(module.forward)  # type: ignore[assignment, method-assign]  # of one instance


def _in_float32(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    plain = torch.autocast("cpu", enabled=False)(forward)
    return lambda x: plain(x.float())


def freeze_what_gets_no_gradient(network: nn.Module, recipe: Recipe) -> None:
    """Heads whose loss has no weight, an encoder without a rate: processes must not wait for them, nor decay pull."""
    for name, parameter in network.named_parameters():
        classes = "classifier." in name and not recipe.objective.classify
        palette = name.startswith("model_class.") and not recipe.objective.palette
        encoder = _pretrained(network, name) and not recipe.schedule.encoder_rate
        if classes or palette or encoder:
            parameter.requires_grad_(False)


def train_mode(network: nn.Module, frozen_norms: bool) -> None:
    """Set a network to training, its BatchNorm layers only if their statistics are to follow the batches."""
    network.train()
    for module in network.modules():
        if frozen_norms and isinstance(module, nn.BatchNorm2d):
            module.eval()


def _pretrained(network: nn.Module, parameter: str) -> bool:
    return isinstance(network, Photochrom) and parameter.startswith(("encoder.", "classifier."))


def optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """The recipe's optimizer, no decay on biases and BatchNorm. Each group of parameters keeps its `peak` rate."""
    schedule = recipe.schedule
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        peak = schedule.rate * (schedule.encoder_rate if _pretrained(network, name) else 1)
        peak *= schedule.bias_rate if name.endswith("bias") else 1
        groups.setdefault((peak, schedule.decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    parts = [
        {"params": group, "lr": peak, "peak": peak, "weight_decay": decay} for (peak, decay), group in groups.items()
    ]
    if schedule.optimizer == "sgd":
        return torch.optim.SGD(parts, momentum=schedule.momentum)
    if schedule.optimizer == "adadelta":
        return torch.optim.Adadelta(parts)
    kind = torch.optim.Adam if schedule.optimizer == "adam" else torch.optim.AdamW
    return kind(parts, betas=(schedule.momentum, schedule.beta2))


def prior_of(
    color: Representation, numbers: dict[str, Any] | None, sample: Callable[[], Sequence[Tensor]]
) -> np.ndarray | None:
    """The prior of colors that can be rebalanced, of the checkpoint's `numbers` or of a sample; None for others."""
    if not isinstance(color, AbBins):
        return None
    return np.asarray(numbers["prior"] if numbers else color_prior(color, sample()))


def color_prior(bins: AbBins, photographs: Sequence[Tensor]) -> np.ndarray:
    """The smoothed distribution of the photographs' colors over the bins, float64 [channels]: every 8th pixel each."""
    total = np.zeros(bins.channels)
    for photograph in photographs:
        rows, columns = (side // 4 * 4 for side in photograph.shape[1:])
        ab = to_sample(photograph[None, :, :rows, :columns].float() / 255, 4).ab
        total += bins.prior(ab.cpu().numpy()[0, ::2, ::2])
    return total / len(photographs)
