"""/v1/colorize: a file in, a file out; /v1/zip: results of photographs that are kept, in one stream."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from photochrom.serve.answers import MEDIA, attachment, colored_name, pictures, problems, told
from photochrom.serve.forms import FILE, STYLE, body, only
from photochrom.serve.options import Coloring, Selection
from photochrom.serve.problems import Problem
from photochrom.serve.studio import Studio
from photochrom.serve.uploads import Uploads
from photochrom.serve.zipped import zipped

ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


def file_routes(studio: Studio, uploads: Uploads) -> APIRouter:
    """Routes that answer with finished files."""
    router = APIRouter(prefix="/v1", tags=["files"])
    refusals = problems(406, 408, 413, 415, 422, 503)

    @router.post(
        "/colorize", response_class=Response, responses=pictures(*MEDIA) | refusals,
        openapi_extra=body(Coloring, FILE | STYLE, ("file",)),
    )  # fmt: skip
    async def colorize(request: Request) -> Response:
        """Color one file. `Accept` decides the format; without one, or with */*, it is that of the file."""
        async with uploads.form(request) as form:
            if "file" not in form.files:
                raise Problem("not-possible", "The form needs a file in its field file.")
            asked = Coloring.model_validate(only(form))
            brought, mood = form.files["file"], form.files.get("style")
            file = await studio.colorize(brought, mood, asked, request.headers.get("accept", "*/*"))
        headers = attachment(colored_name(brought.name, file.format)) | told(file.notes)
        return Response(file.data, 200, headers, MEDIA[file.format])

    archive: dict[int | str, dict[str, Any]] = {200: {"description": "The archive", "content": ZIP}}
    selection = {"content": {"application/json": {"schema": Selection.model_json_schema()}}, "required": True}

    @router.post(
        "/zip", response_class=StreamingResponse, openapi_extra={"requestBody": selection},
        responses=archive | problems(404, 408, 413, 422, 503),
    )  # fmt: skip
    async def zip_(request: Request) -> Response:
        """Results at full size in one archive, streamed. What fails on the way stands in failures.txt."""
        chosen = Selection.model_validate(await uploads.json(request))
        wanted = [(studio.photographs.find(one.id), one.options) for one in chosen.photos]
        for kept, options in wanted:
            studio.check(kept, options)
        return StreamingResponse(zipped(studio, wanted), 200, attachment("photochrom.zip"), "application/zip")

    return router
