"""`photochrom models`: what models there are, and what one says about itself."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from photochrom.errors import ModelError, printable

if TYPE_CHECKING:
    from photochrom.card import Card


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """List the models that are known by name: bundled, to train, or to convert from weights that others published.

    `models show NAME` prints one's card, or the layers of a network.
    """
    if ctx.invoked_subcommand is not None:
        return
    rows = list(_rows())
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "how", "size", "licence", "about"):
        table.add_column(heading, no_wrap=heading != "about")
    for row in rows:
        size = f"{row['bytes'] / 1e6:.1f} MB" if row["bytes"] else "missing" if row["how"] == "bundled" else ""
        about = f"{row['summary']}; {row['source']}" if row["source"] else row["summary"]
        table.add_row(row["name"], row["how"], size, row["licence"] or "yours", about)
    Console().print(table)


def _rows() -> Iterator[dict[str, Any]]:
    """Every model that one can have, and how: bundled, train or convert."""
    from photochrom.catalog import CATALOG, PUBLISHED, TRAINABLE

    for name, entry in CATALOG.items():
        size = entry.file.stat().st_size if entry.is_here else None
        yield {"name": name, "how": "bundled", "here": entry.is_here, "bytes": size, "licence": entry.licence,
               "summary": entry.summary, "source": None}  # fmt: skip
    for name, summary in TRAINABLE.items():
        yield {"name": name, "how": "train", "here": False, "bytes": None, "licence": None,
               "summary": summary, "source": None}  # fmt: skip
    for name, weights in PUBLISHED.items():
        terms = "" if weights.free else "non-commercial use only; "
        yield {"name": name, "how": "convert", "here": False, "bytes": weights.size, "licence": weights.licence,
               "summary": f"{terms}{weights.files}", "source": f"from {weights.source}"}  # fmt: skip


@models.command()
@click.argument("model", metavar="NAME|FILE")
@click.option("--json", "as_json", is_flag=True, help="The card as it stands in the file.")
def show(model: str, as_json: bool) -> None:
    """Print a model's card: what it is, how it was trained, how well it does, what it can't do.

    Of a network that is to be trained: its layers as in Table 4 of Zhang et al. 2016, read off the live module.
    """
    from photochrom.catalog import TRAINABLE
    from photochrom.model import Model

    if model in TRAINABLE:
        click.echo("\n".join(_layers(model)))
        return
    opened = Model.load(model, provider="cpu")
    if as_json:
        click.echo(json.dumps(json.loads(opened.card.to_json()), indent=2))
        return
    click.echo("\n".join(map(printable, [*_lines(opened.card), "", f"File: {opened.path}"])))


def _layers(name: str) -> Iterator[str]:
    """A network's layers as text; ModelError without torch."""
    try:
        from photochrom.networks.conformance import table
    except ImportError as error:
        raise ModelError(f"The layers of {name} are read off the network: pip install 'photochrom[train]'.") from error
    from photochrom.catalog import TRAINABLE

    rows = table(name)
    columns = ("layer", "kernel", "X", "C", "S", "D", "Sa", "De", "BN", "parameters")
    cells = [columns, *((row.name, f"{row.kernel} x {row.kernel}" if row.kernel else "all", str(row.resolution),
              str(row.channels), str(row.stride), str(row.dilation), str(row.accumulated), str(row.effective),
              "yes" if row.norm else "-", f"{row.parameters:,}") for row in rows)]  # fmt: skip
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    yield f"{name}: {TRAINABLE[name]}"
    yield ""
    for line in cells:
        yield "  ".join(
            [line[0].ljust(widths[0]), *(word.rjust(w) for word, w in zip(line[1:], widths[1:], strict=True))]
        )
    yield ""
    yield f"{sum(row.parameters for row in rows):,} parameters; a picture of 224 x 224"


def _lines(card: "Card") -> list[str]:
    """The card as text: a title, then one heading a part."""
    facts: dict[str, object] = {
        "Licence": card.licence,
        "Network": card.network,
        "Colors": card.representation,
        "Read-out": card.readout,
        "Saturation": card.saturation,
        "Sees": f"{'L*' if card.lightness == 'lab' else card.lightness} at {card.working_size} px, "
        f"strides {card.stride_in} in and {card.stride_out} out",
        "Made for": card.intended_use,
        "Limits": card.limits,
        "Provenance": card.provenance,
    }
    lines = [f"{card.name} {card.version}", ""]
    for name, value in facts.items():
        if value not in ("", {}):
            lines += _entry(name, value)
    return lines + [f"Score: {_text(score)}" for score in card.scores]


def _entry(name: str, value: object, indent: str = "") -> Iterator[str]:
    """A line, or for a table that holds tables a line each."""
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        yield f"{indent}{name}:"
        for key, one in value.items():
            yield from _entry(key, one, indent + "  ")
    elif value != {}:
        yield f"{indent}{name}: {_text(value)}"


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
