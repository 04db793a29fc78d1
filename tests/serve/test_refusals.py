"""Whatever is refused is refused with the right status and a sentence, and the server is well afterwards."""

import asyncio
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner

from photochrom.cli import main
from photochrom.serve.limits import Limits
from pictures import chunk, png_header, saved
from serving import GRAY, Client, problem, serving

SMALL = Limits(
    upload=300_000, pixels=1_000_000, photographs=5, memory=2_000_000, uploads=40, queue=4, seconds=20, silence=0.3
)


@pytest.fixture
def strict(tiny: Path) -> Iterator[Client]:
    with serving({"tiny": tiny}, SMALL) as client:
        yield client


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a hundred kilobytes."""
    deflate = zlib.compressobj(9)
    rows = deflate.compress(bytes(30_001 * 3000)) + deflate.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HALF = GRAY[: len(GRAY) // 2]
FILES = {
    "no picture": (b"Dear diary", 415, "old.jpg is not a picture"),
    "another kind": (b"%PDF-1.7 and so on", 415, "old.jpg is a PDF document"),
    "nothing": (b"", 422, "old.jpg is empty"),
    "half a JPEG": (HALF, 422, "old.jpg is damaged or cut short"),
    "a bomb": (bomb(), 413, "old.jpg has 30000 x 30000 pixels"),
    "claims": (png_header(60_000, 60_000), 413, "old.jpg has 60000 x 60000 pixels"),
    "too many pixels": (saved(np.zeros((1100, 1000), np.uint8), "png"), 413, "more than the 1 megapixels"),
    "too many bytes": (bytes(400_000), 413, "larger than the 0.3 MB"),
    "far too many bytes": (bytes(4_000_000), 413, "larger than the 0.3 MB"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("path", ["/v1/photos", "/v1/colorize"])
def test_files_that_are_refused(strict: Client, kind: str, path: str) -> None:
    data, status, words = FILES[kind]
    found, sentence = problem(strict.ask("POST", path, files={"file": ("old.jpg", data)}))
    assert found == status
    assert words in sentence
    assert strict.studio.memory.used == 0
    assert strict.upload().status_code == 201


@pytest.mark.parametrize("kind", ["no picture", "another kind", "nothing", "half a JPEG"])
def test_the_sentence_is_that_of_the_command_line(
    client: Client, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.jpg").write_bytes(FILES[kind][0])
    done = CliRunner().invoke(main, ["colorize", "old.jpg", "-o", "new.jpg", "--model", str(tiny)])
    assert done.stderr == f"Error: {problem(client.upload(FILES[kind][0]))[1]}\n"


FORMS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no form": ({"json": {"file": "a.jpg"}}, 415, "A form is expected"),
    "no body": ({}, 415, "A form is expected"),
    "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 415, "A form is expected"),
    "no file": ({"data": {"size": "64"}, "files": {"other": b"x"}}, 422, "The form needs a file"),
    "file as text": ({"data": {"file": "a.jpg"}}, 422, "The form needs a file"),
    "two files": ({"files": [("file", GRAY), ("file", GRAY)]}, 422, "more than one 'file'"),
    "three files": ({"files": [("file", GRAY)] * 3}, 422, "Too many files"),
    "a size": ({"files": {"file": GRAY}, "data": {"size": "5000"}}, 422, "size: input should be less than"),
    "a word": ({"files": {"file": GRAY}, "data": {"size": "big"}}, 422, "size: input should be a valid integer"),
    "a model": ({"files": {"file": GRAY}, "data": {"model": "../../x"}}, 422, "There is no model '../../x' here"),
    "an address": ({"files": {"file": GRAY}, "data": {"url": "http://x"}}, 422, "There is no option 'url'"),
    "a long field": ({"files": {"file": GRAY}, "data": {"model": "x" * 200_000}}, 422, "The form can't be read"),
    "no header": (
        {"content": b"--x\r\n[]--x--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        422,
        "The form can't be read",
    ),
    "garbage": (
        {"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        422,
        "The form",
    ),
}


@pytest.mark.parametrize("kind", FORMS)
def test_forms_that_are_refused(strict: Client, kind: str) -> None:
    what, status, words = FORMS[kind]
    found, sentence = problem(strict.ask("POST", "/v1/photos", **what))
    assert (found, words in sentence) == (status, True), sentence
    assert strict.studio.memory.used == 0


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("color?temperature=11", 422, "temperature: input should be less than or equal to 10."),
        ("color?temperature=nan", 422, "temperature: "),
        ("color?width=4", 422, "width: "),
        ("color?width=100000", 422, "width: "),
        ("color?readout=loud", 422, "readout: "),
        ("color?sample=-1", 422, "sample: "),
        ("color?model=nobody", 422, "There is no model 'nobody' here; known are tiny."),
        ("color?style=nobody", 404, "There is no such photograph"),
        ("color?hint=1,2", 422, "A hint is written x,y,#rrggbb"),
        ("color?hint=1000,2,%23ff0000", 422, "The hint at 1000,2 lies outside of the photograph"),
        ("color?url=http://example.org/a.jpg", 422, "There is no option 'url'"),
        ("color?format=bmp", 422, "format: "),
        ("palette?x=80&y=3", 422, "80,3 lies outside of the photograph, which has 80 x 60 pixels."),
        ("palette?x=1", 422, "y is missing."),
        ("nothing", 404, "There is nothing at this address"),
    ],
)
def test_questions_that_are_refused(client: Client, query: str, status: int, words: str) -> None:
    found, sentence = problem(client.ask("GET", f"{client.bring()}/{query}"))
    assert (found, words in sentence) == (status, True), sentence


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/photos/nobody", 404),
        ("GET", "/v1/photos/..%2f..%2fetc%2fpasswd/color", 404),
        ("GET", "/page/..%2fapp.py", 404),
        ("GET", "/page/../app.py", 404),
        ("GET", "/page/%2e%2e/app.py", 404),
        ("GET", "/page/app.py", 404),
        ("GET", "/v1/examples/..%2f__init__.py", 404),
        ("GET", "/v1/examples/README.md", 404),
        ("PUT", "/v1/photos", 405),
        ("GET", "/v1/photos", 405),
        ("POST", "/", 405),
    ],
)
def test_addresses_that_are_refused(client: Client, method: str, path: str, status: int) -> None:
    assert problem(client.ask(method, path))[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 422),
        (b"[" * 100_000, 422),
        (b'{"photos": []}', 422),
        (b'{"photos": [{"id": "x"}]}', 404),
        (b'{"photos": [{"id": "x", "path": "/etc/passwd"}]}', 422),
        (b" " * 1_100_000, 413),
    ],
)
def test_zips_that_are_refused(client: Client, body: bytes, status: int) -> None:
    assert problem(client.ask("POST", "/v1/zip", content=body))[0] == status


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/photos", "POST"), ("/v1/photos/x", "DELETE, GET"), ("/health", "GET"), ("/", "GET")]
)
def test_a_method_that_is_refused_comes_with_those_that_are_taken(client: Client, path: str, allowed: str) -> None:
    assert client.ask("OPTIONS", path).headers["allow"] == allowed


def test_no_acceptable_format(client: Client) -> None:
    for accept in ("text/html", "image/png;q=0", "application/json"):
        response = client.ask("POST", "/v1/colorize", files={"file": GRAY}, headers={"Accept": accept})
        assert problem(response)[0] == 406


def test_too_many_photographs(strict: Client) -> None:
    addresses = [strict.bring() for _ in range(SMALL.photographs)]
    response = strict.upload()
    assert problem(response)[0] == 429
    assert response.headers["retry-after"] == "5"
    strict.ask("DELETE", addresses[0])
    assert strict.upload().status_code == 201


def test_a_full_memory(strict: Client) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (500, 590), np.uint8)
    large = saved(noise, "png")
    assert 280_000 < len(large) < 300_000
    strict.studio.memory.limit = 3 * len(large)
    answers = [strict.upload(large).status_code for _ in range(4)]
    assert answers == [201, 201, 503, 503]
    assert strict.studio.memory.used <= 3 * len(large)


def test_photographs_are_gone_after_a_time(tiny: Path) -> None:
    with serving({"tiny": tiny}, Limits(keep=0.3)) as client:
        address = client.bring()
        client.run(asyncio.sleep(0.2))
        assert client.get(address).status_code == 200  # used again
        client.run(asyncio.sleep(0.5))
        assert problem(client.get(address))[0] == 404
        assert client.studio.memory.used == 0


def test_200_uploads_at_the_same_time_are_done_or_refused(strict: Client) -> None:
    """Each is more than what is allowed, or one of more than may wait."""

    async def all_of_them(data: bytes) -> list[httpx.Response]:
        asked = [strict.web.post("/v1/colorize", files={"file": ("a.jpg", data)}) for _ in range(200)]
        return list(await asyncio.gather(*asked))

    refused = strict.run(all_of_them(bytes(400_000)))
    assert Counter(response.status_code for response in refused) == {413: 200}
    answers = strict.run(all_of_them(GRAY))
    counts = Counter(response.status_code for response in answers)
    assert set(counts) == {200, 503}
    assert counts[200] >= SMALL.queue
    for response in answers:
        if response.status_code == 503:
            assert problem(response)[1].endswith("try again in a few seconds.")
    assert len({response.content for response in answers if response.status_code == 200}) == 1
    assert strict.studio.memory.used == 0
    assert strict.upload().status_code == 201


def test_a_silent_client_is_given_up(strict: Client) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"--x\r\nContent-Disposition: form-data; name=file; filename=a.jpg\r\n\r\n"
        await asyncio.sleep(1)
        yield GRAY

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = strict.ask("POST", "/v1/photos", content=dripping(), headers=headers)
    assert problem(response)[0] == 408
    assert strict.studio.memory.used == 0


def test_a_mistake_is_told_without_a_traceback(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = client.bring()
    monkeypatch.setattr(client.studio, "uncolored", None)
    found, sentence = problem(client.get(f"{address}/gray"))
    assert (found, "NoneType" in sentence) == (500, False)


def test_what_takes_too_long_is_given_up(tiny: Path) -> None:
    with serving({"tiny": tiny}, Limits(seconds=0.05)) as client:
        blocked = client.studio.network._pool.submit(lambda: __import__("time").sleep(0.4))
        assert problem(client.upload())[0] == 503
        blocked.result()
        client.studio.network.seconds = 20
        assert client.upload().status_code == 201


def test_files_are_never_on_a_disk(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **named: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile._TemporaryFileWrapper", refuse)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    large = saved(np.random.default_rng(2).integers(0, 256, (1500, 1500), np.uint8), "png")
    assert len(large) > 2_000_000
    assert client.upload(large).status_code == 201
