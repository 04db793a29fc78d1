"""`photochrom palette`: the colors that a network thinks possible at a place of a photograph. Parse, call, print."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.errors import HintError

if TYPE_CHECKING:
    from photochrom.photo import Photo
    from photochrom.prediction import Swatch

TILE, GAP, BAR = 96, 8, 12  # pixels of a drawn color, around it, and of the bar below that shows its share


def _place(ctx: click.Context, parameter: click.Parameter, text: str) -> tuple[float, float]:
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise click.BadParameter(f"A place is written x,y in pixels, such as 120,80, not {text!r}.") from None
    return x, y


@click.command(short_help="Suggest colors for a place of a photograph.")
@click.argument("photo", type=click.Path(path_type=Path))
@click.argument("place", metavar="X,Y", callback=_place)
@click.option("-n", "count", type=click.IntRange(1, 20), default=5, show_default=True, help="How many at most.")
@click.option("-o", "--output", metavar="PNG", type=click.Path(path_type=Path), help="Draw them, too.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--size", metavar="PIXELS", type=click.IntRange(32, 1024), help="Of the network's copy.  [model's own]")
@click.option("--model", metavar="NAME|FILE", default="photochrom", show_default=True, help="See photochrom models.")
def palette(
    photo: Path,
    place: tuple[float, float],
    count: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    size: int | None,
    model: str,
) -> None:
    """Print the colors that the network thinks likely at a place, best first, as the photograph can show them there.

    Each can be set as a hint: photochrom colorize PHOTO --hint X,Y,#RRGGBB. A model that predicts one color, no
    distribution and no palette suggests that one.
    """
    from photochrom.colorizer import Colorizer
    from photochrom.photo import Photo

    opened = Photo.read(photo)
    (x, y), (height, width) = place, opened.size
    if not (0 <= x < width and 0 <= y < height):
        raise HintError(f"The place {x:g},{y:g} lies outside of {photo}, which has {width} x {height} pixels.")
    swatches = Colorizer(model).predict(opened, size=size).palette(x, y, count)
    if output is not None:
        _drawn(swatches).write(output, overwrite=overwrite)
    if as_json:
        click.echo(json.dumps([{"color": _hex(one), "lab": one.lab, "share": one.share} for one in swatches], indent=2))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for one in swatches:
        red, green, blue = one.srgb
        line = Text("      ", style=f"on rgb({red},{green},{blue})")
        level, a, b = one.lab
        line.append(
            f"  {_hex(one)}  {one.share:>4.0%}  L* {level:.0f}, a {a:.0f}, b {b:.0f}", style="default on default"
        )
        console.print(line, soft_wrap=True)


def _hex(swatch: "Swatch") -> str:
    return "#{:02x}{:02x}{:02x}".format(*swatch.srgb)


def _drawn(swatches: "list[Swatch]") -> "Photo":
    """Tiles side by side, best first, each with a bar as long as its share."""
    import numpy as np

    from photochrom.photo import Photo

    picture = np.full((TILE + BAR + 3 * GAP, GAP + len(swatches) * (TILE + GAP), 3), 255, np.uint8)
    for number, one in enumerate(swatches):
        left = GAP + number * (TILE + GAP)
        picture[GAP : GAP + TILE, left : left + TILE] = one.srgb
        picture[TILE + 2 * GAP : TILE + 2 * GAP + BAR, left : left + max(1, round(TILE * one.share))] = 64
    return Photo.from_array(picture)
