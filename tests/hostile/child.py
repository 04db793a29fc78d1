"""A worker in a child process, with a limit on time; it is started again after it died."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

HERE = Path(__file__).resolve().parent
MAX_PIXELS = 4_000_000  # so that an honest picture of half a gigapixel takes no minute of a run; bombs have own tests
START = 120.0  # seconds to load the libraries, also on a machine that is busy


class Child:
    """Asks a worker about files. With each answer comes `noise`, what the libraries printed meanwhile."""

    def __init__(self, model: Path, folder: Path, seconds: float, worker: str = "hostile.worker") -> None:
        self.model, self.seconds, self.worker = model, seconds, worker
        self.noise = (folder / "noise").open("w+b")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()
        self.noise.close()

    def ask(self, path: Path, streamed: bool = False, most: int = MAX_PIXELS) -> Mapping[str, object]:
        """The worker's answer; `outcome` is also "crash" (with the signal) or "hang"."""
        if self.process is None:
            self.process = self._start()
        assert self.process.stdin is not None
        before = os.fstat(self.noise.fileno()).st_size
        try:
            self.process.stdin.write(
                json.dumps({"path": str(path), "streamed": streamed, "most": most}).encode() + b"\n"
            )
            self.process.stdin.flush()
            line = _line(self.process.stdout, self.seconds)
        except BrokenPipeError:
            line = b""
        answer = json.loads(line) if line else self._lost(hung=line is None)
        self.noise.seek(before)
        return {**answer, "noise": self.noise.read().decode(errors="replace")}

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", self.worker, str(self.model)]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VIPS_CONCURRENCY"), "1")
        places = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(places)}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.noise, env=environment
        )
        if not _line(process.stdout, START):
            process.kill()
            process.wait()
            self.noise.seek(0)
            raise RuntimeError(f"the worker does not start: {self.noise.read().decode(errors='replace')[-2000:]}")
        return process

    def _lost(self, hung: bool) -> dict[str, object]:
        assert self.process is not None
        if hung:
            self._stop()
            return {"outcome": "hang", "sentence": f"no answer within {self.seconds:g} s"}
        status = self.process.wait()
        self._stop()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return {"outcome": "crash", "sentence": f"the process ended with {how}"}

    def _stop(self) -> None:
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process = None


def _line(pipe: IO[bytes] | None, seconds: float) -> bytes | None:
    """The next line, b"" at the end, None after so many seconds. The worker writes a line at once and one at a time."""
    assert pipe is not None
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        return pipe.readline() if selector.select(seconds) else None
