"""photochrom prepare: folders of photographs become shards for training."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@click.command("prepare", short_help="Turn folders of photographs into shards for training.")
@click.argument("inputs", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", metavar="SHARDS", required=True, type=click.Path(path_type=Path), help="Folder to fill."
)
@click.option(
    "--size", default=256, show_default=True, type=click.IntRange(32), help="Shorter side of copies at most, px."
)
@click.option(
    "--min-side", default=96, show_default=True, type=click.IntRange(1), help="Drop if the shorter side is below."
)
@click.option(
    "--format", "suffix", default="webp", show_default=True, type=click.Choice(["webp", "jpg"]), help="Of copies."
)
@click.option("--quality", default=80, show_default=True, type=click.IntRange(1, 100), help="Of copies.")
@click.option("--labels", is_flag=True, help="Keep the first folder below each FOLDER (or KEY.cls in a tar) as class.")
@click.option(
    "--shard-mb", default=64.0, show_default=True, type=click.FloatRange(0.1), help="Megabytes of a shard, about."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the shuffled order.")
@click.option("--workers", type=click.IntRange(1), help="Pictures looked at in parallel.  [default: all cores]")
def prepare(
    inputs: tuple[Path, ...],
    output: Path,
    size: int,
    min_side: int,
    suffix: str,
    quality: int,
    labels: bool,
    shard_mb: float,
    seed: int,
    workers: int | None,
) -> None:
    """Turn photographs into shards for training.

    FOLDER is searched through all its subfolders; tar files, also those that lie in a folder, are read as if they were
    unpacked. Pictures are shrunk, and those that are broken, tiny, near-gray, tinted or there twice are left out. Run
    the same again after an interruption: it goes on where it stopped.
    """
    from photochrom.training.prepare import REASONS, Settings
    from photochrom.training.prepare import prepare as run

    settings = Settings(size, min_side, suffix, quality, labels, shard_mb, seed)
    try:
        with _bar() as show:
            done = run(inputs, output, settings, workers, show)
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same again to go on from here.", err=True)
        raise click.exceptions.Exit(130) from None
    manifest = done.manifest
    dropped = ", ".join(f"{manifest['dropped'][reason]} {reason}" for reason in REASONS)
    state = "was finished before" if done.was_there else "is ready"
    counts = f"{manifest['samples']} of {manifest['inputs']['listed']} pictures, shards: {len(manifest['shards'])}"
    click.echo(f"{output} {state}: {counts}.")
    click.echo(f"Dropped: {dropped}.")
    if manifest["classes"]:
        click.echo(f"Classes: {len(manifest['classes'])}.")


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, int] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = int(bar.add_task(what, total=total))
            bar.update(bar.task_ids[tasks[what]], completed=done)

        yield show
