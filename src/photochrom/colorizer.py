"""Colorizer: the photograph's road as one callable. `predict` runs the network, `render` makes the picture.

Paths and Photos come back as Photos; bytes, PIL images and arrays as their own kind.

    colorizer = Colorizer()
    colorizer("old.jpg").write("new.jpg")
    prediction = colorizer.predict(photo)  # once
    colorizer.render(photo, prediction, saturation=1.2)  # as often as one likes
"""

import math
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from photochrom.catalog import DEFAULT
from photochrom.cores import cores
from photochrom.errors import PhotoError
from photochrom.hints import Hint
from photochrom.join import Join
from photochrom.model import Model
from photochrom.photo import Photo
from photochrom.prediction import Prediction
from photochrom.rendering import Rendering
from photochrom.representations import Readout

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage


class Colorizer:
    """Colors photographs with one model. Holds no state but the model: threads may share it.

    model       a name of the catalog, the path of an ONNX file, or a Model
    provider    where it runs, see `Model.load`; `colorizer.model.provider` says where it does
    threads     how many the network and the rendering of one photograph use; all cores unless told
    """

    def __init__(self, model: str | Path | Model = DEFAULT, provider: str = "auto", threads: int | None = None) -> None:
        self.model = model if isinstance(model, Model) else Model.load(model, provider, threads)
        self.threads = cores() if threads is None else threads

    @overload
    def __call__(self, photo: str | os.PathLike[str] | Photo, style: object = None, readout: Readout | None = None,
                 saturation: float = 1.0, strength: float = 1.0, size: int | None = None,
                 contrast: bool = False, hints: Sequence[Hint] = ()) -> Photo: ...  # fmt: skip
    @overload
    def __call__(self, photo: bytes, style: object = None, readout: Readout | None = None,
                 saturation: float = 1.0, strength: float = 1.0, size: int | None = None,
                 contrast: bool = False, hints: Sequence[Hint] = ()) -> bytes: ...  # fmt: skip
    @overload
    def __call__(self, photo: NDArray[Any], style: object = None, readout: Readout | None = None,
                 saturation: float = 1.0, strength: float = 1.0, size: int | None = None,
                 contrast: bool = False, hints: Sequence[Hint] = ()) -> NDArray[Any]: ...  # fmt: skip
    @overload
    def __call__(self, photo: "PillowImage", style: object = None, readout: Readout | None = None,
                 saturation: float = 1.0, strength: float = 1.0, size: int | None = None,
                 contrast: bool = False, hints: Sequence[Hint] = ()) -> "PillowImage": ...  # fmt: skip

    def __call__(
        self,
        photo: object,
        style: object = None,
        readout: Readout | None = None,
        saturation: float = 1.0,
        strength: float = 1.0,
        size: int | None = None,
        contrast: bool = False,
        hints: Sequence[Hint] = (),
    ) -> object:
        """Color one photograph; the same type comes out as went in.

        photo       Photo or path -> Photo; bytes of a picture file -> bytes in that format; PIL image -> PIL image
                    (RGB or RGBA); array H x W (x 1..4), uint8, uint16 or floats 0..1 -> array H x W x 3, or 4 with
                    alpha
        style       another photograph, of any of these types, whose mood is wanted
        others      as in `predict` and `render`
        """
        opened = as_photo(photo)
        prediction = self.predict(opened, style, size, contrast, hints)
        return _like(photo, self.render(opened, prediction, readout, saturation, strength))

    def predict(
        self,
        photo: Photo,
        style: object = None,
        size: int | None = None,
        contrast: bool = False,
        hints: Sequence[Hint] = (),
    ) -> Prediction:
        """Run the network on a photograph, once; `render` and the Prediction itself decode it as often as one likes.

        style       another photograph, of any type that `Colorizer` takes, whose mood is wanted
        size        shorter side of the copy that the network sees, instead of what the model's card says
        contrast    even out a faded photograph in that copy; the picture's own lightness stays as it is
        hints       colors set at places of the photograph, see `Model.predict`; `Prediction.notes` says what came of
                    them, and `Prediction.hinted` changes them without another run
        """
        return self.model.predict(photo, None if style is None else as_photo(style), size, contrast, hints)

    def render(
        self,
        photo: Photo,
        prediction: Prediction,
        readout: Readout | None = None,
        saturation: float = 1.0,
        strength: float = 1.0,
    ) -> Photo:
        """The photograph in the predicted colors: RGB of the same depth, size, alpha, metadata and lightness.

        readout     how colors are read off the prediction; default: as the model's card says
        saturation  factor on the chroma, 0 and up; 0 is neutral gray
        strength    0..1 between the colors that the photograph has (none, if it is gray) and the predicted ones

        What can't be shown in sRGB loses chroma, never lightness or hue. It is made when somebody looks at it or writes
        it, in strips of rows on all cores; a large picture that is written is never in memory as a whole.
        """
        if prediction.size != photo.size:
            raise PhotoError(f"A prediction for a photograph of {prediction.size} does not fit one of {photo.size}.")
        if not 0 <= saturation < math.inf or not 0 <= strength <= 1:
            raise PhotoError(f"saturation is 0 or more and strength 0 to 1, not {saturation} and {strength}.")
        joined = Join(prediction.ab(readout) * np.float32(saturation), prediction.guide, *photo.size)
        return photo.with_pixels(Rendering(photo, joined, strength, self.threads))


