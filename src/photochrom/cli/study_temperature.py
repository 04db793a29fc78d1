"""`photochrom study temperature`: mean, annealed mean, mode."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("temperature")
@frame.photographs_argument
@frame.output_option
@frame.model_option
@click.option(
    "--temperature",
    "temperatures",
    multiple=True,
    type=click.FloatRange(0, 1),
    help="0 is the mode, 1 the mean; give it again for more.  [default: 1, .77, .58, .38, .29, .14, 0]",
)
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
    temperatures: tuple[float, ...],
    show: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """From the mean to the mode: what the temperature of the read-out does.

    Zhang 2016, Fig. 4. Writes a row of pictures for each photograph, and for photographs in color the curves of
    accuracy and colorfulness against T.
    """
    from photochrom.colorizer import Colorizer
    from photochrom.studies.photographs import gather
    from photochrom.studies.temperature import TEMPERATURES, study

    colorizer = Colorizer(model)
    models = {colorizer.model.card.name: colorizer}
    chosen = temperatures or TEMPERATURES
    frame.carry_out(
        ctx, "temperature", output, overwrite, models,
        lambda folder, step: study(gather(photographs, output, side, limit, step), colorizer, folder, chosen, show),
    )  # fmt: skip
