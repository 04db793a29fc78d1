"""How long each change that one makes on the page takes, from the request to the last byte of the preview.

A photograph of 12 megapixels is uploaded once; every slider is then moved ROUNDS times, each time to another value.

    python benchmarks/serve_steer.py
"""

import argparse
import json
import os
from collections.abc import Callable

import numpy as np

from photochrom.photo import Photo
from photochrom.resample import enlarge
from serve_load import BOUNDARY, Client, Log, Server

SIZE = (3000, 4000)
ROUNDS = 15
WIDTHS = (640, 1024, 1600)

CHANGES: dict[str, Callable[[int], str]] = {
    "temperature": lambda n: f"temperature={0.1 + n / 50}",
    "saturation": lambda n: f"saturation={1 + n / 50}",
    "strength": lambda n: f"strength={1 - n / 50}",
    "a variant": lambda n: f"sample={n}",
    "one hint": lambda n: f"hint={1000 + n},1000,%23c02020",
    "ten hints": lambda n: "&".join(f"hint={300 * k + n},{200 * k + 100},%23{k}0{9 - k}0a0" for k in range(10)),
}


def scene() -> bytes:
    """A gray JPEG with shapes and grain."""
    rng = np.random.default_rng(1)
    rough = rng.uniform(20, 235, (30, 40)).astype(np.float32)
    plane = enlarge(enlarge(rough, SIZE[0], 0), SIZE[1], 1) + rng.normal(0, 5, SIZE).astype(np.float32)
    return Photo.from_array(np.clip(plane, 0, 255).astype(np.uint8)).encode("jpeg", 92)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="photochrom")
    words = parser.parse_args()
    server = Server(words.model)
    try:
        log = Log()
        client = Client(server.port, log)
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        body = head.encode() + scene() + f"\r\n--{BOUNDARY}--\r\n".encode()
        address = f"/v1/photos/{json.loads(client.ask('upload', 'POST', '/v1/photos', body))['id']}"
        for width in WIDTHS:
            client.ask("warm", "GET", f"{address}/color?width={width}")
            for name, change in CHANGES.items():
                for n in range(ROUNDS):
                    client.ask(f"{name} {width}", "GET", f"{address}/color?width={width}&{change(n)}")
        for n in range(ROUNDS):
            client.ask("palette", "GET", f"{address}/palette?x={100 * n}&y={90 * n}")
        for _ in range(3):
            client.ask("download", "GET", f"{address}/color")
    finally:
        server.stop()
    show(log)


def show(log: Log) -> None:
    def spread(kind: str) -> str:
        half, most = np.percentile(log.seconds[kind], [50, 95]) * 1e3
        return f"{half:6.0f} {most:6.0f}"

    print(f"a photograph of {SIZE[1]} x {SIZE[0]}, {os.cpu_count()} cores; milliseconds, p50 and p95 of {ROUNDS}")
    print("  preview, longer side " + "".join(f"{width:>14} px" for width in WIDTHS))
    for name in CHANGES:
        print(f"  {name:20} " + "".join(f"{spread(f'{name} {width}'):>17}" for width in WIDTHS))
    print(f"  {'palette at a point':20} {spread('palette'):>17}")
    upload, download = (np.median(log.seconds[kind]) * 1e3 for kind in ("upload", "download"))
    print(f"  upload and network {upload:.0f} ms, download {download:.0f} ms")


if __name__ == "__main__":
    main()
