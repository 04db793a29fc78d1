"""The server: what it tells, to whom, and that nothing tells which picture is fake before the answer."""

import re
from pathlib import Path
from random import Random

import pytest

from photochrom.addresses import is_ours
from photochrom.studies.turing.analysis import Analysis
from photochrom.studies.turing.app import PAGE, minutes
from photochrom.studies.turing.protocol import RANDOM, TRUTH, Protocol
from photochrom.studies.turing.report import read_study
from photochrom.studies.turing.store import Store
from turing_study import SHORT, SYSTEMS, Browser, Participant, browsing, current, make_pictures, make_store, take_part

WORDS = re.compile("|".join([TRUTH, RANDOM, *SYSTEMS, "vigilance", "png", "00\\d"]))


@pytest.fixture
def study(tmp_path: Path) -> tuple[Store, Browser]:
    store = make_store(tmp_path)
    make_pictures(tmp_path, store)
    with browsing(store, tmp_path) as browser:
        yield store, browser


def joined(browser: Browser) -> dict:
    browser.cookies.clear()
    browser.get("/")
    return browser.post("/api/consent", {"agree": True}).json()


def answered(browser: Browser, trial: dict, choice: int = 0) -> dict:
    body = {"trial": trial["trial"], "choice": choice, "shown": [1000, 1000], "response": 700, "hidden": False}
    return browser.post("/api/answer", body).json()


def test_before_the_answer_nothing_tells_the_two_pictures_apart(study: tuple[Store, Browser]) -> None:
    store, browser = study
    joined(browser)
    firsts = set()
    for number in range(SHORT.photographs):
        reply = browser.post("/api/next", {})
        trial = reply.json()
        assert set(trial) == {"trial", "number", "practice", "pictures"}
        told = reply.text
        for word in (trial["trial"], *trial["pictures"]):  # random: by chance they may hold anything
            told = told.replace(word, "")
        assert not WORDS.search(told)
        assert trial["practice"] == (number < SHORT.practice)
        pictures = [browser.get(f"/picture/{word}") for word in trial["pictures"]]
        assert [one.status_code for one in pictures] == [200, 200]
        assert list(pictures[0].headers.multi_items()) == list(pictures[1].headers.multi_items())
        assert len(pictures[0].content) == len(pictures[1].content)
        assert pictures[0].content != pictures[1].content
        assert {len(word) for word in trial["pictures"]} == {22}
        firsts.add(current(store.path, trial["trial"])[1][0] == TRUTH)
        assert (answered(browser, trial)["fake"] is not None) == (number < SHORT.practice)
    assert firsts == {True, False}


def test_a_picture_is_there_for_its_participant_while_the_trial_lasts(study: tuple[Store, Browser]) -> None:
    _, browser = study
    joined(browser)
    trial = browser.post("/api/next", {}).json()
    word = trial["pictures"][0]
    mine = dict(browser.cookies)
    joined(browser)  # somebody else
    assert browser.get(f"/picture/{word}").status_code == 404
    browser.cookies.clear()
    browser.cookies.update(mine)
    assert browser.get(f"/picture/{word}").status_code == 200
    answered(browser, trial)
    assert browser.get(f"/picture/{word}").status_code == 404
    assert browser.get("/picture/../study.sqlite").status_code == 404


def test_a_double_click_a_reload_and_a_second_tab(study: tuple[Store, Browser]) -> None:
    store, browser = study
    joined(browser)
    trial = browser.post("/api/next", {}).json()
    first, second = answered(browser, trial, 0), answered(browser, trial, 1)
    assert first == second
    assert first["answered"] == 1
    old = browser.post("/api/next", {}).json()
    assert {**loaded_again(browser), "fake": first["fake"]} == first
    new = browser.post("/api/next", {}).json()
    assert new["number"] == old["number"] == 2
    body = {"trial": old["trial"], "choice": 0, "shown": [1000, 1000], "response": 1, "hidden": False}
    assert browser.post("/api/answer", body).status_code == 409
    assert answered(browser, new)["answered"] == 0  # of the trials that count: practice is over
    assert [row["choice"] for row in store.rows("SELECT choice FROM trials WHERE choice IS NOT NULL")] == [0, 0]


