"""The study as a web application: a page, the state of who looks at it, the current trial, its pictures, the answer.

    GET  /                  the page; sets a random cookie, the only thing that tells participants apart
    GET  /page/NAME         its style and script
    GET  /api/state         what to show now
    POST /api/consent       become a participant
    POST /api/next          the current trial: random words for its pictures
    GET  /picture/WORD      a picture of the current trial
    POST /api/answer        the answer to it; in practice, what was right

Before an answer nothing tells which picture is fake: both are PNG of the same length with the same headers, under
random words that are valid for one showing to one participant.
"""

import re
import secrets
from collections.abc import Collection, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from photochrom.errors import StudyError
from photochrom.studies.turing.exchange import Answer, Elsewhere
from photochrom.studies.turing.guard import Guard
from photochrom.studies.turing.pictures import picture
from photochrom.studies.turing.protocol import Protocol
from photochrom.studies.turing.store import Store

PAGE = {"index.html": "text/html", "turing.css": "text/css", "turing.js": "text/javascript"}
COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")
YEAR = 365 * 24 * 3600
READING = 90  # seconds a participant reads before the first trial, and about what a trial takes beyond its pictures:
THINKING = 2.5

Milliseconds = Annotated[float, Field(ge=0, le=1e9)]


class Consent(BaseModel):
    """What the button under the consent text sends."""

    model_config = ConfigDict(extra="forbid")

    agree: Literal[True]


class Report(BaseModel):
    """What the page reports of a trial; see `exchange.Answer`."""

    model_config = ConfigDict(extra="forbid")

    trial: str = Field(max_length=64)
    choice: Literal[0, 1]
    shown: list[Milliseconds] = Field(min_length=1, max_length=2)
    response: Milliseconds
    hidden: bool


def create_app(store: Store, folder: Path, consent: Sequence[str] = (), names: Collection[str] = ()) -> FastAPI:
    """The application of one study.

    folder   that of the study, with its pictures
    consent  paragraphs to agree to instead of the page's own
    names    host names under which it may be asked, see `Guard`
    """
    app = FastAPI(title="photochrom study", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, names=names)
    cookie_name = f"photochrom-{store.name}"  # cookies don't know ports: each study has its own
    fixed = {
        "kind": store.protocol.kind,
        "exposure": store.protocol.exposure,
        "practice": store.protocol.practice,
        "trials": store.protocol.trials,
        "minutes": minutes(store.protocol),
        "consent": list(consent),
    }

    def visitor(request: Request) -> str:
        word = request.cookies.get(cookie_name, "")
        if not COOKIE.fullmatch(word):
            raise HTTPException(403, "This browser keeps no cookies, and the study needs one to know how far you are.")
        return word

    def state(word: str, stage: str | None = None) -> dict[str, Any]:
        progress = store.progress(word)
        if progress is None:
            return {**fixed, "stage": stage or "consent", "answered": 0, "correct": None}
        return {**fixed, "stage": progress.stage, "answered": progress.answered, "correct": progress.correct}

    @app.get("/")
    def page(request: Request) -> Response:
        response = part("index.html")
        if not COOKIE.fullmatch(request.cookies.get(cookie_name, "")):
            word = secrets.token_urlsafe(32)
            response.set_cookie(cookie_name, word, max_age=YEAR, httponly=True, samesite="strict")
        return response

    @app.get("/page/{name}")
    def part(name: str) -> Response:
        if name not in PAGE:
            raise HTTPException(404)
        data = files("photochrom.studies.turing").joinpath("page", name).read_bytes()
        return Response(data, media_type=PAGE[name])

    @app.get("/favicon.ico", status_code=204)
    def icon() -> None:
        """There is none; browsers ask all the same."""

    @app.get("/api/state")
    def tell(request: Request) -> dict[str, Any]:
        return state(visitor(request))

    @app.post("/api/consent")
    def agree(consent: Consent, request: Request) -> dict[str, Any]:
        word = visitor(request)
        return state(word, None if store.enroll(word) else "full")

    @app.post("/api/next")
    def show(request: Request) -> dict[str, Any]:
        trial = store.present(visitor(request))
        if trial is None:
            raise HTTPException(409, "There is no trial to show.")
        return {"trial": trial.nonce, "number": trial.number, "practice": trial.practice, "pictures": trial.tokens}

    @app.get("/picture/{token}")
    def show_picture(token: str, request: Request) -> Response:
        found = store.fetch(visitor(request), token)
        if found is None:
            raise HTTPException(404)
        return Response(picture(folder, *found).read_bytes(), media_type="image/png")

    @app.post("/api/answer")
    def keep(report: Report, request: Request) -> dict[str, Any]:
        word = visitor(request)
        given = Answer(report.trial, report.choice, tuple(report.shown), report.response, report.hidden)
        try:
            fake = store.answer(word, given)
        except Elsewhere:
            raise HTTPException(409, "This trial was shown again elsewhere.") from None
        except StudyError as error:
            raise HTTPException(422, str(error)) from None
        return {**state(word), "fake": fake}

    @app.exception_handler(RequestValidationError)
    def refuse(request: Request, error: RequestValidationError) -> Response:
        return JSONResponse({"detail": "This is not what the study's page sends."}, 422)  # nothing is repeated

    return app


def minutes(protocol: Protocol) -> int:
    """About how long a participant takes, for the consent page."""
    pictures = 3.5 if protocol.kind == "pairs" else 2  # with the pauses before and between, in exposures
    trial = pictures * (protocol.exposure or 0) + THINKING
    return max(1, round((READING + trial * protocol.photographs) / 60))
