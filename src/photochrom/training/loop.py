"""The training loop: one for every network, representation and recipe."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from torch import Tensor

from photochrom.errors import DataError, PhotochromError
from photochrom.representations.ab_bins import class_weights
from photochrom.training import checkpoint, record
from photochrom.training.augment import age, random_crops, to_sample
from photochrom.training.data import Batch, Corpus, Held, Source
from photochrom.training.objectives import Losses, Teacher, classify, losses, with_labels
from photochrom.training.recipe import Recipe
from photochrom.training.schedule import Clock, crop_size, rate_factor
from photochrom.training.start import build, color_prior, float32_depthwise, optimizer
from photochrom.training.stream import Stream
from photochrom.training.validate import validate

LOG_EVERY = 20  # steps
SAVE_EVERY = 120.0  # seconds of training
LOOK_EVERY = 0.05  # share of the run between two validations
PRIOR_PHOTOGRAPHS = 2000  # sampled for the colors' prior

Report = Callable[[dict[str, Any], Clock], None]


class TrainingError(PhotochromError):
    """A run that cannot go on."""


def train(
    recipe: Recipe,
    photographs: Corpus | Stream,
    run: Path,
    fabric: Fabric,
    init: dict[str, Tensor] | None = None,
    report: Report = lambda entry, clock: None,
) -> None:
    """Train a recipe into the folder `run`; goes on where an earlier call with the same recipe stopped.

    `init` are weights to start from instead of the encoder's published ones alone. `report` is called with every logged
    entry. TrainingError when a loss is not finite; DataError when `run` belongs to another recipe.
    """
    if fabric.global_rank == 0:
        settle(run, recipe)
    fabric.barrier()
    trainer = Trainer(recipe, photographs, run, fabric, init)
    clock = trainer.clock
    saved, looked = clock.seconds, clock.progress
    clock.resume()
    while clock.progress < 1:
        entry = trainer.step()
        if clock.step % LOG_EVERY == 0:
            trainer.log(entry)
            report(entry, clock)
        if clock.seconds - saved > SAVE_EVERY:
            trainer.save()
            saved = clock.seconds
        if clock.progress - looked >= LOOK_EVERY and clock.progress < 1:
            report(trainer.look(), clock)
            looked = clock.progress
    if clock.step > trainer.resumed_at or not trainer.finished:
        report(trainer.look(), clock)
        trainer.save()


def settle(run: Path, recipe: Recipe) -> None:
    """Make the run's folder with its recipe, or check that it belongs to the same one."""
    path, text = run / "recipe.json", json.dumps(recipe.to_dict(), indent=1)
    if path.exists() and path.read_text() != text:
        raise DataError(f"{run} holds a run of another recipe or length: choose another --out, or remove it")
    try:
        run.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise DataError(f"cannot write the run to {run}: {error.strerror}") from None


