"""Addresses to listen on, and the names under which this machine may be asked."""

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from photochrom.errors import ServeError

LOCAL = "127.0.0.1"


def listen(host: str, port: int) -> socket.socket:
    """A socket at the address; ServeError where that is impossible. Port 0 is any free one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ServeError(
            f"Nothing can be served at {host}, port {port} ({error.strerror or error}); choose others with --port or "
            "--host."
        ) from None
    # Handed on to every connection: without it, the end of an answer waits some 40 ms for the client's acknowledgment
    # of its beginning. asyncio would set it, but for sockets that it makes itself.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def is_open(host: str) -> bool:
    """Whether other machines may reach it."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names this machine: localhost, one of `names`, or an address instead of a name."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if name is None:
        return False
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_names(host: str) -> set[str]:
    """The names under which this machine may be asked when the server listens on `host`."""
    return {host, socket.gethostname(), f"{socket.gethostname()}.local"}


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
