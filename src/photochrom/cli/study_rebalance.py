"""`photochrom study rebalance`: the bins, how often colors occur, what they weigh."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("rebalance")
@click.argument("photographs", metavar="[PHOTOS...]", nargs=-1, type=click.Path(path_type=Path))
@frame.output_option
@click.option(
    "--prior", metavar="FILE", type=click.Path(path_type=Path), help="313 frequencies, .npy or text, for the weights."
)
@click.option(
    "--lambda", "rebalance", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Of eq. 4: 1 is flat."
)
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    prior: Path | None,
    rebalance: float,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """The 313 bins of ab, how often colors occur, and the weights that even them out.

    Zhang 2016, Fig. 3 and eq. 4, of photographs in folders or shards, or of a prior in a file (or both). Writes the
    smoothed prior as prior.txt.
    """
    from photochrom.studies.photographs import gather
    from photochrom.studies.rebalance import study

    if not photographs and prior is None:
        raise click.UsageError("Give photographs, or --prior FILE.")
    frame.carry_out(
        ctx, "rebalance", output, overwrite, {},
        lambda folder, step: study(
            gather(photographs, output, side, limit, step) if photographs else None, prior, rebalance, folder
        ),
    )  # fmt: skip
