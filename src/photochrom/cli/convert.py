"""photochrom convert: weights that the authors of a system published become an ONNX model."""

from pathlib import Path

import click

SYSTEMS = ["zhang2016", "zhang2017", "larsson2016", "iizuka2016"]


@click.command("convert", short_help="Make an ONNX model of published weights.")
@click.argument("system", type=click.Choice(SYSTEMS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="MODEL.onnx", required=True, type=click.Path(path_type=Path), help="To write.")
@click.option("--any-file", is_flag=True, help="Though its SHA-256 is not that of the authors' file.")
@click.option("--unfolded", is_flag=True, help="zhang2016: a .pth whose logits are at temperature 1.")
@click.option(
    "--mask-center",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="zhang2017: 0.5 for weights that the authors' PyTorch code trained.",
)
@click.option("--fp32", is_flag=True, help="Keep the weights in fp32: twice the size.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def convert(
    system: str,
    file: Path,
    output: Path,
    any_file: bool,
    unfolded: bool,
    mask_center: float,
    fp32: bool,
    overwrite: bool,
) -> None:
    """Make an ONNX model of the weights that the authors of a system published, in the file that users download.

    \b
    photochrom convert zhang2016 colorization_release_v2-9b330a0b.pth -o zhang2016.onnx    or a .caffemodel
    photochrom convert zhang2017 siggraph17-df00044c.pth -o zhang2017.onnx
    photochrom convert larsson2016 autocolorize.caffemodel.h5 -o larsson2016.onnx          takes h5py
    photochrom convert iizuka2016 colornet.safetensors -o iizuka2016.onnx                  non-commercial use only

    Every key and shape is checked, nothing in the file is run, and the model is written only if onnxruntime gives the
    same logits as torch. `photochrom models` says where the files come from, docs/models.md how Iizuka's
    .t7 becomes a file that can be read.
    """
    from photochrom.errors import ModelError

    if output.is_file() and not overwrite:
        raise ModelError(f"{output} exists: choose another name, or --overwrite")
    try:
        from photochrom.training.published import Wanted
        from photochrom.training.published import convert as write
    except ImportError as error:
        raise ModelError(f"Published weights are read with torch: pip install 'photochrom[train]' ({error}).") from None
    wanted = Wanted(any_file=any_file, folded=not unfolded, mask_center=mask_center, half=not fp32)
    done = write(system, file, output, wanted)
    sum_ = "known" if done.checked else "not known"
    click.echo(
        f"{output}: {system}, {output.stat().st_size / 1e6:.1f} MB, {done.card.licence}, logits within "
        f"{done.difference:.1g}; the SHA-256 of {file.name} is {sum_}."
    )
    if "Non-commercial" in done.card.intended_use:
        click.echo(done.card.intended_use)
