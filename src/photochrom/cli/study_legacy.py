"""`photochrom study legacy`: old photographs under several models and read-outs."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("legacy")
@frame.photographs_argument
@frame.output_option
@frame.models_option
@click.option(
    "--temperature", "temperatures", multiple=True, type=click.FloatRange(0, 1),
    help="A column for each; give it again for more.  [default: each model's own read-out]",
)  # fmt: skip
@click.option(
    "--readout", "kinds", multiple=True, metavar="KIND", help="mean, mode, median, ...: a column for each, too."
)
@click.option("--rows", type=click.IntRange(1), default=6, show_default=True, help="Of pictures on a sheet.")
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    models: tuple[str, ...],
    temperatures: tuple[float, ...],
    kinds: tuple[str, ...],
    rows: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """Old photographs under several models or read-outs, on contact sheets with names.

    Zhang 2016, Fig. 8. There is no truth; the table says how colorful each column is and how much stays near gray.
    """
    from tempfile import TemporaryDirectory

    from photochrom.studies.legacy import study, ways
    from photochrom.studies.photographs import gather

    with TemporaryDirectory() as scratch:
        colorizers = frame.open_models(models, Path(scratch))
        columns = ways(colorizers, temperatures, kinds)
        frame.carry_out(
            ctx, "legacy", output, overwrite, colorizers,
            lambda folder, step: study(gather(photographs, output, side, limit, step), columns, folder, rows),
        )  # fmt: skip
