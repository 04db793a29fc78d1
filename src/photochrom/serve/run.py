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
from photochrom.photo import Photo
from photochrom.serve.allocator import few_arenas
from photochrom.serve.app import create_app
from photochrom.serve.examples import EXAMPLES, example
from photochrom.serve.limits import Limits

GRACE = 20  # seconds that an answer which is under way gets when the server is stopped


class Server(uvicorn.Server):
    """Tells the application at once that it ends: who waits is refused, what runs is finished."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call `ready`."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the studio's doors, then wait for what is under way."""
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
    few_arenas()
    app = create_app(colorizers, limits, own_names(host), token)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    where = address(host, listening.getsockname()[1])
    page = where if token is None else f"{where}?token={quote(token, safe='')}"
    server = Server(config)

    def ready() -> None:
        tell(f"photochrom is at {page}. Stop it with Ctrl-C.")
        if is_open(host):
            tell("Everybody who reaches this machine and knows the token can use it; the connection is not encrypted.")
        if browse:
            _open(page)

    threading.Thread(target=_warm, args=(colorizers,), daemon=True).start()
    server.ready = ready  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt):  # uvicorn stops in order, and then lets Ctrl-C through
        server.run(sockets=[listening])


def _warm(colorizers: Mapping[str, Colorizer]) -> None:
    """Color an example by each model: tables are made and code is loaded before the first client waits for them."""
    photo = Photo.from_bytes(example(EXAMPLES[0].name)[1])
    for colorizer in colorizers.values():
        colorizer.render(photo, colorizer.predict(photo)).encode("jpeg")


def _open(page: str) -> None:
    """Without waiting: some browsers keep who starts them until they are closed."""

    def go() -> None:
        with suppress(webbrowser.Error):
            webbrowser.open(page)

    threading.Thread(target=go, daemon=True).start()
