"""Over a socket, in a process of its own: clients that break off, that are slow, and a server that is told to stop."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pictures import saved
from serving import GRAY
from serving_process import BOUNDARY, Server, form, running


@pytest.fixture(scope="module")
def server(tiny: Path) -> Iterator[Server]:
    with running(tiny, "--max-upload", "1") as found:
        yield found


def begin_upload(server: Server, announced: int, sent: bytes) -> socket.socket:
    """A connection on which an upload has begun."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"POST /v1/photos HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {announced}\r\n"
    line.sendall(f"{head}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode() + sent)
    return line


def until(what: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_client_that_dies_while_it_uploads_leaves_nothing(server: Server) -> None:
    lines = [begin_upload(server, 900_000, form(bytes(500_000))[:400_000]) for _ in range(3)]
    until(lambda: server.metric('photochrom_memory_bytes{kind="photographs"}') > 3 * 390_000)
    assert server.metric("photochrom_uploads") == 3
    for line in lines:
        line.close()
    until(lambda: server.metric("photochrom_uploads") == 0)
    assert server.metric('photochrom_memory_bytes{kind="photographs"}') == 0
    address = server.bring(GRAY)
    assert server.ask("DELETE", address)[0] == 204


def test_slow_clients_do_not_stop_others(server: Server) -> None:
    body = form(GRAY)
    slow = [begin_upload(server, len(body), body[:100]) for _ in range(20)]
    begin = time.monotonic()
    address = server.bring(GRAY)
    assert server.ask("GET", f"{address}/color?width=50")[0] == 200
    assert time.monotonic() - begin < 5
    for line in slow:
        line.sendall(body[100:])
        assert b"201 Created" in line.recv(4096)
        line.close()


def test_a_client_that_sends_too_much_hears_why(server: Server) -> None:
    """All of it is sent before the answer is looked at, as browsers do."""
    for size in (1_500_000, 3_500_000):
        status, told = server.ask("POST", "/v1/photos", form(bytes(size)))
        assert (status, json.loads(told)["title"]) == (413, "The upload is too large")


def test_half_a_connection_and_noise_harm_nobody(server: Server) -> None:
    for noise in (b"", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9\r\n\r\n", b"POST /v1/photos HTTP/1.1\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(noise)
    assert server.ask("GET", "/health")[0] == 200


def test_told_to_stop_it_finishes_what_runs_and_refuses_the_rest(tiny: Path) -> None:
    with running(tiny) as server:
        large = server.bring(saved(np.random.default_rng(3).integers(0, 256, (1600, 1600), np.uint8), "png"))
        answers: list[tuple[int, bytes]] = []
        download = threading.Thread(target=lambda: answers.append(server.ask("GET", f"{large}/color")))
        body = form(GRAY)
        upload = begin_upload(server, len(body), body[:-50])
        download.start()
        until(lambda: server.metric('photochrom_running{lane="results"}') == 1)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        upload.sendall(body[-50:])
        with upload.makefile("rb") as reply:
            refused = reply.read()
        upload.close()
        download.join()
        _, said = server.process.communicate(timeout=30)
    status, picture = answers[0]
    assert (status, picture[1:4], picture[-8:-4]) == (200, b"PNG", b"IEND")
    assert b"503 Service Unavailable" in refused
    assert b"The server is stopping" in refused
    assert server.process.returncode == 0
    assert said == "Stopped; nothing of the photographs is left.\n"
