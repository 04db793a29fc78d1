"""`photochrom study classify`: what a classifier sees in gray, colored and original photographs."""

from pathlib import Path

import click

from photochrom.cli import study_frame as frame


@click.command("classify")
@frame.photographs_argument
@frame.output_option
@click.option(
    "--classifier", metavar="FILE.onnx", required=True, type=click.Path(path_type=Path),
    help="From `study export-classifier`, or any with a card.",
)  # fmt: skip
@click.option(
    "--card", metavar="FILE.json", type=click.Path(path_type=Path), help="The card of a classifier that has none."
)
@click.option(
    "--labels", metavar="FILE.csv", type=click.Path(path_type=Path),
    help="Lines of FILE,LABEL.  [default: class folders, or WordNet ids that names begin with]",
)  # fmt: skip
@frame.models_option
@frame.show_option(8)
@frame.limit_option
@frame.side_option
@frame.overwrite_option
@click.pass_context
def command(
    ctx: click.Context,
    photographs: tuple[Path, ...],
    output: Path,
    classifier: Path,
    card: Path | None,
    labels: Path | None,
    models: tuple[str, ...],
    show: int,
    limit: int | None,
    side: int,
    overwrite: bool,
) -> None:
    """Does a classifier recognize colored photographs better than gray ones?

    Zhang 2016, section 3.2 and Fig. 9 to 11: top-1 and top-5 of gray, colored and original photographs, the categories
    that colors help and hurt most, and the confusions that they add.
    """
    from tempfile import TemporaryDirectory

    from photochrom.studies.classifier import PictureClassifier
    from photochrom.studies.classify import study
    from photochrom.studies.labels import Labels, read_table
    from photochrom.studies.photographs import gather

    asked = PictureClassifier.load(classifier, card)
    known = Labels(asked.card, None if labels is None else read_table(labels))
    with TemporaryDirectory() as scratch:
        colorizers = frame.open_models(models, Path(scratch))
        frame.carry_out(
            ctx, "classify", output, overwrite, colorizers,
            lambda folder, step: study(
                gather(photographs, output, side, limit, step), known, asked, colorizers, folder, show
            ),
        )  # fmt: skip
