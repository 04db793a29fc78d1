"""`photochrom study colorspace`: models of several color representations."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("colorspace")
@frame.photographs_argument
@frame.output_option
@frame.models_option
@frame.show_option(4)
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    models: tuple[str, ...],
    show: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """Compare what networks predict: bins, quantiles, hue and chroma, regression.

    As Larsson 2016 and Iizuka 2016 compare them. Any models or runs of training can be given; each one's card says
    what it predicts. Writes pictures and a table of measures.
    """
    from tempfile import TemporaryDirectory

    from photochrom.studies.colorspace import study
    from photochrom.studies.photographs import gather

    with TemporaryDirectory() as scratch:
        colorizers = frame.open_models(models, Path(scratch))
        frame.carry_out(
            ctx, "colorspace", output, overwrite, colorizers,
            lambda folder, step: study(gather(photographs, output, side, limit, step), colorizers, folder, show),
        )  # fmt: skip
