"""`photochrom study failure`: where a model is likely to fail."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("failure")
@frame.photographs_argument
@frame.output_option
@frame.model_option
@frame.show_option(6)
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    model: str,
    show: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """Where a model fails: the darkest, the most uncertain, the most bled, the most mistaken.

    The most uncertain by the mean entropy of the predicted distributions, the most bled by changes of color where the
    lightness has no edge, the most mistaken by AuC, where the photographs are in color.
    """
    from photochrom.colorizer import Colorizer
    from photochrom.studies.failure import study
    from photochrom.studies.photographs import gather

    colorizer = Colorizer(model)
    frame.carry_out(
        ctx, "failure", output, overwrite, {colorizer.model.card.name: colorizer},
        lambda folder, step: study(gather(photographs, output, side, limit, step), colorizer, folder, show),
    )  # fmt: skip
