"""`photochrom study stability`: a gray color chart; lightness, contrast and blur."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("stability")
@frame.photographs_argument
@frame.output_option
@frame.model_option
@frame.show_option(4)
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
    """How steady the colors are: a color chart in gray, and photographs made lighter, flatter, blurred.

    Zhang 2016, Fig. 12. Writes the chart, pictures, and curves of how far the predicted ab move.
    """
    from photochrom.colorizer import Colorizer
    from photochrom.studies.photographs import gather
    from photochrom.studies.stability import study

    colorizer = Colorizer(model)
    models = {colorizer.model.card.name: colorizer}
    frame.carry_out(
        ctx, "stability", output, overwrite, models,
        lambda folder, step: study(gather(photographs, output, side, limit, step), colorizer, folder, show),
    )  # fmt: skip
