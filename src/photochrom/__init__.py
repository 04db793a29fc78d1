"""photochrom colors black-and-white photographs.

    from photochrom import Colorizer
    Colorizer()("grandmother.jpg").write("grandmother-colored.jpg")

The public names are imported on first use (PEP 562), so that `import photochrom` costs nothing: neither NumPy nor
onnxruntime is loaded before something needs it, and torch never is on a photograph's road.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photochrom.colorizer import Colorizer
    from photochrom.errors import PhotochromError
    from photochrom.hints import Hint
    from photochrom.model import Model
    from photochrom.photo import Photo
    from photochrom.prediction import Prediction

__version__ = "0.1.0"

__all__ = ["Colorizer", "Hint", "Model", "Photo", "PhotochromError", "Prediction", "__version__"]

_ROOMS = {
    "Colorizer": "colorizer",
    "Hint": "hints",
    "Model": "model",
    "Photo": "photo",
    "PhotochromError": "errors",
    "Prediction": "prediction",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module and keep it, so that this runs once a name."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names first used or not, for completion."""
    return sorted({*globals(), *__all__})
