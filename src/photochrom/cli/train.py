"""photochrom train: a recipe and shards become a run."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from photochrom.training.recipe import Recipe
    from photochrom.training.schedule import Clock

    Report = Callable[[dict[str, Any], Clock], None]


def _list(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from photochrom.training.recipe import builtin_recipes

    for name, text in builtin_recipes().items():
        click.echo(f"{name}  {text.splitlines()[0].lstrip('# ')}")
    ctx.exit()


@click.command("train", short_help="Train a model by a recipe.")
@click.argument("recipe")
@click.argument("shards", metavar="SHARDS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", metavar="RUN", required=True, type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Length of the run, in place of the recipe's.")
@click.option("--steps", type=click.IntRange(1), help="The same in steps.")
@click.option(
    "--init",
    metavar="MODEL.onnx|RUN",
    type=click.Path(path_type=Path),
    help="Start from the weights of a model or a run.",
)
@click.option(
    "--initialize",
    type=click.Choice(["data", "kmeans", "balance"]),
    help="Fit the first weights to photographs: unit variance, also kernels of patches, unit moments of a VGG.",
)
@click.option("--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu", "cuda"]))
@click.option("--devices", default=1, show_default=True, type=click.IntRange(1), help="Processes, one a GPU.")
@click.option(
    "--precision",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "bf16-mixed", "32-true"]),
    help="auto: bf16 on GPUs and on CPUs that have it.",
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads a process.  [default: all cores]")
@click.option("--seed", type=click.IntRange(0), help="In place of the recipe's.")
@click.option("--list", is_flag=True, expose_value=False, is_eager=True, callback=_list, help="List built-in recipes.")
def train(
    recipe: str,
    shards: tuple[Path, ...],
    out: Path,
    minutes: float | None,
    steps: int | None,
    init: Path | None,
    initialize: Any,
    device: Any,
    devices: int,
    precision: Any,
    threads: int | None,
    seed: int | None,
) -> None:
    """Train a model on shards of photographs.

    RECIPE is a built-in (--list) or a TOML file, SHARDS are tars or folders of them, as `photochrom prepare` makes.
    The run's folder gets a log, curves, a contact sheet and a checkpoint. Run the same again after an interruption: it
    goes on where it stopped.
    """
    began = time.monotonic()
    if minutes is not None and steps is not None:
        raise click.UsageError("Give --minutes or --steps, not both.")
    _calm_threads()
    from photochrom.training.recipe import load_recipe
    from photochrom.training.run import finished

    chosen = _changed(load_recipe(recipe), minutes, steps, seed)
    if _same_run(out, chosen) and finished(out, chosen):
        if os.environ.get("RANK", "0") == "0":  # of torchrun
            click.echo(f"{out} was finished before. Next: photochrom export {out} -o MODEL.onnx")
        return
    try:
        done = _train(chosen, shards, out, init, initialize, device, devices, precision, threads, began)
    except KeyboardInterrupt:
        done = False
    if not done:
        click.echo("Stopped. Run the same again to go on from here.", err=True)
        raise click.exceptions.Exit(130)


def _train(
    recipe: "Recipe",
    shards: tuple[Path, ...],
    out: Path,
    init: Path | None,
    initialize: Any,
    device: Any,
    devices: int,
    precision: Any,
    threads: int | None,
    began: float,
) -> bool:
    from photochrom.training.loop import train as run
    from photochrom.training.run import settle
    from photochrom.training.setup import make_fabric, open_photographs
    from photochrom.training.start import first_weights

    weights = None if init is None else first_weights(init, recipe)
    fabric = make_fabric(device, devices, precision, threads)
    first = fabric.global_rank == 0
    if first:
        settle(out, recipe)  # before minutes go into loading
        click.echo(f"Reading {', '.join(map(str, shards))} ...", err=True)
    photographs = open_photographs(recipe, shards, fabric)
    with _watched(recipe, first) as report, _interrupts() as stop:
        done = run(recipe, photographs, out, fabric, weights, initialize, report, stop, began)
    if done and first:
        click.echo(f"{out} is finished. Next: photochrom export {out} -o MODEL.onnx")
    return done


def _calm_threads() -> None:
    """Before torch is imported: threads that wait for each other sleep instead of spinning.

    GNU's OpenMP otherwise burns whole cores at every barrier, and a step took ten times as long where another program
    shared the cores (docs/training.md). What the user has set stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")


def _changed(recipe: "Recipe", minutes: float | None, steps: int | None, seed: int | None) -> "Recipe":
    """The recipe with what the command line says instead."""
    if minutes is not None or steps is not None:
        schedule = replace(recipe.schedule, minutes=minutes or 0.0, steps=steps or 0)
        recipe = replace(recipe, schedule=schedule)
    return recipe if seed is None else replace(recipe, seed=seed)


def _same_run(out: Path, recipe: "Recipe") -> bool:
    """Whether `out` holds a run already; DataError if it is another recipe's."""
    from photochrom.training.run import settle

    if not (out / "recipe.json").exists():
        return False
    settle(out, recipe)
    return True


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl-C, or the end that a cluster announces, is answered after a step is complete; a second Ctrl-C at once."""
    asked = False

    def ask(number: int, frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watched(recipe: "Recipe", first: bool) -> Iterator["Report"]:
    """How a run is shown: a bar on a terminal, else a line at each validation; nothing but on the first process."""
    if not first:
        yield lambda entry, clock: None
        return
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(recipe.name, total=1.0, told="")
        pace = Pace(recipe.schedule.batch)

        def show(entry: dict[str, Any], clock: "Clock") -> None:
            if "val_auc" in entry:
                console.print(_validated(entry), highlight=False)
            if "loss" in entry:
                told = f"loss {entry['loss']:.3f}  {pace(clock):.0f} photographs/s  {_left(clock.seconds_left)} left"
                bar.update(task, completed=clock.progress, told=told)

        yield show


class Pace:
    """Photographs a second, averaged over the last twenty steps or so."""

    def __init__(self, batch: int) -> None:
        self.batch, self.last, self.value = batch, (0, 0.0), 0.0

    def __call__(self, clock: "Clock") -> float:
        """Take note of a step that was done, and tell."""
        step, seconds = clock.step - self.last[0], clock.seconds - self.last[1]
        known, self.last = self.last[0] > 0, (clock.step, clock.seconds)
        now = step * self.batch / max(seconds, 1e-6)
        self.value = now if not self.value or not known else 0.95 * self.value + 0.05 * now
        return self.value


def _line(entry: dict[str, Any], clock: "Clock") -> None:
    if "val_auc" in entry:
        click.echo(f"{_validated(entry)}, {_left(clock.seconds_left)} left", err=True)


def _validated(entry: dict[str, Any]) -> str:
    return (
        f"step {entry['step']}, {entry['photographs']} photographs, {entry['minutes']:.1f} min: "
        f"cross-entropy {entry['val_plain']:.3f}, AuC {entry['val_auc']:.2f} (all gray {entry['val_auc_gray']:.2f})"
    )


def _left(seconds: float) -> str:
    minutes, rest = divmod(int(min(seconds, 1e9)), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
