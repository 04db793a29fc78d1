"""From consent to report in a real browser: headless Chromium before a server that is killed on the way."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from photochrom.addresses import listen
from photochrom.cli import main
from photochrom.studies.turing.app import create_app
from photochrom.studies.turing.protocol import RANDOM, TRUTH, Protocol
from photochrom.studies.turing.store import FILE
from pictures import smooth
from tiny_model import write_tiny_model
from turing_study import make_pictures, make_store

PATIENCE = 120_000  # milliseconds: machines that do other work meanwhile
EXPOSURE = 0.1
WIDTHS = (320, 360, 768, 1280)  # pixels: phones, a tablet, a desktop

expect.set_options(timeout=PATIENCE)


class Server:
    """`photochrom study turing` as a process of its own, that can be killed and started again at the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.study = folder, folder / "study"
        with closing(listen("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        words = ["study", "turing", "photos", "--model", "A=tiny.onnx", "--model", "B=tiny.onnx", "-o", "study"]
        numbers = ["--practice", "2", "--trials", "6", "--vigilance", "0.17", "--participants", "1"]
        times = ["--exposure", str(EXPOSURE), "--tolerance", "60", "--port", str(self.port)]
        log = self.folder / "log.txt"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "photochrom", *words, *numbers, *times], cwd=self.folder, stderr=file
            )
        end = time.monotonic() + PATIENCE / 1000
        while "is open at" not in log.read_text():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> str:
        """As by Ctrl-C; its last line."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE / 1000) == 0
        self.process = None
        return (self.folder / "log.txt").read_text().splitlines()[-1]

    def trial(self, page: Page) -> tuple[str, tuple[str, ...]]:
        """Phase and pictures of the trial that a page shows, which only the store knows."""
        (cookie,) = [one["value"] for one in page.context.cookies() if one["name"].startswith("photochrom-")]
        with closing(sqlite3.connect(self.study / FILE)) as db:
            phase, pictures = db.execute(
                "SELECT phase, pictures FROM trials JOIN participants ON id = participant "
                "WHERE cookie = ? AND choice IS NULL ORDER BY position LIMIT 1",
                (cookie,),
            ).fetchone()
        return phase, tuple(json.loads(pictures))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "photos").mkdir()
    waves = smooth(256, 600, 3)
    for number in range(9):
        Image.fromarray(waves[:, 30 * number : 30 * number + 256]).save(folder / "photos" / f"{number}.png")
    write_tiny_model(folder / "tiny.onnx")
    one = Server(folder)
    one.start()
    yield one
    one.kill()


@contextmanager
def tab(chromium: Browser, url: str) -> Iterator[Page]:
    """A page of somebody new; no error of its script is passed over."""
    with closing(chromium.new_context()) as context:
        context.set_default_timeout(PATIENCE)
        page, errors = context.new_page(), list[str]()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page
        assert errors == []


def question(page: Page) -> None:
    page.wait_for_selector(".answer.seen:enabled")


def the_fake(server: Server, page: Page) -> int:
    return 1 - server.trial(page)[1].index(TRUTH)


def test_from_consent_to_report(chromium: Browser, server: Server) -> None:
    with tab(chromium, server.url) as page:
        expect(page.get_by_role("button", name="Continue")).to_be_disabled()
        page.get_by_label("I have read this and agree to take part.").check()
        page.get_by_role("button", name="Continue").dblclick()
        expect(page.get_by_role("heading", name="What to do")).to_be_focused()
        page.get_by_role("button", name="Start practice").click()
        for number in (1, 2):
            question(page)
            expect(page.get_by_role("heading", name=f"Practice {number} of 2")).to_be_visible()
            fake = the_fake(server, page)
            page.locator(".answer").nth(fake).click()
            expect(page.get_by_text("Right. You found the fake.")).to_be_visible()
            expect(page.locator(".verdict").nth(fake)).to_have_text("fake colors")
            page.get_by_role("button", name="Next pair").click()
        page.get_by_role("heading", name="That was practice").wait_for()
        page.get_by_role("button", name="Start").click()

        question(page)  # 1: a double click answers once
        page.locator(".answer").nth(the_fake(server, page)).dblclick()

        question(page)  # 2: the server is killed before the answer, and comes back
        expect(page.get_by_role("heading", name="Pair 2 of 6")).to_be_visible()
        fake = the_fake(server, page)
        server.kill()
        page.locator(".answer").nth(fake).click()
        expect(page.get_by_role("alert")).to_contain_text("Trying again; nothing is lost.")
        server.start()

        question(page)  # 3: the page is loaded again
        page.reload()
        expect(page.get_by_text("You have answered 2 so far")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        question(page)
        expect(page.get_by_role("heading", name="Pair 3 of 6")).to_be_visible()
        page.keyboard.press(str(1 + the_fake(server, page)))

        question(page)  # 4: a second tab
        other = page.context.new_page()
        other.goto(server.url)
        other.get_by_role("button", name="Go on").click()
        question(other)
        page.locator(".answer").first.click()
        expect(page.get_by_role("heading", name="open elsewhere")).to_be_visible()
        other.locator(".answer").nth(the_fake(server, other)).click()
        question(other)
        page.get_by_role("button", name="Go on here").click()

        for number in (5, 6):
            question(page)
            expect(page.get_by_role("heading", name=f"Pair {number} of 6")).to_be_visible()
            page.locator(".answer").nth(the_fake(server, page)).click()
        expect(page.get_by_text("You found the fake colors in 6 of 6 pairs.")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    with tab(chromium, server.url) as page:  # somebody else, by keyboard alone, who is fooled but watches
        page.get_by_role("heading", name="A study of photographs").wait_for()
        for key in ("Tab", "Space", "Tab", "Enter"):
            page.keyboard.press(key)
        page.get_by_role("heading", name="What to do").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for number in range(8):
            question(page)
            phase, pictures = server.trial(page)
            choice = pictures.index(RANDOM) if RANDOM in pictures else pictures.index(TRUTH)
            page.keyboard.press(("ArrowLeft", "ArrowRight")[choice] if number % 2 else str(choice + 1))
            if phase == "practice":
                expect(page.get_by_role("button", name="Next pair")).to_be_focused()
                page.keyboard.press("Enter")
            if number == 1:
                page.get_by_role("heading", name="That was practice").wait_for()
                page.keyboard.press("Tab")
                page.keyboard.press("Enter")
        expect(page.get_by_text("You found the fake colors in 1 of 6 pairs.")).to_be_visible()

    with tab(chromium, server.url) as page:  # a third one comes too late
        page.get_by_label("I have read this").check()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("all the participants it needs")).to_be_visible()

    assert server.stop().startswith("Stopped. The votes are in study/study.sqlite; the same command goes on")

    out = server.folder / "report"
    result = CliRunner().invoke(
        main, ["study", "turing", "report", str(server.study), "-o", str(out), "--mistimed", "0.5"]
    )
    assert result.exit_code == 0, result.output
    record = json.loads((out / "results.json").read_text())
    assert sorted(row["percent"] for row in record["rows"]) == [0, 100]
    assert (record["participants"], record["left_out"]) == (2, {})
    assert record["vigilance"]["found"] == record["vigilance"]["trials"] > 0
    assert record["marked"] == {"again": 3}  # 3 after the reload, 4 and 5 in the second tab as well
    assert record["shown_ms"]["pictures"] == 2 * 12
    with closing(sqlite3.connect(server.study / FILE)) as db:
        times = [ms for (shown,) in db.execute("SELECT shown FROM trials") for ms in json.loads(shown)]
    assert min(times) >= 1000 * EXPOSURE - 20  # the nearest frame, never earlier by more than one


@contextmanager
def served_here(folder: Path, protocol: Protocol) -> Iterator[str]:
    """A study of gray squares, served by a thread."""
    store = make_store(folder, protocol, count=8)
    make_pictures(folder, store)
    listening: socket.socket = listen("127.0.0.1", 0)
    config = uvicorn.Config(create_app(store, folder, ["Mine <b>alone</b>."]), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server.should_exit = True
    thread.join()
    listening.close()


def test_a_rating_shows_one_picture_until_it_is_answered(chromium: Browser, tmp_path: Path) -> None:
    protocol = Protocol("rating", practice=0, trials=4, vigilance=0.25, exposure=None)
    with served_here(tmp_path, protocol) as url, tab(chromium, url) as page:
        expect(page.get_by_text("Mine <b>alone</b>.")).to_be_visible()  # a consent text of one's own is text
        page.get_by_label("I have read this").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Start").click()
        for number in range(4):
            expect(page.get_by_role("heading", name=f"Photograph {number + 1} of 4")).to_be_visible()
            page.get_by_role("button", name="Not natural").wait_for()
            expect(page.locator("img.seen:visible")).to_have_count(1)
            if number % 2:
                page.keyboard.press("y")
            else:
                page.get_by_role("button", name="Not natural").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        assert [row[0] for row in db.execute("SELECT choice FROM trials ORDER BY position")] == [0, 1, 0, 1]
        assert {row[0] for row in db.execute("SELECT mark FROM trials")} == {""}


def test_nothing_is_cut_off_from_phone_to_desktop(chromium: Browser, tmp_path: Path) -> None:
    protocol = Protocol(practice=1, trials=2, vigilance=0, exposure=0.05, tolerance=60)
    with served_here(tmp_path, protocol) as url, tab(chromium, url) as page:
        page.get_by_label("I have read this").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Start practice").click()
        question(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            boxes = [box.bounding_box() or {} for box in page.locator(".answer").all()]
            assert [(box["width"], box["height"]) for box in boxes] == [(256, 256)] * 2
        page.keyboard.press("1")
        page.get_by_role("button", name="Next pair").wait_for()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
            assert size == [width, 640]  # all of it is in sight, without scrolling
