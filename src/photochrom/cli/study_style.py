"""`photochrom study style`: photographs in the mood of others."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("style")
@frame.photographs_argument
@frame.output_option
@click.option(
    "--style", "styles", multiple=True, metavar="PHOTO", type=click.Path(path_type=Path),
    help="Whose mood is wanted; give it again for more.  [default: the photographs themselves]",
)  # fmt: skip
@frame.model_option
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    styles: tuple[Path, ...],
    model: str,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """Photographs in the mood of others: a grid of photographs by styles.

    Iizuka 2016, style transfer. The network sees the style in gray: it takes over a time of day or a kind of place,
    no color.
    """
    from photochrom.colorizer import Colorizer
    from photochrom.studies.photographs import gather
    from photochrom.studies.style import study

    colorizer = Colorizer(model)
    frame.carry_out(
        ctx, "style", output, overwrite, {colorizer.model.card.name: colorizer},
        lambda folder, step: study(
            gather(photographs, output, side, limit, step),
            gather(styles, output, side, None, step) if styles else None,
            colorizer,
            folder,
        ),
    )  # fmt: skip
