"""What a client may ask for, with the ranges of the command line; the sentences for what it may not."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from photochrom.errors import printable
from photochrom.hints import Hint
from photochrom.photo.codec import QUALITY
from photochrom.representations import Readout
from photochrom.serve.photographs import Way

WIDEST = 2048  # pixels of a preview's longer side
MOST_HINTS = 200
HINT = r"^[0-9]{1,6}(\.[0-9]{1,3})?,[0-9]{1,6}(\.[0-9]{1,3})?,#[0-9a-fA-F]{6}$"  # for the schema: `Hint` itself judges

Reading = Literal["annealed", "mean", "mode", "median", "center-median"]
Format = Literal["jpeg", "png", "tiff", "webp", "avif"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Seeing(_Asked):
    """How the network looks at a photograph."""

    model: str | None = Field(default=None, max_length=200, description="A name of /v1/models.")
    size: int | None = Field(default=None, ge=32, le=1024, description="Shorter side of the network's copy in pixels.")
    contrast: bool = Field(default=False, description="Even out a faded scan in the network's copy.")

    def way(self, default: str) -> Way:
        """With the model that is meant where none is named."""
        return Way(self.model or default, self.size, self.contrast)


class Look(_Asked):
    """How colors are read off a prediction and laid over the photograph."""

    temperature: float | None = Field(default=None, ge=0, le=10, description="0 vivid and patchy, 1 calm and pale.")
    readout: Reading | None = Field(default=None, description="How a color is read off a distribution.")
    saturation: float = Field(default=1.0, ge=0, le=10, description="Factor on the chroma.")
    strength: float = Field(
        default=1.0, ge=0, le=1, description="Between the photograph's own colors and the predicted ones."
    )

    @property
    def reading(self) -> Readout | None:
        """None: the model's own."""
        if self.readout is None:
            return None if self.temperature is None else Readout("annealed", self.temperature)
        return Readout(self.readout) if self.temperature is None else Readout(self.readout, self.temperature)


class Steering(_Asked):
    """Whose prediction is meant, and what is changed in it."""

    model: str | None = Field(default=None, max_length=200, description="Another model than at the upload.")
    style: str | None = Field(default=None, max_length=64, description="The id of a photograph whose mood is wanted.")
    sample: int | None = Field(
        default=None, ge=0, lt=2**32, description="The seed of a variant that differs as a whole."
    )


class Writing(_Asked):
    """How a result is written."""

    quality: int = Field(default=QUALITY, ge=1, le=100, description="Of JPEG, WebP and AVIF.")
    strip_gps: bool = Field(default=False, description="Leave out the place where the photograph was taken.")
    no_disclose: bool = Field(default=False, description="Don't note in the metadata that the colors are machine-made.")


class Hinted(_Asked):
    """Colors that a person sets."""

    hint: list[Annotated[str, Field(json_schema_extra={"pattern": HINT})]] = Field(
        default=[], max_length=MOST_HINTS, description="x,y,#rrggbb in pixels of the photograph."
    )

    @property
    def hints(self) -> tuple[Hint, ...]:
        """HintError for what is no hint."""
        return tuple(Hint.parse(text) for text in self.hint)


class Result(Look, Steering, Hinted, Writing):
    """Everything that makes a result what it is, but for its size."""

    format: Format | None = Field(default=None, description="Another format than the photograph's own.")


class Color(Result):
    """A result, or a preview of it."""

    width: int | None = Field(
        default=None, ge=16, le=WIDEST, description="Longer side of a JPEG preview; else full size."
    )


class Preview(_Asked):
    """The size of a preview."""

    width: int = Field(default=1024, ge=16, le=WIDEST, description="Longer side, at most that of the photograph.")


class Place(Steering):
    """A place of a photograph, in its own pixels."""

    x: float = Field(ge=0, le=1e9, allow_inf_nan=False, description="From the left.")
    y: float = Field(ge=0, le=1e9, allow_inf_nan=False, description="From the top.")
    n: int = Field(default=5, ge=1, le=20, description="How many colors at most.")


class Coloring(Seeing, Look, Hinted, Writing):
    """The fields of a form that brings a photograph and takes its result."""

    sample: int | None = Field(
        default=None, ge=0, lt=2**32, description="The seed of a variant that differs as a whole."
    )

    def result(self) -> Result:
        """What the form asks for beyond how the network looks."""
        return Result.model_validate(self.model_dump(exclude={"model", "size", "contrast"}))


class Wanted(_Asked):
    """One photograph of a zip."""

    id: str = Field(max_length=64)
    options: Result = Result()


class Selection(_Asked):
    """What goes into a zip."""

    photos: list[Wanted] = Field(min_length=1, max_length=1000)


def sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """What a person is told of values that don't fit: the first of them."""
    error = errors[0]
    place = [str(part) for part in error["loc"] if part not in ("query", "body", "path")]
    what = printable(".".join(place))[:80] or "the request"
    if error["type"] == "extra_forbidden":
        return f"There is no option {what!r}; /docs lists them all."
    if error["type"] == "missing":
        return f"{what} is missing."
    said = str(error["msg"])
    return f"{what}: {said[:1].lower()}{said[1:]}."


def told(error: ValidationError) -> str:
    """The same of one that is raised here."""
    return sentence(error.errors(include_url=False, include_context=False))
