"""How long after a change the page of `photochrom serve` shows it: from the event to the decoded picture on the stage.

    python benchmarks/page_steer.py [PHOTO] [--changes 12]

In headless Chromium (Debian's), on this machine, one change after the other; a change is made when the one before is
shown. `all at once` is a slider dragged over its whole length without waiting: the time until its last place is shown.
The picture is examples/lake-sherburne.jpg unless told.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "lake-sherburne.jpg"
LAST = "performance.getEntriesByName('preview').at(-1).duration"
SET = """([name, values]) => {
  const slider = document.getElementById(name);
  for (const value of values) { slider.value = value; slider.dispatchEvent(new Event("input")); }
  slider.dispatchEvent(new Event("change"));
}"""


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("photograph", nargs="?", default=str(EXAMPLE))
    ask.add_argument("--changes", type=int, default=12)
    said = ask.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("No Chromium is installed here; install Debian's package chromium.")
        return
    command = [sys.executable, "-m", "photochrom", "serve", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server, sync_playwright() as playwright:
        assert server.stderr is not None
        address = re.findall(r"http://\S+/", server.stderr.readline())[0]
        page = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        page.goto(address)
        page.set_input_files("#files", said.photograph)
        expect(page.locator("#after img")).to_have_attribute("src", re.compile("blob:"), timeout=60_000)
        report(page, said.changes)
        server.terminate()


def report(page: Page, changes: int) -> None:
    values = [number / changes for number in range(changes)]
    kinds: dict[str, Callable[[float], object]] = {
        "temperature": lambda value: page.evaluate(SET, ["temperature", [value]]),
        "saturation": lambda value: page.evaluate(SET, ["saturation", [value]]),
        "all at once": lambda value: page.evaluate(SET, ["strength", [one / 100 for one in range(100)] + [value]]),
    }
    settle(page)
    print(f"{'milliseconds':14} {'median':>6} {'most':>6}")
    for name, change in kinds.items():
        line(name, [timed(page, change, value) for value in values])
    box = page.locator("#after img").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.2 * box["height"])
    page.locator("#swatches button").first.wait_for()
    page.locator("details").evaluate("(one) => { one.open = true; }")
    line("color of hint", [timed(page, lambda v: page.evaluate(SET, ["hue", [360 * v]]), value) for value in values])


def timed(page: Page, change: Callable[[float], object], value: float) -> float:
    change(value)
    settle(page)
    return float(page.evaluate(LAST))


def settle(page: Page) -> None:
    """The change is shown, and the sharper picture after it too, so that the next one has the machine for itself."""
    expect(page.locator("#stage")).to_have_attribute("aria-busy", "false")
    page.wait_for_timeout(700)


def line(name: str, times: list[float]) -> None:
    print(f"{name:14} {statistics.median(times):6.0f} {max(times):6.0f}", flush=True)


if __name__ == "__main__":
    main()
