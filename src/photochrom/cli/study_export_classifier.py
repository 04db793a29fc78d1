"""`photochrom study export-classifier`: an ImageNet classifier as an ONNX file."""

from pathlib import Path

import click


@click.command("export-classifier")
@click.argument("variant", type=click.Choice(["lite0", "lite1", "lite2"]))
@click.option("-o", "--output", metavar="FILE.onnx", required=True, type=click.Path(path_type=Path), help="To write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def command(variant: str, output: Path, overwrite: bool) -> None:
    """Make the classifier that `study classify` asks: an EfficientNet-Lite with its published ImageNet weights.

    Needs photochrom[train]: torch writes the file, and nothing else ever needs it.
    """
    from photochrom.photo.files import refuse_to_clobber
    from photochrom.training.classifier import SIDES, export_classifier

    refuse_to_clobber(output, overwrite)
    difference = export_classifier(variant, output, overwrite)
    size = output.stat().st_size / 1e6
    click.echo(f"{output}: {variant} at {SIDES[variant]} px, {size:.1f} MB, logits within {difference:.1g}.")
