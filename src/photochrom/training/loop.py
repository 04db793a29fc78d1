"""The training loop: one for every network, representation and recipe."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from photochrom.errors import DataError, PhotochromError
from photochrom.networks import NETWORKS
from photochrom.networks.efficientnet_lite import load_published
from photochrom.representations.ab_bins import class_weights
from photochrom.training import checkpoint, record
from photochrom.training.augment import age, random_crops, to_sample
from photochrom.training.data import Corpus, shuffled
from photochrom.training.objectives import Losses, Teacher, class_targets, losses, published_weights
from photochrom.training.recipe import Recipe
from photochrom.training.schedule import Clock, crop_size, rate_factor

LOG_EVERY = 20  # steps
SAVE_EVERY = 120.0  # seconds
LOOK_EVERY = 0.05  # share of the run between two validations
PRIOR_PHOTOGRAPHS = 2000  # sampled for the colors' prior

Report = Callable[[dict[str, Any], Clock], None]


class TrainingError(PhotochromError):
    """A run that cannot go on."""


def train(
    recipe: Recipe,
    corpus: Corpus,
    run: Path,
    fabric: Fabric,
    init: dict[str, Tensor] | None = None,
    report: Report = lambda entry, clock: None,
) -> None:
    """Train a recipe on a corpus into the folder `run`; goes on where an earlier call with the same recipe stopped.

    `init` are weights to start from instead of the encoder's published ones. `report` is called with every logged entry.
    TrainingError when a loss is not finite; DataError when `run` belongs to another recipe.
    """
    settle(run, recipe)
    trainer = Trainer(recipe, corpus, run, fabric, init)
    saved = time.monotonic()
    looked = trainer.clock.progress
    while trainer.clock.progress < 1:
        entry = trainer.step()
        if trainer.clock.step % LOG_EVERY == 0:
            trainer.log(entry)
            report(entry, trainer.clock)
        if time.monotonic() - saved > SAVE_EVERY:
            trainer.save()
            saved = time.monotonic()
        if trainer.clock.progress - looked >= LOOK_EVERY and trainer.clock.progress < 1:
            report(trainer.look(), trainer.clock)
            looked = trainer.clock.progress
    report(trainer.look(), trainer.clock)
    trainer.save()


def settle(run: Path, recipe: Recipe) -> None:
    """Make the run's folder with its recipe, or check that it belongs to the same one."""
    run.mkdir(parents=True, exist_ok=True)
    path = run / "recipe.json"
    text = json.dumps(recipe.to_dict(), indent=1)
    if path.exists() and json.loads(path.read_text()) != json.loads(text):
        raise DataError(f"{run} holds a run of another recipe or length: choose another --out, or remove it")
    path.write_text(text)