def as_photo(source: object) -> Photo:
    """A Photo of anything that `Colorizer` takes; PhotoError for what it doesn't."""
    if isinstance(source, Photo):
        return source
    if isinstance(source, str | os.PathLike):
        return Photo.read(Path(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return Photo.from_bytes(bytes(source))
    if isinstance(source, np.ndarray):
        return Photo.from_array(source)
    if _is_pillow(source):
        return _from_pillow(source)
    raise PhotoError(f"a photograph is a path, bytes, a PIL image, an array or a Photo, not {type(source).__name__}.")


def _like(given: object, photo: Photo) -> object:
    """The finished photo as the type that was given."""
    if isinstance(given, Photo | str | os.PathLike):
        return photo
    if isinstance(given, bytes | bytearray | memoryview):
        return photo.encode()
    pixels = photo.pixels if photo.alpha is None else np.concatenate([photo.pixels, photo.alpha[..., None]], axis=-1)
    if isinstance(given, np.ndarray):
        if np.issubdtype(given.dtype, np.floating):
            return (pixels / np.float32(np.iinfo(pixels.dtype).max)).astype(given.dtype)
        return pixels
    return _to_pillow(given, pixels)


def _is_pillow(source: object) -> bool:
    """Whether it is a PIL image, told by its class's module, so that nobody without Pillow needs it."""
    return any(base.__module__ == "PIL.Image" and base.__name__ == "Image" for base in type(source).__mro__)


def _from_pillow(image: Any) -> Photo:
    """By way of an uncompressed TIFF in memory: it takes every mode, and the embedded profile is applied on reading.

    The EXIF orientation is left alone, as Pillow does: pixels stay where the caller sees them. Modes of numbers, which
    Pillow would cut off at 255, are read as such: whole ones as 16 bits, floats as 0..1.
    """
    if image.mode in ("I", "F", "I;16B", "I;16L"):
        values = np.asarray(image)
        if image.mode != "F" and np.any((values < 0) | (values > 65535)):
            raise PhotoError(f"a PIL image of mode {image.mode} holds 0..65535, this one goes beyond.")
        return Photo.from_array(values if image.mode == "F" else values.astype(np.uint16))
    image = image.convert("LA") if image.mode == "La" else image  # Pillow knows no other way from there
    buffer = BytesIO()
    see_through = image.mode in ("PA", "RGBa") or "transparency" in image.info
    kept = image.mode in ("L", "LA", "RGB", "RGBA", "I;16", "CMYK") and not see_through
    plain = image if kept else image.convert("RGBA" if see_through else "RGB")
    plain.save(buffer, "TIFF", icc_profile=image.info.get("icc_profile"), exif=b"")
    return Photo.from_bytes(buffer.getvalue(), "the PIL image")


def _to_pillow(given: Any, pixels: NDArray[Any]) -> object:
    from PIL import Image  # the caller has it: it made the image

    if pixels.dtype == np.uint16:  # Pillow has no 16-bit color
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    result = Image.fromarray(pixels)
    passed = ("icc_profile", "transparency")  # it is sRGB now, and what was transparent is alpha
    result.info = {key: value for key, value in given.info.items() if key not in passed}
    return result