class Trainer:
    """Everything that changes while a run trains."""

    def __init__(
        self, recipe: Recipe, photographs: Corpus | Stream, run: Path, fabric: Fabric, init: dict[str, Tensor] | None
    ) -> None:
        self.recipe, self.run, self.fabric = recipe, run, fabric
        self.color, self.clock = recipe.color, Clock(recipe.schedule)
        self._open(photographs)
        torch.manual_seed(recipe.seed)
        self.bare = build(recipe, init).to(fabric.device, memory_format=torch.channels_last)
        self.average = checkpoint.Average(self.bare, recipe.schedule.average)
        if fabric.device.type == "cpu":
            float32_depthwise(self.bare)
        self.network, self.optimizer = fabric.setup(self.bare, optimizer(recipe, self.bare))
        self.network.train()
        self.resumed_at = 0
        if (run / checkpoint.NAME).exists():
            numbers = checkpoint.load(run, self.bare, self.average, self.optimizer.optimizer)
            self.clock.step, self.clock.seconds = numbers["step"], numbers["seconds"]
            self.resumed_at = self.clock.step
        if fabric.global_rank == 0:
            record.trim_log(run, self.clock.step)
        weights = class_weights(self.prior, recipe.objective.rebalance)
        self.weights = torch.as_tensor(weights, dtype=torch.float32, device=fabric.device)

    def _open(self, photographs: Corpus | Stream) -> None:
        """Set the source of batches, what is kept for validation, the colors' prior and what the class head is taught."""
        recipe, fabric = self.recipe, self.fabric
        self.teacher: Teacher | None = None
        self.taught: Tensor | None = None  # float16 [photographs, 1000], where the corpus is held in memory
        if recipe.objective.classify:
            teacher = Teacher(recipe.network["encoder"])
            self.teacher = teacher.to(fabric.device, memory_format=torch.channels_last)
        self.source: Source
        if isinstance(photographs, Stream):
            self.source, self.validation, self.photographs = photographs, photographs.validation, 0
            self.prior = color_prior(recipe, photographs.sample(PRIOR_PHOTOGRAPHS))
            return
        training, self.validation = photographs.split(recipe.data.validation, recipe.seed)
        training = training.to(fabric.device)
        self.photographs = len(training)
        self.source = Held(training, recipe.schedule.batch, recipe.seed, fabric.global_rank, fabric.world_size)
        rng = np.random.default_rng(recipe.seed)
        picks = rng.permutation(len(training))[:PRIOR_PHOTOGRAPHS]
        self.prior = color_prior(recipe, [training.photographs[pick] for pick in picks])
        if self.teacher is not None:
            self.taught = self._classified(training, self.teacher)

    def _classified(self, training: Corpus, teacher: Teacher) -> Tensor:
        """Minutes of work on a CPU, so it is kept beside the checkpoint."""
        path = self.run / "classes.safetensors"
        if self.fabric.global_rank == 0 and not path.exists():
            save_file({"classes": with_labels(classify(teacher, training.photographs), training.labels).cpu()}, path)
        self.fabric.barrier()
        return load_file(path, device=str(self.fabric.device))["classes"]

    @property
    def finished(self) -> bool:
        """Whether the checkpoint on disk is that of a run that was done."""
        return self.clock.progress >= 1 and self.resumed_at == self.clock.step > 0

    def step(self) -> dict[str, float]:
        """One optimizer step on the next batch; the entry for the log. TrainingError if the loss is not finite."""
        schedule, clock = self.recipe.schedule, self.clock
        factor = rate_factor(schedule, clock.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        batch = self.source.batch(clock.step)
        found = self._losses(batch)
        numbers = {name: float(value.detach()) for name, value in found._asdict().items()}
        if not math.isfinite(numbers["total"]):
            raise TrainingError(
                f"the loss is {numbers['total']} at step {clock.step}, on the batch {', '.join(batch.names)}; "
                f"the last checkpoint in {self.run} is from before it"
            )
        self.optimizer.zero_grad()
        self.fabric.backward(found.total)
        self.fabric.clip_gradients(self.network, self.optimizer, max_norm=schedule.clip)
        self.optimizer.step()
        clock.tick()
        if self.fabric.world_size > 1:  # all processes must agree on the progress, and so on rate, crops and the end
            clock.seconds = self.fabric.broadcast(clock.seconds)
        self.average.update(self.bare, clock.step)
        return self._where() | {
            "rate": schedule.rate * factor,
            "loss": numbers["total"],
            "color": numbers["color"],
            "plain": numbers["plain"],
            "classes": numbers["classes"],
        }

    def _losses(self, batch: Batch) -> Losses:
        data = self.recipe.data
        # a generator a step and process: the same crops whether or not the run was interrupted before it
        rng = np.random.default_rng((self.recipe.seed, self.clock.step, self.fabric.global_rank))
        crops = random_crops(batch.photographs, crop_size(data, self.clock.progress), data.zoom, rng)
        rgb = crops.to(self.fabric.device)
        sample = to_sample(rgb, self.bare.stride_out)
        seen = age(sample.lightness, data.aged, rng).contiguous(memory_format=torch.channels_last)
        taught = self._taught(batch, rgb)
        output = self.network(seen, classify=taught is not None)
        return losses(self.recipe.objective, self.color, output, sample, self.weights, taught)

    @torch.no_grad()
    def _taught(self, batch: Batch, rgb: Tensor) -> Tensor | None:
        """What the class head is to predict: from the table, or for a streamed batch the teacher's view of the crops."""
        if self.teacher is None:
            return None
        if self.taught is not None and batch.rows is not None:
            return self.taught[torch.as_tensor(batch.rows, device=self.taught.device)].float()
        with self.fabric.autocast():
            return with_labels(self.teacher(rgb.contiguous(memory_format=torch.channels_last)).float(), batch.labels)

    def look(self) -> dict[str, Any]:
        """Validate the averaged network: log plain loss and AuC, redraw the curves and the contact sheet."""
        if self.fabric.global_rank != 0:
            return {}
        network = build(self.recipe, published=False).to(self.fabric.device)
        network.load_state_dict(self.average.state)
        seen = validate(network, self.color, self.validation, crop_size(self.recipe.data, 1.0), self.fabric)
        entry = self._where() | {"val_plain": seen.plain, "val_auc": seen.auc, "val_auc_gray": seen.auc_gray}
        self.log(entry)
        record.draw_curves(self.run)
        record.contact_sheet(self.run / "contact.png", seen.lightness, seen.ours, seen.true)
        return entry

    def _where(self) -> dict[str, Any]:
        clock = self.clock
        photographs = clock.step * self.recipe.schedule.batch
        return {"step": clock.step, "photographs": photographs, "minutes": round(clock.seconds / 60, 3)}

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
                "photographs": self.photographs,
                "prior": self.prior.tolist(),
            }
            checkpoint.save(self.run, self.bare, self.average, self.optimizer.optimizer, numbers)
