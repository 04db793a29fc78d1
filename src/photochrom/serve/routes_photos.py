"""/v1/photos: a photograph is brought once and looked at as often as one likes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from photochrom.serve.answers import (
    MEDIA,
    PhotoJson,
    attachment,
    colored_name,
    jpeg,
    photo_json,
    pictures,
    problems,
    told,
)
from photochrom.serve.examples import example
from photochrom.serve.forms import FILE_OR_EXAMPLE, body, only
from photochrom.serve.options import Color, Place, Preview, Seeing
from photochrom.serve.problems import Problem
from photochrom.serve.studio import Studio
from photochrom.serve.uploads import Form, Uploads

BRINGING = problems(408, 413, 415, 422, 429, 503)
LOOKING = problems(404, 422, 503)


class SwatchJson(BaseModel):
    """One color of a palette."""

    color: str = Field(description="#rrggbb")
    lab: tuple[float, float, float]
    share: float = Field(description="Its part of the distribution, 0..1.")


class PaletteJson(BaseModel):
    """The likeliest colors at a place, best first."""

    x: float
    y: float
    lightness: float = Field(description="L* there; every color of the palette has it.")
    colors: list[SwatchJson]


def photo_routes(studio: Studio, uploads: Uploads) -> APIRouter:
    """Routes of photographs that are kept."""
    router = APIRouter(prefix="/v1/photos", tags=["photographs"])
    photographs, limits = studio.photographs, studio.limits

    @router.post("", status_code=201, responses=BRINGING, openapi_extra=body(Seeing, FILE_OR_EXAMPLE))
    async def bring(request: Request, response: Response) -> PhotoJson:
        """Upload a photograph. The network runs once, here; everything else is quick."""
        async with uploads.form(request, photographs.refuse_more) as form:
            name, data = _brought(form)
            seeing = Seeing.model_validate(only(form, "example"))
            kept = await studio.admit(name, data, seeing.way(studio.default))
        studio.hold(kept)
        response.headers["Location"] = f"/v1/photos/{kept.id}"
        return photo_json(kept, limits)

    @router.get("/{photo}", responses=problems(404))
    async def tell(photo: str) -> PhotoJson:
        """What there is to know of a photograph."""
        return photo_json(photographs.find(photo), limits)

    @router.delete("/{photo}", status_code=204, responses=problems(404))
    async def remove(photo: str) -> None:
        """Forget a photograph and all that was made of it."""
        photographs.remove(photographs.find(photo).id)

    @router.get("/{photo}/gray", response_class=Response, responses=pictures("jpeg") | LOOKING)
    async def gray(photo: str, asked: Annotated[Preview, Query()]) -> Response:
        """A preview of the photograph without color: its lightness."""
        return jpeg(await studio.uncolored(photographs.find(photo), asked.width, gray=True))

    @router.get("/{photo}/original", response_class=Response, responses=pictures("jpeg") | LOOKING)
    async def original(photo: str, asked: Annotated[Preview, Query()]) -> Response:
        """A preview of the photograph as it came."""
        return jpeg(await studio.uncolored(photographs.find(photo), asked.width, gray=False))

    @router.get("/{photo}/color", response_class=Response, responses=pictures(*MEDIA) | LOOKING)
    async def color(photo: str, asked: Annotated[Color, Query()]) -> Response:
        """The colored photograph: a preview with `width`, else the file that the command line would write."""
        kept = photographs.find(photo)
        if asked.width is not None:
            file = await studio.preview(kept, asked, asked.width)
            return Response(file.data, 200, told(file.notes), MEDIA[file.format])
        file = await studio.result(kept, asked)
        headers = attachment(colored_name(kept.name, file.format)) | told(file.notes)
        return Response(file.data, 200, headers, MEDIA[file.format])

    @router.get("/{photo}/palette", responses=LOOKING)
    async def palette(photo: str, asked: Annotated[Place, Query()]) -> PaletteJson:
        """The colors that the network thinks likely at a place, in gamut at the lightness there."""
        swatches = await studio.palette(photographs.find(photo), asked.x, asked.y, asked.n, asked)
        colors = [
            SwatchJson(color="#{:02x}{:02x}{:02x}".format(*one.srgb), lab=one.lab, share=min(one.share, 1.0))
            for one in swatches
        ]
        return PaletteJson(x=asked.x, y=asked.y, lightness=swatches[0].lab[0], colors=colors)

    return router


def _brought(form: Form) -> tuple[str, bytes]:
    """Name and bytes of the file that a form brings, or of the example that it names."""
    named = form.fields.get("example")
    if "file" in form.files and not named:
        if extra := set(form.files) - {"file"}:
            raise Problem("not-possible", f"There is no file field {min(extra)[:40]!r} here; send file alone.")
        return form.files["file"].name, form.files["file"].data
    if named and not form.files:
        return example(named[-1])
    raise Problem("not-possible", "The form needs a file in its field file, or the name of an example in example.")
