"""Draws docs/images/page-*.webp: the page of `photochrom serve` at three widths, light and dark.

make screenshots     needs playwright and Debian's Chromium
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PHOTOGRAPHS = ("eileen-collins", "grace-hopper", "lake-sherburne", "osprey", "raccoon", "citrus")
QUALITY = 82  # of WebP: 20 to 60 kB each


@dataclass(frozen=True)
class Shot:
    """What one picture shows."""

    name: str
    size: tuple[int, int]  # pixels of the window
    photograph: str
    split: int  # percent before
    place: tuple[float, float] | None = None  # where a hint is set, in parts of the photograph
    suggestion: int = 0  # which color it gets


SHOTS = (
    Shot("desktop", (1280, 800), "eileen-collins", 32, (0.59, 0.56), 0),
    Shot("tablet", (820, 1080), "lake-sherburne", 50),
    Shot("phone", (390, 780), "grace-hopper", 40, (0.7, 0.1), 0),
)


def main() -> None:
    """Write them all."""
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        write("start", start(browser, url))
        for shot in SHOTS:
            for scheme in ("light", "dark"):
                write(f"{shot.name}-{scheme}", work(browser, url, shot, scheme))
        browser.close()


@contextmanager
def server() -> Iterator[str]:
    """The address of `photochrom serve`, with the shipped model."""
    command = [sys.executable, "-m", "photochrom", "serve", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+/", process.stderr.readline())
        assert found is not None
        yield found[0]
        process.terminate()


def page_of(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    """A tab of somebody new."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#examples button")).not_to_have_count(0)
    page.wait_for_load_state("networkidle")
    return page


def start(browser: Browser, url: str) -> bytes:
    """The page before there is a photograph."""
    page = page_of(browser, url, (1280, 800), "light")
    return finished(page)


def work(browser: Browser, url: str, shot: Shot, scheme: str) -> bytes:
    """The page with photographs, and a hint whose color is being chosen."""
    page = page_of(browser, url, shot.size, scheme)
    page.set_input_files("#files", [str(ROOT / "examples" / f"{name}.jpg") for name in PHOTOGRAPHS])
    expect(page.locator(".waiting, .working")).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name=f"{shot.photograph}.jpg", exact=True).click()
    settle(page)
    page.locator("#split").fill(str(shot.split))
    if shot.place is not None:
        box = page.locator("#after img").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + shot.place[0] * box["width"], box["y"] + shot.place[1] * box["height"])
        page.locator("#swatches button").nth(shot.suggestion).click()
        settle(page)
    return finished(page)


def settle(page: Page) -> None:
    """Until the preview is there, as sharp as the screen."""
    expect(page.locator("#stage")).to_have_attribute("aria-busy", "false")
    page.wait_for_timeout(1500)


def finished(page: Page) -> bytes:
    """The window as PNG; the tab is closed."""
    png = page.screenshot()
    page.context.close()
    return png


def write(name: str, png: bytes) -> None:
    """As WebP, small."""
    Image.open(BytesIO(png)).convert("RGB").save(IMAGES / f"page-{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
