"""A worker: a process that colors photographs for another one, one after the other. `workers.py` is its other end.

Both ends speak in pickled values by standard input and output. First comes a Setup, then Tasks; an Outcome answers
each. Between the two the worker may ask for the journal, which is the parent's alone: a Call, answered by a value or an
error. When standard input ends, the parent has ended, however it did, and so does the worker, at once.
"""

import os
import pickle
import queue
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from photochrom.archive.coloring import Coloring, Task
from photochrom.archive.journal import Source, Stamp, Verdict
from photochrom.archive.settings import Settings
from photochrom.colorizer import Colorizer
from photochrom.photo import Photo


@dataclass(frozen=True)
class Setup:
    """What a worker needs to know once: model and provider as in `Colorizer`, and the token of the journal's run."""

    model: str
    provider: str
    settings: Settings
    token: str


@dataclass(frozen=True)
class Call:
    """A method of the journal and its arguments."""

    method: str
    arguments: tuple[Any, ...]


class Distant:
    """The parent's journal, as a worker sees it."""

    def __init__(self, token: str, post: "Post") -> None:
        self.token, self._post = token, post

    def look(self, target: Path, source: Source) -> tuple[Verdict, Path | None]:
        """See `Journal.look`."""
        verdict: tuple[Verdict, Path | None] = self._ask("look", target, source)
        return verdict

    def enter(self, target: Path, source: Source, written: Stamp, provider: str) -> None:
        """See `Journal.enter`."""
        self._ask("enter", target, source, written, provider)

    def _ask(self, method: str, *arguments: Any) -> Any:
        self._post.send(Call(method, arguments))
        answer = self._post.take()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Post:
    """What comes in and goes out. Reads on a thread of its own, so that the end of the input is noticed at any time."""

    def __init__(self, inbox: IO[bytes], outbox: IO[bytes]) -> None:
        self._inbox, self._outbox = inbox, outbox
        self._came = queue.SimpleQueue[Any]()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, value: object) -> None:
        """Send a value."""
        pickle.dump(value, self._outbox)
        self._outbox.flush()

    def take(self) -> Any:
        """Wait for the next value."""
        return self._came.get()

    def _read(self) -> None:
        try:
            while True:
                self._came.put(pickle.load(self._inbox))
        except BaseException:  # the end, or the middle of a value that was cut off: nobody is there any more
            os._exit(0)


def main() -> None:
    """Work until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C goes to all processes of a terminal; the parent decides
        signal.signal(number, signal.SIG_IGN)
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the answers
    post = Post(sys.stdin.buffer, outbox)
    setup: Setup = post.take()
    settings = setup.settings
    colorizer = Colorizer(setup.model, setup.provider, threads=1)
    style = None if settings.style is None else Photo.read(settings.style)
    coloring = Coloring(colorizer, settings, style, Distant(setup.token, post), patient=True)
    while True:
        task: Task = post.take()
        post.send(coloring.color(task))
