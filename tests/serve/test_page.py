"""The page of `photochrom serve` in a real browser: from a dropped photograph to the download, by mouse and by keys."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from page_browser import bring, color, download, drop, press, settled, tab
from photochrom.cli import main
from photochrom.photo import Photo
from pictures import saved
from serving_process import running

PHONE, TABLET, DESKTOP = (320, 600), (768, 1024), (1280, 800)


@pytest.fixture(scope="module")
def url(tiny: Path) -> Iterator[str]:
    with running(tiny, "--model", "photochrom") as server:
        yield f"http://127.0.0.1:{server.port}/"


@pytest.fixture(scope="module")
def photograph() -> bytes:
    """600 x 400: fields that the tiny model thinks blue, as likely blue as orange, rather orange, and orange."""
    pixels = np.full((400, 600), 60, np.uint8)
    pixels[:200, 300:], pixels[200:, :300], pixels[200:, 300:] = 119, 130, 200
    return saved(pixels, "png")


def looks(page: Page) -> dict[str, list[int]]:
    """The preview at the middle of each field."""
    return {f"{x},{y}": list(color(page, x, y)) for x in (0.25, 0.75) for y in (0.25, 0.75)}


def colorized(folder: Path, source: Path, model: Path, *words: str) -> np.ndarray:
    """What the command line makes of the same."""
    target = folder / f"by-command{source.suffix}"
    result = CliRunner().invoke(
        main, ["colorize", str(source), "-o", str(target), "--model", str(model), "--overwrite", *words]
    )
    assert result.exit_code == 0, result.output
    return Photo.read(target).pixels


def test_from_a_drop_to_the_download(
    chromium: Browser, url: str, photograph: bytes, tiny: Path, tmp_path: Path
) -> None:
    source = tmp_path / "großmutter.png"
    source.write_bytes(photograph)
    with tab(chromium, url, viewport={"width": 1280, "height": 800}) as page:
        bring(page, (source.name, photograph))
        expect(page.get_by_role("heading", name=source.name)).to_be_attached()
        as_it_came, first = color(page, 0.25, 0.25, "before"), looks(page)
        assert max(as_it_came) - min(as_it_came) < 4
        assert first["0.25,0.25"][2] > first["0.25,0.25"][0] + 20  # blue

        line = page.get_by_role("slider", name="How much is shown before coloring")
        handle = page.locator(".line").bounding_box() or {}
        page.mouse.move(handle["x"] + 22, handle["y"] + 200)
        page.mouse.down()
        page.mouse.move(handle["x"] - 200, handle["y"] + 210, steps=4)
        page.mouse.up()
        assert int(line.input_value()) in range(20, 40)
        expect(page.get_by_role("dialog")).to_have_count(0)  # sliding sets no hint

        page.get_by_label("Temperature").fill("0.1")
        settled(page)
        expect(page.locator("#temperature-said")).to_have_text("0.90")
        calm = looks(page)
        assert np.ptp(calm["0.25,0.75"]) < np.ptp(first["0.25,0.75"]) - 5  # less chroma where it is undecided

        press(page, 0.75, 0.25)
        expect(page.get_by_role("dialog", name="Which color is here?")).to_be_visible()
        swatches = page.locator("#swatches button")
        expect(swatches).to_have_count(2)  # blue and orange
        assert looks(page) == calm  # nothing is colored before one chooses
        blue = next(one for one in swatches.all() if "blue" in (one.get_attribute("aria-label") or ""))
        blue.click()
        settled(page)
        hinted = looks(page)
        assert hinted["0.75,0.25"][2] > hinted["0.75,0.25"][0] + 30
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("button", name="Hint 1:")).to_be_focused()

        page.get_by_role("button", name="Undo").click()
        settled(page)
        assert looks(page) == calm
        page.keyboard.press("Control+y")
        settled(page)
        assert looks(page) == hinted

        hints = download(page, "Save hints", tmp_path)
        assert hints.name == "großmutter.hints.json"
        assert json.loads(hints.read_text())["size"] == [600, 400]
        mine = download(page, "Download", tmp_path)
        expected = colorized(tmp_path, source, tiny, "--temperature", "0.9", "--hints", str(hints))
        assert mine.suffix == ".png"
        assert np.array_equal(Photo.read(mine).pixels, expected)

        page.get_by_label("Saturation").fill("0")
        settled(page)
        assert max(np.ptp(rgb) for rgb in looks(page).values()) < 4
        page.get_by_role("button", name="Reset").click()
        page.get_by_role("button", name="Delete hint 1").click()
        settled(page)
        assert looks(page) == first


def test_by_the_keyboard_alone(chromium: Browser, url: str, photograph: bytes) -> None:
    with tab(chromium, url) as page:
        bring(page, ("a.png", photograph))
        page.locator("#stage").focus()
        page.keyboard.press("+")
        page.keyboard.press("+")
        wide = (page.locator("#after img").bounding_box() or {})["width"]
        page.keyboard.press("ArrowRight")
        page.keyboard.press("0")
        assert (page.locator("#after img").bounding_box() or {})["width"] < wide * 0.8
        page.keyboard.press("h")  # a hint in the middle
        expect(page.locator("#swatches button").first).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        point = page.get_by_role("button", name="Hint 1:")
        expect(point).to_be_focused()
        expect(point).to_have_attribute("aria-label", re.compile(", 300 from the left, 200 from the top$"))
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowUp")
        expect(point).to_have_attribute("aria-label", re.compile(", 294 from the left, 170 from the top$"))
        page.keyboard.press("Enter")
        page.get_by_label("Chroma").fill("100")
        page.get_by_label("Hue").fill("140")
        settled(page)
        red, green, blue = color(page, 0.46, 0.42)
        assert green > max(red, blue)
        page.keyboard.press("Escape")
        page.keyboard.press("Delete")
        expect(point).to_have_count(0)
        page.keyboard.press("Control+z")
        expect(point).to_have_count(1)
        page.get_by_role("slider", name="How much is shown before coloring").focus()
        page.keyboard.press("End")
        assert page.locator("#split").input_value() == "100"


def geometry(page: Page) -> list[float]:
    """Left, top and width of the picture; before and after lie on each other, whatever one does."""
    boxes = [page.locator(f"#{half} img").bounding_box() or {} for half in ("before", "after")]
    assert boxes[0] == boxes[1]
    return [round(boxes[0][name], 1) for name in ("x", "y", "width")]


def test_before_and_after_zoom_and_pan_together(chromium: Browser, url: str, photograph: bytes) -> None:
    with tab(chromium, url, viewport={"width": 1000, "height": 800}, has_touch=True) as page:
        bring(page, ("a.png", photograph))
        whole = geometry(page)
        page.mouse.move(200, 300)
        page.mouse.wheel(0, -600)
        near = geometry(page)
        assert near[2] > 2 * whole[2]
        page.mouse.down()
        page.mouse.move(260, 340, steps=3)
        page.mouse.up()
        assert geometry(page) == [near[0] + 60, near[1] + 40, near[2]]
        expect(page.locator(".point")).to_have_count(0)
        page.get_by_role("button", name="Fit").click()
        assert geometry(page) == whole
        touch = page.context.new_cdp_session(page)
        for apart in (40, 80, 120):
            points = [{"x": 300 - apart, "y": 300, "id": 0}, {"x": 300 + apart, "y": 300, "id": 1}]
            kind = "touchStart" if apart == 40 else "touchMove"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        pinched = geometry(page)
        assert pinched[2] == pytest.approx(3 * whole[2], rel=0.1)
        assert 300 - pinched[0] == pytest.approx(3 * (300 - whole[0]), rel=0.1)  # the place between the fingers stays


def test_a_hint_without_a_color_leaves_nothing_behind(chromium: Browser, url: str, photograph: bytes) -> None:
    with tab(chromium, url) as page:
        bring(page, ("a.png", photograph))
        press(page, 0.75, 0.25)
        expect(page.locator("#swatches button")).to_have_count(2)
        page.get_by_label("Saturation").fill("0.5")  # while it is open
        settled(page)
        page.get_by_role("button", name="Done").click()
        expect(page.locator(".point")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#saturation-said")).to_have_text("1.00")
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()

        press(page, 0.75, 0.25)
        expect(page.locator("#swatches button")).to_have_count(2)
        plane = page.locator("#plane").bounding_box() or {}
        page.mouse.click(plane["x"] + 130, plane["y"] + 84)  # to the right is red
        settled(page)
        expect(page.get_by_role("button", name=re.compile("Hint 1: (red|pink)"))).to_be_visible()
        red, green, blue = color(page, 0.75, 0.25)
        assert red > max(green, blue) + 30
        page.mouse.click(plane["x"] + 2, plane["y"] + 2)  # no color is there: the nearest in that direction
        expect(page.get_by_role("button", name=re.compile("Hint 1: (green|turquoise)"))).to_be_visible()
        page.get_by_role("button", name="Delete hint", exact=True).click()
        expect(page.locator(".point")).to_have_count(0)


def test_with_a_token_the_page_works_by_its_cookie(chromium: Browser, tiny: Path, photograph: bytes) -> None:
    with running(tiny, "--token", "a-long-and-secret-word") as server:
        address = f"http://127.0.0.1:{server.port}/"
        with tab(chromium, f"{address}?token=a-long-and-secret-word", origin=address) as page:
            expect(page.locator("#examples button")).not_to_have_count(0)
            bring(page, ("a.png", photograph))
            assert "secret" not in page.url


def test_many_photographs_variants_style_model_and_a_zip(
    chromium: Browser, url: str, photograph: bytes, tmp_path: Path
) -> None:
    bright = saved(np.full((90, 60), 250, np.uint8), "jpeg")
    with tab(chromium, url) as page:
        bring(page, ("a.png", photograph), ("b.jpg", bright), ("a.png", photograph))
        first = looks(page)
        page.get_by_role("radio", name="b.jpg").check()
        settled(page)
        styled = looks(page)
        assert styled != first
        page.get_by_role("button", name="Compare variants").click()
        variants = page.get_by_role("dialog", name="Which one is best?")
        expect(variants.get_by_role("button", name="The model's own")).to_have_attribute("aria-pressed", "true")
        variants.get_by_role("button", name="Variant 2").click()
        settled(page)
        assert looks(page) != styled
        page.get_by_label("Model").select_option("photochrom")
        settled(page)
        page.get_by_role("button", name="Use for all photographs").click()
        packed = download(page, "All as zip", tmp_path)
        with zipfile.ZipFile(packed) as pack:
            assert len(pack.namelist()) == 3
            assert pack.testzip() is None
        page.get_by_role("button", name="Remove b.jpg").click()
        expect(page.locator("#strip li")).to_have_count(2)


def test_refusals_are_told_and_forgotten_photographs_come_back(
    chromium: Browser, url: str, photograph: bytes, tmp_path: Path
) -> None:
    with tab(chromium, url, ("Failed to load resource",)) as page:
        drop(page, ("letter.jpg", b"Dear grandmother, " * 9))
        expect(page.get_by_role("alert")).to_contain_text("letter.jpg")
        expect(page.get_by_role("button", name="Choose photographs")).to_be_visible()
        bring(page, ("a.png", photograph))
        first = looks(page)
        photo = page.evaluate("performance.getEntriesByType('resource').findLast((e) => /color/.test(e.name)).name")
        assert page.request.delete(photo.split("/color")[0], headers={"Origin": url[:-1]}).status == 204
        page.get_by_label("Strength").fill("0")
        settled(page)
        assert looks(page) != first
        page.get_by_role("button", name="Close this message").click()
        wrong = json.dumps({"photochrom_hints": 1, "size": [100, 100], "hints": []}).encode()
        drop(page, ("other.json", wrong))
        expect(page.get_by_role("alert")).to_contain_text("another shape")
        drop(page, ("broken.json", b"{"))
        expect(page.get_by_role("alert")).to_contain_text("is not a file of hints")
        half = {"photochrom_hints": 1, "size": [300, 200], "hints": [{"x": 50, "y": 40, "color": "#408040"}]}
        drop(page, ("half.json", json.dumps(half).encode()))
        expect(page.get_by_role("button", name="Hint 1: green, 100 from the left, 80 from the top")).to_be_visible()


def no_barriers(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_nothing_is_in_the_way_of_anybody(chromium: Browser, url: str, photograph: bytes) -> None:
    for scheme in ("light", "dark"):
        with tab(chromium, url, color_scheme=scheme) as page:
            expect(page.locator("#examples button")).not_to_have_count(0)
            no_barriers(page)
            bring(page, ("a.png", photograph), ("b.png", photograph))
            press(page, 0.75, 0.25)
            page.locator("#swatches button").first.click()
            page.get_by_text("Another color").click()
            settled(page)
            no_barriers(page)
            for opens, title in (("Compare variants", "Which one is best?"), ("Help", "Help")):
                page.get_by_role("button", name=opens).click()
                dialog = page.get_by_role("dialog", name=title, exact=True)
                settled(page)
                no_barriers(page)
                dialog.get_by_role("button", name="Close").click()


def test_light_and_dark_as_the_system_says_until_one_switches(chromium: Browser, url: str) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with tab(chromium, url, color_scheme="dark") as page:
        dark, switch = page.evaluate(ground), page.get_by_role("button", name="Dark")
        expect(switch).to_have_attribute("aria-pressed", "true")
        switch.click()
        light = page.evaluate(ground)
        assert light != dark
        page.reload()
        expect(switch).to_have_attribute("aria-pressed", "false")
        assert page.evaluate(ground) == light


@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP])
def test_everything_can_be_reached_from_phone_to_desktop(
    chromium: Browser, url: str, photograph: bytes, size: tuple[int, int]
) -> None:
    with tab(chromium, url, viewport={"width": size[0], "height": size[1]}, has_touch=size == PHONE) as page:
        wide = "document.documentElement.scrollWidth"
        expect(page.locator("#examples button")).not_to_have_count(0)
        assert page.evaluate(wide) == size[0]
        bring(page, ("a.png", photograph), ("b.png", photograph))
        assert page.evaluate(wide) == size[0]
        assert page.evaluate("document.getElementById('controls').scrollWidth") <= size[0]
        stage = page.locator("#stage").bounding_box() or {}
        assert stage["height"] >= 190
        for name in ("Undo", "Zoom in", "Add a hint in the middle", "Compare variants", "Download", "All as zip"):
            button = page.get_by_role("button", name=name, exact=True)
            button.scroll_into_view_if_needed()
            box = button.bounding_box() or {}
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0]
            assert box["height"] >= 40
        press(page, 0.75, 0.25)
        expect(page.locator("#swatches button").first).to_be_in_viewport()
        expect(page.get_by_role("button", name="Done")).to_be_in_viewport()