class Trainer:
    """Everything that changes while a run trains."""

    def __init__(
        self, recipe: Recipe, corpus: Corpus, run: Path, fabric: Fabric, init: dict[str, Tensor] | None
    ) -> None:
        self.recipe, self.run, self.fabric = recipe, run, fabric
        self.color, self.clock = recipe.color, Clock(recipe.schedule)
        training, self.validation = corpus.split(recipe.data.validation, recipe.seed)
        self.training = training.to(fabric.device)
        torch.manual_seed(recipe.seed)
        self.bare = build(recipe, init).to(fabric.device, memory_format=torch.channels_last)
        self.average = checkpoint.Average(self.bare, recipe.schedule.average)
        if fabric.device.type == "cpu":
            float32_depthwise(self.bare)
        self.network, self.optimizer = fabric.setup(self.bare, optimizer(recipe, self.bare))
        self.network.train()
        if (run / checkpoint.NAME).exists():
            numbers = checkpoint.load(run, self.bare, self.average, self.optimizer.optimizer)
            self.clock.step, self.clock.seconds = numbers["step"], numbers["seconds"]
        if fabric.global_rank == 0:
            record.trim_log(run, self.clock.step)
        self.prior = color_prior(recipe, self.training)
        self.weights = torch.as_tensor(
            class_weights(self.prior, recipe.objective.rebalance), dtype=torch.float32, device=fabric.device
        )
        self.class_targets = self._class_targets()
        self.clock.resume()

    def step(self) -> dict[str, float]:
        """One optimizer step on the next batch; the entry for the log."""
        schedule, clock = self.recipe.schedule, self.clock
        factor = rate_factor(schedule, clock.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        picks = shuffled(len(self.training), schedule.batch, clock.step, self.recipe.seed)
        picks = picks[self.fabric.global_rank :: self.fabric.world_size]
        found = self._losses(picks)
        numbers = {name: float(value.detach()) for name, value in found._asdict().items()}
        if not math.isfinite(numbers["total"]):
            raise TrainingError(
                f"the loss is {numbers['total']} at step {clock.step}, on photographs {', '.join(map(str, picks))} "
                f"of the training split; the last checkpoint in {self.run} is untouched"
            )
        self.optimizer.zero_grad()
        self.fabric.backward(found.total)
        self.fabric.clip_gradients(self.network, self.optimizer, max_norm=schedule.clip)
        self.optimizer.step()
        clock.tick()
        self.average.update(self.bare, clock.step)
        return {
            "step": clock.step,
            "photographs": clock.step * schedule.batch,
            "minutes": round(clock.seconds / 60, 3),
            "rate": schedule.rate * factor,
            "loss": numbers["total"],
            "color": numbers["color"],
            "plain": numbers["plain"],
            "classes": numbers["classes"],
        }

    def _losses(self, picks: np.ndarray) -> Losses:
        data = self.recipe.data
        # a generator a step and rank: the same batch whether or not the run was interrupted before it
        rng = np.random.default_rng((self.recipe.seed, self.clock.step, self.fabric.global_rank))
        rgb = random_crops(
            [self.training.photographs[i] for i in picks], crop_size(data, self.clock.progress), data.zoom, rng
        )
        sample = to_sample(rgb, self.bare.stride_out)
        seen = age(sample.lightness, data.aged, rng).contiguous(memory_format=torch.channels_last)
        taught = None if self.class_targets is None else self.class_targets[torch.as_tensor(picks)].float()
        output = self.network(seen, classify=taught is not None)
        return losses(self.recipe.objective, self.color, output, sample, self.weights, taught)

    def _class_targets(self) -> Tensor | None:
        if not self.recipe.objective.classify:
            return None
        path = self.run / "classes.safetensors"
        if not path.exists():
            teacher = Teacher(self.recipe.network["encoder"]).to(self.fabric.device, memory_format=torch.channels_last)
            if self.fabric.global_rank == 0:
                save_file({"classes": class_targets(teacher, self.training.photographs, self.training.labels)}, path)
            self.fabric.barrier()
        return load_file(path, device=str(self.fabric.device))["classes"]

    @torch.no_grad()
    def look(self) -> dict[str, Any]:
        """Validate the averaged network: log the plain loss and AuC, redraw the curves and the contact sheet."""
        network = build(self.recipe, None, published=False).to(self.fabric.device)
        network.load_state_dict(self.average.state)
        network.eval()
        size = crop_size(self.recipe.data, 1.0)
        errors, grays, plain, shown = [], [], [], []
        for start in range(0, len(self.validation), 16):
            pictures = [p.to(self.fabric.device) for p in self.validation.photographs[start : start + 16]]
            sample = to_sample(torch.stack([center(p, size) for p in pictures]).float() / 255, network.stride_out)
            with self.fabric.autocast():
                logits = network(sample.lightness).logits.float()
            plain.append(float(self.color.loss(logits, self.color.encode(sample.ab)).plain) * len(pictures))
            ab = self.color.decode(logits)
            errors.append((ab - sample.ab).norm(dim=-1).clamp(max=150).mean())
            grays.append(sample.ab.norm(dim=-1).clamp(max=150).mean())
            shown.append((sample, ab))
        entry = {
            "step": self.clock.step,
            "photographs": self.clock.step * self.recipe.schedule.batch,
            "minutes": round(self.clock.seconds / 60, 3),
            "val_plain": sum(plain) / len(self.validation),
            "val_auc": 100 * (1 - float(torch.stack(errors).mean()) / 150),
            "val_auc_gray": 100 * (1 - float(torch.stack(grays).mean()) / 150),
        }
        self.log(entry)
        if self.fabric.global_rank == 0:
            record.draw_curves(self.run)
            sample, ab = shown[0]
            record.contact_sheet(
                self.run / "contact.png", *(x.cpu().numpy() for x in (sample.lightness[:12, 0], ab[:12], sample.ab[:12]))
            )
        return entry

    def log(self, entry: dict[str, Any]) -> None:
        """Append to the log, from the first process only."""
        if self.fabric.global_rank == 0:
            record.append(self.run, entry)

    def save(self) -> None:
        """Write the checkpoint, from the first process only."""
        if self.fabric.global_rank == 0:
            numbers = {
                "step": self.clock.step,
                "seconds": self.clock.seconds,
                "recipe": self.recipe.to_dict(),
                "photographs": len(self.training),
                "prior": self.prior.tolist(),
            }
            checkpoint.save(self.run, self.bare, self.average, self.optimizer.optimizer, numbers)


def build(recipe: Recipe, init: dict[str, Tensor] | None, published: bool = True) -> nn.Module:
    """The recipe's network with its starting weights: `init`, or the encoder's published ones."""
    settings = {key: value for key, value in recipe.network.items() if key != "name"}
    network = NETWORKS[recipe.network["name"]](channels=recipe.color.channels, **settings)
    if init is not None:
        network.load_state_dict(init)
    elif published:
        load_published(network.encoder, network.classifier, published_weights(recipe.network["encoder"]))
    return network


def optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.AdamW:
    """AdamW with a slower encoder, and no decay on biases and BatchNorm."""
    schedule = recipe.schedule
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        pretrained = name.startswith(("encoder.", "classifier."))
        peak = schedule.rate * (schedule.encoder_rate if pretrained else 1)
        groups.setdefault((peak, schedule.decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": peak, "peak": peak, "weight_decay": decay} for (peak, decay), group in groups.items()]
    )


def color_prior(recipe: Recipe, corpus: Corpus) -> np.ndarray:
    """The smoothed distribution of the corpus' colors over the bins, from a seeded sample of its photographs."""
    rng = np.random.default_rng(recipe.seed)
    picks = rng.permutation(len(corpus))[:PRIOR_PHOTOGRAPHS]
    total = np.zeros(recipe.color.channels)
    for index in picks:
        photograph = corpus.photographs[index][None].float() / 255
        ab = to_sample(photograph[:, :, : photograph.shape[2] // 4 * 4, : photograph.shape[3] // 4 * 4], 4).ab
        total += recipe.color.prior(ab.cpu().numpy()[0, ::2, ::2])
    return total / len(picks)


def float32_depthwise(network: nn.Module) -> None:
    """Keep depthwise convolutions out of autocast: on the CPU their backward in bf16 is four to eight times slower."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            forward = torch.autocast("cpu", enabled=False)(module.forward)
            module.forward = lambda x, forward=forward: forward(x.float())


def center(photograph: Tensor, size: int) -> Tensor:
    """The square of this size in the middle of [3, H, W]."""
    top, left = (photograph.shape[1] - size) // 2, (photograph.shape[2] - size) // 2
    return photograph[:, top : top + size, left : left + size]


__all__ = ["TrainingError", "train"]
