"""Every model known by name, and where its file lies. A new model needs a row here and nothing else."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from photochrom.errors import ModelError

BUNDLED = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Entry:
    """A model that can be asked for by name."""

    file: Path
    licence: str
    summary: str
    """One line for lists."""

    @property
    def is_here(self) -> bool:
        """Whether the file is on this machine."""
        return self.file.is_file()


CATALOG = {
    "photochrom": Entry(
        file=BUNDLED / "photochrom.onnx",
        licence="Apache-2.0",
        summary="comes with the package; any photograph; 313 ab bins on an EfficientNet-Lite encoder",
    ),
}

TRAINABLE = {  # networks without weights here: photochrom train NAME... makes a model of one
    "zhang2016": "Zhang, Isola & Efros 2016, Colorful Image Colorization",
    "larsson2016": "Larsson, Maire & Shakhnarovich 2016, Learning Representations for Automatic Colorization",
    "iizuka2016": "Iizuka, Simo-Serra & Ishikawa 2016, Let there be Color!",
    "zhang2017": "Zhang, Zhu, Isola et al. 2017, Real-Time User-Guided Image Colorization",
}


@dataclass(frozen=True)
class Published:
    """Weights that the authors of a system give away, which `photochrom convert NAME FILE` makes a model of."""

    files: str
    """What the authors call them."""
    source: str
    size: int
    """Bytes of the first of the files, of some about: four a parameter."""
    licence: str
    free: bool
    """Whether the licence allows any use."""


PUBLISHED = {
    "zhang2016": Published(
        files="colorization_release_v2-9b330a0b.pth, or colorization_release_v2.caffemodel",
        source="https://colorizers.s3.us-east-2.amazonaws.com/colorization_release_v2-9b330a0b.pth "
        "(github.com/richzhang/colorization; its branch caffe fetches the other one)",
        size=129_000_000,
        licence="BSD-2-Clause",
        free=True,
    ),
    "zhang2017": Published(
        files="siggraph17-df00044c.pth",
        source="https://colorizers.s3.us-east-2.amazonaws.com/siggraph17-df00044c.pth "
        "(github.com/junyanz/interactive-deep-colorization)",
        size=137_000_000,
        licence="MIT",
        free=True,
    ),
    "larsson2016": Published(
        files="autocolorize.caffemodel.h5",
        source="github.com/gustavla/autocolorize, whose program downloads it",
        size=588_203_256,
        licence="BSD-3-Clause",
        free=True,
    ),
    "iizuka2016": Published(
        files="colornet.t7 or colornet_imagenet.t7, saved again as a state dict (docs/models.md)",
        source="github.com/satoshiiizuka/siggraph2016_colorization",
        size=174_000_000,
        licence="CC-BY-NC-SA-4.0",
        free=False,
    ),
}

DEFAULT = "photochrom"


def locate(model: str | Path) -> Path:
    """The file of a model given by name or by path. ModelError when there is no such name, or no such file.

    A name of the catalog wins over a file of that name: write ./NAME for the file. Words with a suffix or a folder are
    paths.
    """
    if isinstance(model, str) and model in CATALOG:
        entry = CATALOG[model]
        if not entry.is_here:
            raise ModelError(f"The model {model!r} is missing from this installation: there is no {entry.file}.")
        return entry.file
    path = Path(model)
    if path.is_file():
        return path
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a model file.")
    if isinstance(model, Path) or path.suffix or len(path.parts) > 1:
        raise ModelError(f"There is no model file {path}; check the path.")
    near = get_close_matches(model, CATALOG, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(CATALOG)}."
    raise ModelError(f"There is no model {model!r}; {hint}")
