"""A server without a socket, for tests: the tiny model, a client, photographs to send."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from photochrom.colorizer import Colorizer
from photochrom.serve.app import create_app
from photochrom.serve.limits import Limits
from pictures import saved, smooth

Value = TypeVar("Value")
GRAY = saved(smooth(60, 80), "jpeg")


class Client:
    """Requests to an application, from one event loop."""

    def __init__(self, runner: asyncio.Runner, app: FastAPI, web: httpx.AsyncClient) -> None:
        self._runner, self.app, self.web = runner, app, web
        self.studio = app.state.studio

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self._runner.run(work)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.run(self.web.get(path, params=params))

    def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        return self.run(self.web.request(method, path, **what))

    def upload(self, data: bytes = GRAY, name: str = "old.jpg", **fields: str) -> httpx.Response:
        return self.ask("POST", "/v1/photos", files={"file": (name, data)}, data=fields)

    def bring(self, data: bytes = GRAY, name: str = "old.jpg", **fields: str) -> str:
        """Upload a photograph; its address."""
        response = self.upload(data, name, **fields)
        assert response.status_code == 201, response.text
        return f"/v1/photos/{response.json()['id']}"


@contextmanager
def serving(
    models: dict[str, Path], limits: Limits | None = None, token: str | None = None, names: tuple[str, ...] = ()
) -> Iterator[Client]:
    """A client of a server that has begun, and ends with the context."""
    app = create_app({name: Colorizer(path, "cpu", 1) for name, path in models.items()}, limits, names, token)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with asyncio.Runner() as runner:
        life = app.router.lifespan_context(app)
        runner.run(life.__aenter__())
        web = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")
        yield Client(runner, app, web)
        runner.run(web.aclose())
        runner.run(life.__aexit__(None, None, None))


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and sentence of a refusal, which is as RFC 9457 has it."""
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == response.status_code
    assert told["type"].startswith("/docs#")
    assert "\n" not in told["detail"]
    assert told["detail"].endswith(".")
    return response.status_code, told["detail"]