def loaded_again(browser: Browser) -> dict:
    """The page loaded once more with its cookie, and consent sent once more."""
    assert "set-cookie" not in browser.get("/").headers
    state: dict = browser.post("/api/consent", {"agree": True}).json()
    assert state == browser.get("/api/state").json()
    return state


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"trial": "x", "choice": 2, "shown": [1, 1], "response": 1, "hidden": False},
        {"trial": "x", "choice": 0, "shown": [-1, 1], "response": 1, "hidden": False},
        {"trial": "x", "choice": 0, "shown": [1e300, 1], "response": 1, "hidden": False},
        {"trial": "x", "choice": 0, "shown": [1, 1, 1], "response": 1, "hidden": False},
        {"trial": "x" * 65, "choice": 0, "shown": [1, 1], "response": 1, "hidden": False},
        {"trial": "x", "choice": 0, "shown": [1, 1], "response": 1, "hidden": False, "mark": ""},
    ],
)
def test_what_the_page_never_sends_is_refused(study: tuple[Store, Browser], body: dict) -> None:
    store, browser = study
    joined(browser)
    reply = browser.post("/api/answer", body)
    assert (reply.status_code, reply.json()) == (422, {"detail": "This is not what the study's page sends."})
    assert store.rows("SELECT 1 FROM trials WHERE choice IS NOT NULL") == []


def test_nobody_takes_part_without_consent_or_cookie(study: tuple[Store, Browser]) -> None:
    store, browser = study
    assert browser.get("/api/state").status_code == 403
    browser.get("/")
    assert browser.get("/api/state").json()["stage"] == "consent"
    assert browser.post("/api/consent", {"agree": False}).status_code == 422
    assert browser.post("/api/next", {}).status_code == 409
    assert store.rows("SELECT 1 FROM participants") == []


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(study: tuple[Store, Browser]) -> None:
    cookie = study[1].get("/").headers["set-cookie"]
    assert re.match(r"photochrom-[0-9a-f]{8}=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=strict$", cookie)


@pytest.mark.parametrize("path", ["/", "/page/turing.js", "/api/state", "/picture/x", "/nowhere"])
def test_every_reply_carries_the_policy(study: tuple[Store, Browser], path: str) -> None:
    headers = study[1].get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1"}, 200),
        ({"origin": "http://127.0.0.1:9000"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "elsewhere.example"}, 421),
        ({"content-length": "5000"}, 413),
    ],
)
def test_only_its_own_page_posts(study: tuple[Store, Browser], headers: dict[str, str], status: int) -> None:
    study[1].get("/")
    assert study[1].post("/api/consent", {"agree": True}, **headers).status_code == status


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("192.168.1.20:8000", True),
        ("[::1]:8000", True),
        ("lab.local", True),
        ("lab.local.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[::1", False),
        ("user@evil.example", False),
    ],
)
def test_the_host_is_an_address_or_a_name_of_this_machine(host: str, ours: bool) -> None:
    assert is_ours(host, {"lab.local"}) == ours


def test_the_page_is_small_and_loads_from_nowhere_else(study: tuple[Store, Browser]) -> None:
    parts = [study[1].get(f"/page/{name}") for name in PAGE]
    assert sum(len(part.content) for part in parts) < 30_000
    for part in parts:
        assert not re.search(r"https?://|//cdn|@import|url\(", part.text)
    assert not re.search(r"<script>|<style>| style=| on\w+=", parts[0].text)


def test_a_session_takes_about_as_long_as_it_says() -> None:
    assert minutes(Protocol()) == 6
    assert minutes(Protocol(practice=0, trials=2)) == 2


def recovered(folder: Path, protocol: Protocol, skill: dict[str, float], people: int) -> Analysis:
    """What the report says after people of known skill took part in the browser's way."""
    store = make_store(folder, protocol, count=protocol.photographs + 5)
    with browsing(store, folder) as browser:
        for number in range(people):
            take_part(store, browser, Participant(skill, Random(number)).choice)
    return read_study(folder).analysis


def test_known_skill_is_recovered(tmp_path: Path) -> None:
    protocol = Protocol(practice=0, trials=10, vigilance=0.2, participants=12)
    analysis = recovered(tmp_path, protocol, {"vivid": 0.6, "dull": 0.85}, 24)
    rows = {row.system: row for row in analysis.rows}
    assert {name: row.participants for name, row in rows.items()} == {"vivid": 12, "dull": 12}
    assert rows["vivid"].low <= 40 <= rows["vivid"].high
    assert rows["dull"].low <= 15 <= rows["dull"].high
    assert analysis.differences[0].low <= 25 <= analysis.differences[0].high
    assert analysis.differences[0].low > 0
    assert analysis.vigilance == (48, 48)


def test_known_naturalness_is_recovered_in_a_rating(tmp_path: Path) -> None:
    protocol = Protocol("rating", practice=0, trials=20, exposure=None, participants=12)
    analysis = recovered(tmp_path, protocol, {TRUTH: 0.97, "vivid": 0.9, "dull": 0.5}, 12)
    for row, natural in zip(analysis.rows, (97, 90, 50), strict=True):
        assert row.trials == 12 * 6
        assert row.low <= natural <= row.high
