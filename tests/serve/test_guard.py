"""Who is heard: this machine's own names, its own page, and with a token set, whoever brings it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from photochrom.addresses import own_names
from photochrom.serve.guard import COOKIE
from serving import GRAY, Client, problem, serving

TOKEN = "a word that nobody guesses"
HERE = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def locked(tiny: Path) -> Iterator[Client]:
    with serving({"tiny": tiny}, token=TOKEN) as client:
        yield client


@pytest.fixture(autouse=True)
def no_cookies(locked: Client) -> None:
    locked.web.cookies.clear()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:8080", 200),
        ("192.168.1.7", 200),
        ("photos.example.org", 421),
        ("127.0.0.1.example.org", 421),
        ("localhost.example.org:8080", 421),
        ("", 421),
        ("[::1", 421),
    ],
)
def test_only_names_of_this_machine_are_answered(client: Client, host: str, status: int) -> None:
    response = client.ask("GET", "/v1/models", headers={"Host": host})
    assert response.status_code == status
    if status != 200:
        assert problem(response)[0] == status


def test_the_machines_own_name_counts_where_it_listens_to_others(tiny: Path) -> None:
    with serving({"tiny": tiny}, token=TOKEN, names=tuple(own_names("attic"))) as client:
        for host in ("attic:8080", "ATTIC"):
            assert client.ask("GET", "/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "origin", ["http://example.org", "http://127.0.0.1:9999", "http://localhost:8080", "null", "http://["]
)
def test_nothing_is_changed_from_other_sites(client: Client, method: str, origin: str) -> None:
    address = client.bring()
    path = address if method == "DELETE" else "/v1/photos"
    response = client.ask(method, path, headers={"Origin": origin}, files={"file": GRAY} if method == "POST" else None)
    assert problem(response)[0] == 403
    assert client.get(address).status_code == 200


def test_the_own_page_changes_things(client: Client) -> None:
    headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    assert client.ask("POST", "/v1/photos", headers=headers, files={"file": GRAY}).status_code == 201


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_see_nothing_and_may_link_to_the_page(client: Client, site: str) -> None:
    address = client.bring()
    for path in (address, f"{address}/color", "/v1/models", "/metrics"):
        assert problem(client.ask("GET", path, headers={"Sec-Fetch-Site": site}))[0] == 403
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.ask("GET", "/docs", headers=link).status_code == 200
    assert problem(client.ask("GET", address, headers=link))[0] == 403


def test_without_the_token_nothing_but_health_is_told(locked: Client) -> None:
    for method, path in (("GET", "/"), ("GET", "/v1/models"), ("POST", "/v1/photos"), ("GET", "/nothing")):
        response = locked.ask(method, path)
        assert problem(response)[0] == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert locked.get("/health").status_code == 200


@pytest.mark.parametrize("word", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xff"])
def test_other_words_are_not_the_token(locked: Client, word: str) -> None:
    response = locked.ask("GET", "/v1/models", headers=[(b"Authorization", word.encode("latin-1"))])
    assert problem(response)[0] == 401


def test_programs_bring_the_token_in_a_header(locked: Client) -> None:
    assert locked.ask("GET", "/v1/models", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_the_page_brings_it_once_and_keeps_a_cookie(locked: Client) -> None:
    response = locked.get("/", token=TOKEN)
    cookie = response.headers["set-cookie"]
    assert re.search(r"HttpOnly; Path=/; SameSite=strict$", cookie)
    assert "token" not in cookie
    assert TOKEN not in cookie
    assert 'content="0;url=/"' in response.text  # the token goes out of the address bar
    assert locked.get("/v1/models").status_code == 200
    locked.web.cookies.set(COOKIE, TOKEN)
    assert problem(locked.get("/v1/models"))[0] == 401


def test_the_token_in_the_address_counts_for_the_page_alone(locked: Client) -> None:
    assert problem(locked.get("/", token="wrong"))[0] == 401
    assert problem(locked.get("/v1/models", token=TOKEN))[0] == 401


def test_every_answer_carries_the_policy(client: Client, locked: Client) -> None:
    address = client.bring()
    answers = [client.get(path) for path in ("/", "/docs", "/health", address, f"{address}/color", "/nothing")]
    answers += [client.upload(b"x"), locked.get("/"), locked.get("/", token=TOKEN)]
    for response in answers:
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in response.headers


def test_the_description_of_the_api_loads_nothing_from_elsewhere(client: Client) -> None:
    text = client.get("/docs").text
    assert re.findall(r'(?:src|href)="([^"#]+)"', text) == ["/docs/reference.css", "/openapi.json", "/"]
    assert "<script" not in text
    assert "style=" not in text
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in text
    assert client.get("/docs/reference.css").headers["content-type"].startswith("text/css")


def test_where_a_problem_says_more_the_description_has_a_place(client: Client) -> None:
    address = client.upload(b"x").json()["type"]
    assert f'id="{address.removeprefix("/docs#")}"' in client.get("/docs").text
