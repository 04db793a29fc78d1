"""The page and its files, and the API's own description, which runs nothing in the browser."""

from importlib.resources import files
from pathlib import PurePath

from fastapi import APIRouter, FastAPI, Response

from photochrom.serve.problems import Problem
from photochrom.serve.reference import html

TYPES = {
    ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".webmanifest": "application/manifest+json",
}  # fmt: skip


def page_routes(app: FastAPI) -> APIRouter:
    """Routes for people with a browser; the schema leaves them out."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page() -> Response:
        return _file("page", "index.html")

    @router.get("/page/{name}")
    async def part(name: str) -> Response:
        return _file("page", name)

    @router.get("/docs")
    async def docs() -> Response:
        return Response(html(app.openapi()), media_type="text/html")

    @router.get("/docs/reference.css")
    async def style() -> Response:
        return _file("", "reference.css")

    @router.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status_code=204)

    return router


def _names(folder: str) -> frozenset[str]:
    """The files of the package's folder that are for a browser: what a client says is compared with it, and no path."""
    return frozenset(one.name for one in files("photochrom.serve").joinpath(folder).iterdir() if one.is_file())


def _file(folder: str, name: str) -> Response:
    kind = TYPES.get(PurePath(name).suffix)
    if kind is None or name not in _names(folder):
        raise Problem("not-found", "There is no such file.")
    return Response(files("photochrom.serve").joinpath(folder, name).read_bytes(), media_type=kind)
