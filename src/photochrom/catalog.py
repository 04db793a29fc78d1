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
