"""photochrom export: a run becomes an ONNX model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from photochrom.representations import Readout


@click.command("export", short_help="Make an ONNX model of a training run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="MODEL.onnx", required=True, type=click.Path(path_type=Path), help="To write.")
@click.option("--name", help="The model's name in its card.  [default: the recipe's]")
@click.option("--version", default="1", show_default=True, help="Its version there.")
@click.option("--temperature", type=click.FloatRange(0, 1, min_open=True), help="Of the annealed mean, the readout.")
@click.option(
    "--readout",
    type=click.Choice(["annealed", "mean", "mode", "median", "center-median", "sample", "coherent"]),
    help="How a color is read off a distribution.  [default: what the representation's paper found best]",
)
@click.option("--rebalance", type=click.FloatRange(0, 1), help="Move the logits to this lambda; 1: as colors occur.")
@click.option(
    "--saturation", default=1.0, show_default=True, type=click.FloatRange(0, 10), help="Factor on the chroma."
)
@click.option("--working-size", type=click.IntRange(32), help="Shorter side of what the network sees, px.")
@click.option("--licence", default="unstated", show_default=True, help="Of the model, as its card says.")
@click.option(
    "--about",
    metavar="FILE.json",
    type=click.Path(path_type=Path),
    help="More of the card: intended_use, limits, scores, provenance.",
)
@click.option(
    "--average",
    "others",
    metavar="RUN",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Average the weights with another run's that started from this one, or it from that; repeatable.",
)
@click.option("--fp32", is_flag=True, help="Keep the weights in fp32: twice the size.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def export(
    run: Path,
    output: Path,
    name: str | None,
    version: str,
    temperature: float | None,
    readout: Any,
    rebalance: float | None,
    saturation: float,
    working_size: int | None,
    licence: str,
    about: Path | None,
    others: tuple[Path, ...],
    fp32: bool,
    overwrite: bool,
) -> None:
    """Make an ONNX model of a training run.

    The averaged weights of RUN, finished or not, become one file with dynamic sizes, fp16 weights and its card. It is
    written only if onnxruntime gives the same logits as torch.
    """
    from photochrom.errors import ModelError

    if output.is_file() and not overwrite:
        raise ModelError(f"{output} exists: choose another name, or --overwrite")
    from photochrom.training.export import Finish
    from photochrom.training.export import export as write

    chosen: dict[str, Any] = {"rebalance": rebalance, "working_size": working_size}
    chosen |= {"readout": _readout(temperature, readout)}
    given = {key: value for key, value in chosen.items() if value is not None}
    said = {"version": version, "licence": licence} | ({} if name is None else {"name": name})
    done = write(run, output, Finish(saturation=saturation, **given), said | _read(about), not fp32, others)
    size = output.stat().st_size / 1e6
    click.echo(f"{output}: {done.card.name} {done.card.version}, {size:.1f} MB, logits within {done.difference:.1g}.")


def _readout(temperature: float | None, kind: Any) -> "Readout | None":
    """What the two options say together; a temperature belongs to the annealed mean."""
    from photochrom.representations import Readout

    if temperature is None:
        return None if kind is None else Readout(kind)
    if kind not in (None, "annealed"):
        raise click.UsageError(f"--temperature is that of --readout annealed: the {kind} has none.")
    return Readout("annealed", temperature)


def _read(about: Path | None) -> dict[str, Any]:
    """The table in a JSON file; what it holds is checked with the rest of the card."""
    from photochrom.errors import ModelError

    if about is None:
        return {}
    try:
        table = json.loads(about.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {about} as JSON: {error}") from None
    if not isinstance(table, dict):
        raise ModelError(f"{about} must hold a JSON object, fields of the card, not {type(table).__name__}")
    return table
