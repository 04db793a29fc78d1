"""Many clients at once: does every photograph get its own answer, how long do they wait, and does the memory stay?

A server of its own is started on this machine. Each client takes a photograph, uploads it, looks at a preview, steers
it, asks for a palette, downloads the result and removes it, over one connection; what came back is compared with what
was sent afterwards. Every photograph is another pattern, so that no answer fits another one's upload.

    python benchmarks/serve_load.py                     32 clients, 500 photographs
    python benchmarks/serve_load.py --photographs 40    a first look
"""

import argparse
import http.client
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from photochrom.color import gray_to_lightness
from photochrom.photo import Photo
from photochrom.resample import enlarge

SIZE = (480, 640)
BOUNDARY = "3" * 24
APART = 3.0  # L*: mean distance below which an answer is that of its upload; of two photographs it is above 10
REST = 7  # seconds: a server that rests for 5 gives back what it does not need
FIRST, SECOND = 13, 125  # photographs, 8 requests each: after 100 and after 1,000 requests memory is looked at
STEERED = ("temperature=0.1&width=640", "temperature=0.6&saturation=1.3&width=640", "hint=100,100,%23c02020&width=640")


def photograph(number: int) -> bytes:
    """A JPEG that is like no other one."""
    rough = np.random.default_rng(number).uniform(0, 255, (6, 8)).astype(np.float32)
    plane = enlarge(enlarge(rough, SIZE[0], 0), SIZE[1], 1)
    return Photo.from_array(plane.astype(np.uint8)).encode("jpeg", 90)


class Server:
    def __init__(self, model: str) -> None:
        words = ["serve", "--no-open", "--port", "0", "--model", model]
        self.process = subprocess.Popen([sys.executable, "-m", "photochrom", *words], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.port = int(re.findall(r":(\d+)/", self.process.stderr.readline())[0])

    def memory(self) -> float:
        """Megabytes that the process holds when it has rested for a moment."""
        time.sleep(REST)
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1000

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@dataclass
class Log:
    """What the clients saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    results: dict[int, bytes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    requests: int = 0


class Client:
    def __init__(self, port: int, log: Log) -> None:
        self.web, self.log = http.client.HTTPConnection("127.0.0.1", port, timeout=120), log

    def ask(self, kind: str, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if body else {}
        begin = time.perf_counter()
        self.web.request(method, path, body, headers)
        response = self.web.getresponse()
        data = response.read()
        self.log.seconds[kind].append(time.perf_counter() - begin)
        self.log.requests += 1
        if response.status >= 300:
            raise RuntimeError(f"{kind}: {response.status} {data[:200]!r}")
        return data

    def color(self, number: int, data: bytes) -> None:
        """All that one does with a photograph."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{number}.jpg"\r\n\r\n'
        told = json.loads(
            self.ask("upload", "POST", "/v1/photos", head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode())
        )
        if told["name"] != f"{number}.jpg":
            self.log.failures.append(f"{number} was answered as {told['name']}")
        address = f"/v1/photos/{told['id']}"
        self.ask("first preview", "GET", f"{address}/color?width=640")
        for options in STEERED:
            self.ask("steer", "GET", f"{address}/color?{options}")
        self.ask("palette", "GET", f"{address}/palette?x=100&y=100")
        self.log.results[number] = self.ask("download", "GET", f"{address}/color")
        self.ask("remove", "DELETE", address)


def load(port: int, photographs: dict[int, bytes], clients: int) -> Log:
    """So many clients take the photographs one after the other."""
    log, waiting = Log(), queue.SimpleQueue[int]()
    for number in photographs:
        waiting.put(number)

    def work() -> None:
        client = Client(port, log)
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                client.color(number, photographs[number])
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                log.failures.append(f"{number}: {error}")
                client = Client(port, log)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return log


def mixed_up(log: Log, photographs: dict[int, bytes]) -> list[int]:
    """Results that are not those of their uploads."""
    wrong = []
    for number, result in log.results.items():
        sent, came = Photo.from_bytes(photographs[number]), Photo.from_bytes(result)
        apart = np.abs(gray_to_lightness(sent.pixels[..., 0] / 255) - came.lightness()).mean()
        if apart > APART:
            wrong.append(number)
    return wrong


def table(lone: Log, crowd: Log) -> None:
    print(f"  {'':14} {'lone p50':>10} {'p50':>10} {'p95':>10}   multiples of the lone request")
    for kind, seconds in crowd.seconds.items():
        single = float(np.median(lone.seconds[kind]))
        half, most = np.percentile(seconds, [50, 95])
        times = "".join(f"{one * 1e3:7.0f} ms" + " " for one in (single, half, most))
        print(f"  {kind:14} {times}  {half / single:5.1f}  {most / single:5.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--photographs", type=int, default=500)
    parser.add_argument("--alone", type=int, default=SECOND, help="photographs of the one client before them")
    parser.add_argument("--model", default="photochrom")
    words = parser.parse_args()
    photographs = {number: photograph(number) for number in range(words.photographs)}
    server = Server(words.model)
    try:
        load(server.port, {0: photograph(0)}, 1)  # warm
        lone, memory = alone(server, words.alone)
        begin = time.perf_counter()
        crowd = load(server.port, photographs, words.clients)
        seconds = time.perf_counter() - begin
        memory[f"and {crowd.requests} of {words.clients} clients"] = server.memory()
    finally:
        server.stop()
    wrong = mixed_up(crowd, photographs)
    lost = len(photographs) - len(crowd.results)
    print(f"{words.clients} clients, {words.photographs} photographs of {SIZE[1]} x {SIZE[0]}, {os.cpu_count()} cores")
    print(f"  {crowd.requests} requests in {seconds:.0f} s, {crowd.requests / seconds:.0f} a second")
    print(f"  {lost} lost, {len(wrong)} mixed up, {len(crowd.failures)} refused or failed")
    for failure in crowd.failures[:5]:
        print(f"    {failure}")
    table(lone, crowd)
    first = next(iter(memory.values()))
    for when, megabytes in memory.items():
        print(f"  memory after {when:32} {megabytes:5.0f} MB, {megabytes / first:.2f}")
    if wrong or lost:
        sys.exit(1)


def alone(server: Server, photographs: int) -> tuple[Log, dict[str, float]]:
    """What one client sees, and the server's memory while it rests after that client's first and last request."""
    log, memory = Log(), {}
    for start, stop in ((0, FIRST), (FIRST, photographs)):
        part = load(server.port, {number: photograph(number) for number in range(start, stop)}, 1)
        for kind, seconds in part.seconds.items():
            log.seconds[kind] += seconds
        log.requests += part.requests
        memory[f"{log.requests} requests of one client"] = server.memory()
    return log, memory


if __name__ == "__main__":
    main()
