"""Draws docs/images/turing.jpg: the page of `photochrom study turing` at the question and after a practice pair.

python docs/make_turing_images.py     needs playwright and Debian's Chromium
"""

import shutil
import tempfile
import threading
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import uvicorn
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from skimage import data

from photochrom.studies.turing.app import create_app
from photochrom.studies.turing.pictures import gather, prepare
from photochrom.studies.turing.protocol import Protocol
from photochrom.studies.turing.serve import listen
from photochrom.studies.turing.store import FILE, Store

TARGET = Path(__file__).resolve().parent / "images" / "turing.jpg"
SHOTS = ((600, 430, "light"), (360, 640, "dark"))  # width, height, scheme
PROTOCOL = Protocol(practice=1, trials=1, vigilance=0)


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "photos").mkdir()
        Image.fromarray(data.coffee()).save(folder / "photos" / "coffee.png")
        Image.fromarray(data.astronaut()).save(folder / "photos" / "astronaut.png")
        gathered = gather([folder / "photos"], ["photochrom"], [], folder)
        names = prepare(gathered, folder, lambda name: None, print)
        store = Store.create(folder / FILE, PROTOCOL, gathered.identities, names, Random(2))
        listening = listen("127.0.0.1", 0)
        config = uvicorn.Config(create_app(store, folder), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                write([shot(browser, url, *one) for one in SHOTS])
                browser.close()
        finally:
            server.should_exit = True
            thread.join()
            listening.close()


def shot(browser: Browser, url: str, width: int, height: int, scheme: str) -> list[Image.Image]:
    """The question, and the feedback after it."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Start practice").click()
    page.wait_for_selector(".answer.seen:enabled")
    question = page.screenshot()
    page.keyboard.press("1")
    page.get_by_role("button", name="Next pair").wait_for()
    both = [question, page.screenshot()]
    context.close()
    return [Image.open(BytesIO(one)).convert("RGB") for one in both]


def write(shots: list[list[Image.Image]]) -> None:
    """The desktop's two below each other, the phone's two beside them."""
    (question, feedback), phone = shots
    left = np.concatenate([np.asarray(question), np.asarray(feedback)])
    right = np.concatenate([np.asarray(one.resize((484, 860))) for one in phone], axis=1)
    sheet = Image.fromarray(np.concatenate([left, right], axis=1))
    sheet.resize((sheet.width * 5 // 8, sheet.height * 5 // 8), Image.Resampling.LANCZOS).save(TARGET, quality=85)


if __name__ == "__main__":
    main()
