"""Serving a study: prepare its folder, listen, answer until somebody stops it."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from photochrom.errors import StudyError
from photochrom.studies.turing.app import create_app
from photochrom.studies.turing.guard import own_names
from photochrom.studies.turing.store import Store

LOCAL = "127.0.0.1"


def listen(host: str, port: int) -> socket.socket:
    """A socket at the address; StudyError where that is impossible. Port 0 is any free one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise StudyError(
            f"Nothing can be served at {host}, port {port} ({error.strerror or error}); choose others with --port or "
            "--host."
        ) from None


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


def is_open(host: str) -> bool:
    """Whether other machines may reach it."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def address(host: str, port: int) -> str:
    """What to type into a browser; for "every address of this machine", the one that it has in its network."""
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}/"
    if known.is_unspecified:
        known = ipaddress.ip_address(_own_address(known.version))
    return f"http://[{known}]:{port}/" if known.version == 6 else f"http://{known}:{port}/"


def _own_address(version: int) -> str:
    """By asking the routing table; nothing is sent."""
    family, other = (socket.AF_INET, "192.0.2.1") if version == 4 else (socket.AF_INET6, "2001:db8::1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((other, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return LOCAL if version == 4 else "::1"
