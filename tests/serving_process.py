"""`photochrom serve` as a process of its own, and requests to it over a socket."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
