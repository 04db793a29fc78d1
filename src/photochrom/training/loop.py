"""The training loop: one for every network, representation and recipe."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from photochrom.errors import DataError, TrainingError
from photochrom.representations.ab_bins import class_weights
from photochrom.training import checkpoint, record
from photochrom.training.augment import random_crops
from photochrom.training.data import Batch, Corpus, Held, Source
from photochrom.training.decoded import decoded_losses
from photochrom.training.feed import make_feed
from photochrom.training.initialize import Kind
from photochrom.training.initialize import initialize as fit_weights
from photochrom.training.lesson import Lesson, Teacher, remembered_classes
from photochrom.training.objectives import Losses, losses
from photochrom.training.recipe import Recipe
from photochrom.training.run import clock_of, finished, settle
from photochrom.training.schedule import Clock, crop_size, rate_factor
from photochrom.training.start import (
    build,
    fits,
    float32_depthwise,
    freeze_what_gets_no_gradient,
    on_device,
    optimizer,
    prior_of,
    train_mode,
)
from photochrom.training.stream import Stream
from photochrom.training.validate import validate

LOG_EVERY = 20  # steps
SAVE_EVERY = 120.0  # seconds of training
LOOK_EVERY = 0.05  # share of the run between two validations
PRIOR_PHOTOGRAPHS = 2000  # sampled for the colors' prior

Report = Callable[[dict[str, Any], Clock], None]


def train(
    recipe: Recipe,
    photographs: Corpus | Stream,
    run: Path,
    fabric: Fabric,
    init: dict[str, Tensor] | None = None,
    initialize: Kind | None = None,
    report: Report = lambda entry, clock: None,
    stop: Callable[[], bool] = lambda: False,
    began: float | None = None,
) -> bool:
    """Train a recipe into the folder `run`; goes on where an earlier call with the same recipe stopped.

    `init` are weights to start from instead of the encoder's published ones alone; `initialize` fits them to the first
    batch. `report` is called after every step
    and every validation with the entry for the log. When `stop` says so after a step, the checkpoint is written and the
    run left as it is. The minutes of a recipe count from `began` (`time.monotonic`; default: now). Whether the run is
    finished. TrainingError when a loss is not finite or minutes don't suffice to begin; DataError when `run` belongs to
    another recipe or other photographs, or can't be written.
    """
    began = time.monotonic() if began is None else began
    if fabric.global_rank == 0:
        settle(run, recipe)
    fabric.barrier()
    trainer = Trainer(recipe, photographs, run, fabric, init, initialize)
    if finished(run, recipe):
        return True
    trainer.begin(began)
    try:
        if fabric.global_rank == 0:
            record.trim_log(run, trainer.clock.step)
        return _steps(trainer, report, stop)
    except OSError as error:  # log, curves, contact sheet
        raise DataError(f"cannot write the run to {run}: {error.strerror or error}") from error


def _steps(trainer: "Trainer", report: Report, stop: Callable[[], bool]) -> bool:
    clock = trainer.clock
    saved, looked = clock.seconds, int(clock.progress / LOOK_EVERY)
    while clock.progress < 1:
        entry = trainer.step()
        if clock.step == 1 or clock.step % LOG_EVERY == 0 or clock.progress >= 1:
            trainer.log(entry)
        report(entry, clock)
        stopped = trainer.agree(stop())
        if clock.progress >= 1:
            break
        if stopped or clock.seconds - saved > SAVE_EVERY:
            trainer.save()
            saved = clock.seconds
        if stopped:
            return False
        if int(clock.progress / LOOK_EVERY) > looked:
            report(trainer.look(), clock)
            looked = int(clock.progress / LOOK_EVERY)
    # the checkpoint of a run that is done comes after its last validation: it tells that nothing is left to do
    report(trainer.look(), clock)
    trainer.save()
    return True


class Trainer:
    """Everything that changes while a run trains."""

    def __init__(
        self,
        recipe: Recipe,
        photographs: Corpus | Stream,
        run: Path,
        fabric: Fabric,
        init: dict[str, Tensor] | None = None,
        initialize: Kind | None = None,
    ) -> None:
        if recipe.schedule.batch % fabric.world_size:
            raise DataError(f"a batch of {recipe.schedule.batch} can't be shared by {fabric.world_size} processes")
        self.recipe, self.run, self.fabric = recipe, run, fabric
        self.color, self.clock = recipe.color, Clock(recipe.schedule)
        numbers = checkpoint.numbers_of(run)
        self._open(photographs, numbers)
        torch.manual_seed(recipe.seed)
        self.bare = on_device(build(recipe, init), fabric.device)
        freeze_what_gets_no_gradient(self.bare, recipe)
        if initialize and numbers is None:
            first = self._crops(self.source.batch(0), np.random.default_rng(recipe.seed))
            feed = make_feed(first, self.bare, self.color, recipe.data, np.random.default_rng(recipe.seed))
            fit_weights(self.bare, feed.inputs, initialize, recipe.seed)
        self.average = checkpoint.Average(self.bare, recipe.schedule.average)
        if fabric.device.type == "cpu":
            float32_depthwise(self.bare)
        self.network, self.optimizer = fabric.setup(self.bare, optimizer(recipe, self.bare))
        train_mode(self.network, recipe.schedule.frozen_norms)
        if numbers is not None:
            checkpoint.load(run, self.bare, self.average, self.optimizer.optimizer)
            self.clock = clock_of(recipe, numbers)
        self.weights: Tensor | None = None
        if self.prior is not None and recipe.objective.rebalance < 1:
            weights = class_weights(self.prior, recipe.objective.rebalance)
            self.weights = torch.as_tensor(weights, dtype=torch.float32, device=fabric.device)
        self.decoded = decoded_losses(recipe.objective, self.prior, fabric.device)

    def _open(self, photographs: Corpus | Stream, numbers: dict[str, Any] | None) -> None:
        """Set the source of batches, what is kept for validation, the colors' prior, what the class head is taught.

        `numbers` are those of the run's checkpoint, if there is one.
        """
        recipe, fabric = self.recipe, self.fabric
        teacher: Teacher | None = None
        if recipe.objective.classify and recipe.objective.teacher:
            teacher = on_device(Teacher(recipe.network.get("encoder", "lite0")), fabric.device)
        self.lesson = Lesson(teacher)
        self.source: Source
        if isinstance(photographs, Stream):
            self.source, self.validation, self.photographs = photographs, photographs.validation, 0
            self._refuse_others(photographs.digest, numbers)
            self.prior = prior_of(self.color, numbers, lambda: photographs.sample(PRIOR_PHOTOGRAPHS))
            if self.prior is not None:
                self.prior = np.asarray(fabric.broadcast(self.prior))  # each process has sampled shards of its own
            return
        training, self.validation = photographs.split(recipe.data.validation, recipe.seed)
        self.photographs = len(training)
        if numbers and numbers["photographs"] != self.photographs:
            raise DataError(
                f"{self.run} was begun with {numbers['photographs']} photographs, the shards now give "
                f"{self.photographs}: name the same shards, or choose another --out"
            )
        self._refuse_others(training.digest, numbers)
        training = training.to(fabric.device) if fits(training, fabric.device) else training
        self.source = Held(training, recipe.schedule.batch, recipe.seed, fabric.global_rank, fabric.world_size)
        picks = np.random.default_rng(recipe.seed).permutation(len(training))[:PRIOR_PHOTOGRAPHS]
        self.prior = prior_of(self.color, numbers, lambda: [training.photographs[pick] for pick in picks])
        if teacher is not None:
            self.lesson = Lesson(teacher, remembered_classes(self.run, teacher, training, fabric))

    def _refuse_others(self, digest: str, numbers: dict[str, Any] | None) -> None:
        """DataError if the run's checkpoint is of other photographs; one from before they were noted tells nothing."""
        self.digest = digest
        if numbers and numbers.get("digest", digest) != digest:
            raise DataError(
                f"{self.run} was begun with other photographs: name the same shards, or choose another --out"
            )

    def begin(self, began: float) -> None:
        """Start the clock. Before the first step of a run in minutes, the time since `began` is taken off them."""
        clock = self.clock
        if clock.step == 0:
            clock.spent = self.fabric.broadcast(clock.now() - began)
        if self.recipe.schedule.minutes and clock.budget <= 0:
            raise TrainingError(
                f"loading the photographs took {clock.spent / 60:.1f} minutes, all of the run's "
                f"{self.recipe.schedule.minutes:g}: give it more"
            )
        clock.resume()

    def agree(self, stop: bool) -> bool:
        """All processes must have the same progress, and so rate, crops and end: the first one's clock and `stop`."""
        if self.fabric.world_size > 1:
            self.clock.seconds, stop = self.fabric.broadcast((self.clock.seconds, stop))
        return stop

    def step(self) -> dict[str, float]:
        """One optimizer step on the next batch; the entry for the log. TrainingError if the loss is not finite."""
        schedule, clock = self.recipe.schedule, self.clock
        factor = rate_factor(schedule, clock.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        batch = self.source.batch(clock.step)
        self.optimizer.zero_grad()
        entry = self._backward(batch)
        norm = self.fabric.clip_gradients(
            self.network, self.optimizer, max_norm=schedule.clip, error_if_nonfinite=False
        )
        self._check("gradient", math.nan if norm is None else float(norm), batch)
        self.optimizer.step()
        clock.tick()
        self.average.update(self.bare, clock.step)
        return self._where() | {"rate": schedule.rate * factor} | entry

    def _backward(self, batch: Batch) -> dict[str, float]:
        """Gradients of the mean loss of a batch, taken in as many parts as the recipe says; the losses for the log."""
        parts = self.recipe.schedule.accumulate
        # a generator a step and process: the same crops whether or not the run was interrupted before it
        rng = np.random.default_rng((self.recipe.seed, self.clock.step, self.fabric.global_rank))
        sums = np.zeros(len(Losses._fields))
        for number in range(parts):
            part = batch.part(number, parts)
            with self.fabric.no_backward_sync(self.network, enabled=number < parts - 1):
                found = self._losses(part, rng)
                values = torch.stack(found).detach().tolist()
                self._check("loss", values[0], part)
                self.fabric.backward(found.total / parts)
            sums += np.array(values) / parts
        entry = dict(zip(("loss", *Losses._fields[1:]), sums.tolist(), strict=True))
        objective = self.recipe.objective
        asked = {"palette": objective.palette, "distance": self.decoded, "recognition": objective.recognize}
        return {key: value for key, value in entry.items() if asked.get(key, True)}

    def _check(self, what: str, value: float, batch: Batch) -> None:
        """TrainingError on every process if any has a value that is not finite: none must wait for one that is gone."""
        fabric, everywhere = self.fabric, value
        if fabric.world_size > 1:
            everywhere = sum(fabric.broadcast(value, rank) for rank in range(fabric.world_size))
        if not math.isfinite(everywhere):
            where = "of another process" if math.isfinite(value) else ", ".join(batch.names)
            raise TrainingError(
                f"the {what} is {everywhere} at step {self.clock.step}, on the batch {where}; "
                f"the last checkpoint in {self.run} is from before it"
            )

    def _losses(self, batch: Batch, rng: np.random.Generator) -> Losses:
        objective = self.recipe.objective
        rgb = self._crops(batch, rng)
        feed = make_feed(rgb, self.bare, self.color, self.recipe.data, rng, batch.photographs)
        output = self.network(**feed.inputs, **({"classify": True} if objective.classify else {}))
        taught = None
        if output.classes is not None:
            with self.fabric.autocast():
                taught = self.lesson.classes(batch, rgb, output.classes.shape[1])
        result = None
        if self.decoded is not None:
            result = self.decoded.losses(output.logits.float(), feed.sample.ab, rgb, self.fabric)
        return losses(objective, self.color, output, feed, self.weights, taught, result)

    def _crops(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        data = self.recipe.data
        crops = random_crops(batch.photographs, crop_size(data, self.clock.progress), data.zoom, rng)
        return crops.to(self.fabric.device)

    def look(self) -> dict[str, Any]:
        """Validate the averaged network: log plain loss and AuC, redraw the curves and the contact sheet."""
        if self.fabric.global_rank != 0:
            return {}
        network = on_device(build(self.recipe, published=False), self.fabric.device)
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
                "spent": self.clock.spent,
                "recipe": self.recipe.to_dict(),
                "photographs": self.photographs,
                "digest": self.digest,
                "prior": None if self.prior is None else self.prior.tolist(),
            }
            checkpoint.save(self.run, self.bare, self.average, self.optimizer.optimizer, numbers)
