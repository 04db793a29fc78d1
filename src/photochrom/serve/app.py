"""The application: routes under a guard, with a studio behind them that ends in order."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from photochrom import __version__
from photochrom.colorizer import Colorizer
from photochrom.errors import PhotochromError
from photochrom.serve import options
from photochrom.serve.allocator import give_back
from photochrom.serve.guard import Guard
from photochrom.serve.limits import Limits
from photochrom.serve.memory import Memory
from photochrom.serve.metrics import Metrics, Timed
from photochrom.serve.pace import Paced
from photochrom.serve.photographs import Photographs
from photochrom.serve.problems import Problem, problem_of
from photochrom.serve.reference import SUMMARY, schema_of
from photochrom.serve.routes_files import file_routes
from photochrom.serve.routes_page import page_routes
from photochrom.serve.routes_photos import photo_routes
from photochrom.serve.routes_state import state_routes
from photochrom.serve.studio import Studio
from photochrom.serve.uploads import Uploads

SWEEP = 5.0  # seconds between two looks for photographs that nobody uses any more
GONE = 499  # a client that went away before its answer; nobody sees it but the metrics


def create_app(
    colorizers: Mapping[str, Colorizer],
    limits: Limits | None = None,
    names: Collection[str] = (),
    token: str | None = None,
) -> FastAPI:
    """The application of one server. Its lifespan ends the studio: what runs is finished, what waits is refused.

    colorizers  by the name under which a client asks for them; the first one is the default
    limits      see `Limits`
    names       host names under which it may be asked, see `Guard`
    token       what clients have to bring, if anything
    """
    limits = limits or Limits()
    memory = Memory(limits.memory)
    photographs = Photographs(limits, memory)
    studio = Studio(colorizers, limits, memory, photographs)
    uploads = Uploads(limits, memory)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(_sweep(studio))
        yield
        sweeper.cancel()
        studio.close()
        await studio.join()

    app = FastAPI(
        title="photochrom", version=__version__, summary=SUMMARY, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.state.studio = studio
    metrics = Metrics(studio, uploads)
    app.add_middleware(Timed, metrics=metrics)
    app.add_middleware(Guard, names=names, token=token)
    app.add_middleware(Paced, memory=memory, silence=limits.silence)
    routers = (
        photo_routes(studio, uploads), file_routes(studio, uploads), state_routes(studio, metrics), page_routes(app)
    )  # fmt: skip
    for router in routers:
        app.include_router(router)
    app.openapi = partial(schema_of, app)  # type: ignore[method-assign]  # as FastAPI's guide has it
    _tell_problems(app, [one for router in routers for one in router.routes])
    return app


async def _sweep(studio: Studio) -> None:
    done = 0
    while True:
        await asyncio.sleep(SWEEP)
        studio.photographs.expire()
        before, done = done, sum(lane.done for lane in studio.lanes)
        if done != before and not any(lane.running for lane in studio.lanes):
            await asyncio.to_thread(give_back)


def _nothing_there(error: HTTPException, routes: Sequence[BaseRoute], scope: Scope) -> Problem:
    """Nothing at this address, or nothing that takes this method; then, which ones are taken (RFC 9110, 15.5.6)."""
    if error.status_code != 405:
        return Problem("not-found", "There is nothing at this address; see /docs.")
    here = [one for one in routes if isinstance(one, Route) and one.matches(scope)[0] is not Match.NONE]
    allow = ", ".join(sorted({method for one in here for method in one.methods or ()}))
    return Problem("method", f"At this address only {allow} is taken; see /docs.", {"Allow": allow})


def _tell_problems(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Every refusal is a problem, whoever raises it."""

    @app.exception_handler(Problem)
    async def _(request: Request, problem: Problem) -> Response:
        return problem.response()

    @app.exception_handler(PhotochromError)
    async def _(request: Request, error: PhotochromError) -> Response:
        return problem_of(error).response()

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return Problem("not-possible", options.sentence(error.errors())).response()

    @app.exception_handler(ValidationError)
    async def _(request: Request, error: ValidationError) -> Response:
        return Problem("not-possible", options.told(error)).response()

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return _nothing_there(error, routes, request.scope).response()

    @app.exception_handler(ClientDisconnect)
    async def _(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=GONE)

    @app.exception_handler(MemoryError)
    async def _(request: Request, error: MemoryError) -> Response:
        return Problem("memory", "It needs more memory than there is; try a smaller photograph.").response()

    @app.exception_handler(Exception)
    async def _(request: Request, error: Exception) -> Response:
        return Problem("mistake", "This failed by a mistake in photochrom; its log says where.").response()
