"""Running the server: load the models, listen, tell where, open the browser, answer until somebody stops it."""

import socket
import threading
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI

from photochrom.addresses import address, is_open, own_names
from photochrom.colorizer import Colorizer
from photochrom.serve.app import create_app
from photochrom.serve.limits import Limits

GRACE = 20  # seconds that an answer which is under way gets when the server is stopped


class _Server(uvicorn.Server):
    """Tells the application at once that it ends: who waits is refused, what runs is finished."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        assert isinstance(app, FastAPI)
        app.state.studio.close()
        await super().shutdown(sockets)

    def ready(self) -> None:
        """Called once it answers; set by `serve`."""


def serve(
    colorizers: Mapping[str, Colorizer],
    limits: Limits,
    listening: socket.socket,
    host: str,
    token: str | None,
    browse: bool,
    tell: Callable[[str], None],
) -> None:
    """Answer until the process is told to stop (Ctrl-C, SIGTERM).

    listening   the socket, on `host`
    token       what clients have to bring, if anything
    browse      open the page in this person's browser
    tell        for sentences to whoever started it
    """
    app = create_app(colorizers, limits, own_names(host), token)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    where = address(host, listening.getsockname()[1])
    page = where if token is None else f"{where}?token={quote(token, safe='')}"
    server = _Server(config)

    def ready() -> None:
        tell(f"photochrom is at {page}. Stop it with Ctrl-C.")
        if is_open(host):
            tell("Everybody who reaches this machine and knows the token can use it; the connection is not encrypted.")
        if browse:
            threading.Thread(target=_open, args=(page,), daemon=True).start()

    server.ready = ready  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt):  # uvicorn stops in order, and then lets Ctrl-C through
        server.run(sockets=[listening])


def _open(page: str) -> None:
    with suppress(webbrowser.Error):
        webbrowser.open(page)
