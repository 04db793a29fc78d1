"""Over a socket, in a process of its own: clients that break off, that are slow, and a server that is told to stop."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pictures import saved
from serving import GRAY

BOUNDARY = "x" * 20


class Server:
    """`photochrom serve` at a free port."""

    def __init__(self, model: Path, *words: str) -> None:
        command = [sys.executable, "-m", "photochrom", "serve", "--no-open", "--port", "0", "--model", str(model)]
        self.process = subprocess.Popen([*command, *words], stderr=subprocess.PIPE, text=True, env=dict(os.environ))
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()
        self.port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", self.said)[0])

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if body else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data

    def bring(self, data: bytes) -> str:
        status, told = self.ask("POST", "/v1/photos", form(data))
        assert status == 201, told
        return f"/v1/photos/{json.loads(told)['id']}"

    def metric(self, name: str) -> float:
        text = self.ask("GET", "/metrics")[1].decode()
        return float(re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[0])


def form(data: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


@contextmanager
def running(model: Path, *words: str) -> Iterator[Server]:
    server = Server(model, *words)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


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
