"""The page of `photochrom serve` in headless Chromium: a tab of somebody new, and what one does in it."""

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

PATIENCE = 60_000  # milliseconds: machines that do other work meanwhile

expect.set_options(timeout=PATIENCE)

DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name));
  }
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""
COLOR = """([half, x, y]) => {
  const image = document.querySelector(`#${half} img`), canvas = document.createElement("canvas");
  if (!image.naturalWidth) return null;
  const { width, height } = Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(x * width, y * height, 1, 1).data].slice(0, 3);
}"""


@contextmanager
def tab(
    chromium: Browser, url: str, complaints: tuple[str, ...] = (), origin: str = "", **context: Any
) -> Iterator[Page]:
    """A page of somebody new. No error of its script is passed over, nor one of loading but for `complaints`."""
    with closing(chromium.new_context(reduced_motion="reduce", accept_downloads=True, **context)) as one:
        one.set_default_timeout(PATIENCE)
        page, errors = one.new_page(), list[str]()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: said.type in ("error", "warning") and errors.append(said.text))
        page.on(
            "request", lambda request: request.url.startswith((origin or url, "blob:")) or errors.append(request.url)
        )
        page.goto(url)
        yield page
        assert [error for error in errors if not any(known in error for known in complaints)] == []


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Files from the desktop onto the page."""
    page.evaluate(DROP, [[[name, base64.b64encode(data).decode()] for name, data in files]])


def bring(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop them and wait until the first one is in color and all are there."""
    before = page.locator("#strip li").count()
    drop(page, *files)
    expect(page.locator("#strip li")).to_have_count(before + len(files))
    settled(page)


def settled(page: Page) -> None:
    """Nothing is on its way any more."""
    expect(page.locator(".waiting, .working")).to_have_count(0)
    expect(page.locator("#stage")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#before img[src]")).to_have_count(1)


def color(page: Page, x: float, y: float, half: str = "after") -> tuple[int, int, int]:
    """The preview's color at a place, in parts of the photograph."""
    red, green, blue = page.evaluate(COLOR, [half, x, y])
    return red, green, blue


def press(page: Page, x: float, y: float) -> None:
    """Click a place of the photograph, in parts of it."""
    page.locator("#stage").scroll_into_view_if_needed()
    box = page.locator("#after img").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def download(page: Page, name: str, folder: Path) -> Path:
    """Press the button of this name; the file that it gives."""
    with page.expect_download() as found:
        page.get_by_role("button", name=name, exact=True).click()
    target = folder / found.value.suggested_filename
    found.value.save_as(target)
    return target
