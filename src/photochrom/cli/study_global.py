"""`photochrom study global`: with and without the photograph as a whole."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("global")
@frame.photographs_argument
@frame.output_option
@frame.model_option
@click.option("--without", metavar="NAME|FILE|RUN", help="A model trained without the global branch, to compare with.")
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
    without: str | None,
    show: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """What the photograph as a whole tells a network: with it and without it.

    Iizuka 2016, its global features: two models, one trained without a global branch; or one model that is shown the
    photograph itself, an even gray, or another photograph as its whole.
    """
    from tempfile import TemporaryDirectory

    from photochrom.studies.global_branch import study, two_models, ways
    from photochrom.studies.photographs import gather

    with TemporaryDirectory() as scratch:
        words = [f"with={model}", *([f"without={without}"] if without else [])]
        opened = frame.open_models(words, Path(scratch))
        conditions = two_models(*opened.values()) if without else ways(*opened.values())
        frame.carry_out(
            ctx, "global", output, overwrite, opened,
            lambda folder, step: study(gather(photographs, output, side, limit, step), conditions, folder, show),
        )  # fmt: skip
