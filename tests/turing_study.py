"""Small studies for tests: a store with gray squares for pictures, and participants of known skill."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import numpy as np

from photochrom.studies.turing.app import create_app
from photochrom.studies.turing.pictures import picture, plain_png
from photochrom.studies.turing.protocol import RANDOM, TRUTH, Protocol
from photochrom.studies.turing.store import FILE, Store

SYSTEMS = {"vivid": "1" * 64, "dull": "2" * 64}
SHORT = Protocol(practice=2, trials=10, vigilance=0.2, participants=50)


def make_store(folder: Path, protocol: Protocol = SHORT, count: int = 20, seed: int = 7) -> Store:
    """A study without pictures, in which everything is drawn from a seed."""
    names = [f"{number:03}.png" for number in range(count)]
    return Store.create(folder / FILE, protocol, SYSTEMS, names, Random(seed))


def make_pictures(folder: Path, store: Store) -> None:
    """For every system another gray, so that an observer of the pictures could tell, and nobody else."""
    for place, system in enumerate((TRUTH, RANDOM, *store.systems)):
        data = plain_png(np.full((256, 256, 3), 60 * place, np.uint8))
        for name in store.files():
            path = picture(folder, system, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


class Browser:
    """Requests to a study without a socket, one after the other; it keeps cookies as a browser does."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient) -> None:
        self._runner, self._client, self.cookies = runner, client, client.cookies

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._runner.run(self._client.get(path, headers=headers))

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self._runner.run(self._client.post(path, json=body, headers=headers))


@contextmanager
def browsing(store: Store, folder: Path) -> Iterator[Browser]:
    """A browser without cookies before a study."""
    app = create_app(store, folder)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
    with asyncio.Runner() as runner:
        yield Browser(runner, client)
        runner.run(client.aclose())


def current(path: Path, nonce: str) -> tuple[str, tuple[str, ...]]:
    """What only the store knows of a trial that is shown: its phase, and whose pictures they are."""
    with sqlite3.connect(path) as db:
        phase, pictures = db.execute("SELECT phase, pictures FROM trials WHERE nonce = ?", (nonce,)).fetchone()
    db.close()
    return phase, tuple(json.loads(pictures))


@dataclass(frozen=True)
class Participant:
    """Finds the fake of each system with a probability; of random always."""

    skill: Mapping[str, float]
    random: Random

    def choice(self, pictures: tuple[str, ...]) -> int:
        """Of a pair the one called fake; of a single picture 1, natural, as often as its system's number says."""
        if len(pictures) == 1:
            return int(self.random.random() < self.skill.get(pictures[0], 0.0))
        truth = pictures.index(TRUTH)
        found = self.random.random() < self.skill.get(pictures[1 - truth], 1.0)
        return 1 - truth if found else truth


def take_part(store: Store, browser: Browser, choice: Callable[[tuple[str, ...]], int], ms: float = 1000.0) -> dict:
    """From the first look at the page to the last answer; the last state."""
    browser.cookies.clear()
    browser.get("/")
    state = browser.post("/api/consent", {"agree": True}).json()
    while state["stage"] in ("practice", "test"):
        trial = browser.post("/api/next", {}).json()
        _, pictures = current(store.path, trial["trial"])
        shown = [ms] * len(pictures)
        body = {"trial": trial["trial"], "choice": choice(pictures), "shown": shown, "response": 600, "hidden": False}
        state = browser.post("/api/answer", body).json()
    return state
