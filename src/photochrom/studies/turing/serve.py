"""Serving a study: prepare its folder, listen, answer until somebody stops it."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from photochrom.addresses import address, is_open, own_names
from photochrom.studies.turing.app import create_app
from photochrom.studies.turing.store import Store


def serve(
    store: Store, folder: Path, listening: socket.socket, host: str, consent: Sequence[str], tell: Callable[[str], None]
) -> None:
    """Answer until the process is told to stop (Ctrl-C)."""
    app = create_app(store, folder, consent, own_names(host))
    # No access log: who took part from where is nobody's business. Connections outlast a participant's thinking, so
    # that none is closed just when an answer comes; Ctrl-C does not wait for them.
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    tell(f"The study is open at {address(host, listening.getsockname()[1])}. Stop it with Ctrl-C.")
    if is_open(host):
        tell("Everybody who reaches this machine over the network can take part; the connection is not encrypted.")
    with suppress(KeyboardInterrupt):  # uvicorn stops in order, and then lets Ctrl-C through
        uvicorn.Server(config).run(sockets=[listening])
