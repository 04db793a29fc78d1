"""What the README and docs/serving.md tell a program to do is done, by a server of the tiny model."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pictures import opened, saved, smooth
from serving_process import Server, running

ROOT = Path(__file__).resolve().parents[2]
TOLD = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/serving.md"))
LINES = sorted(set(re.findall(r"^curl .*127\.0\.0\.1:8080.*$", TOLD, re.MULTILINE)))
BLOCKS = [block for block in re.findall(r"^```python\n(.*?)^```", TOLD, re.MULTILINE | re.DOTALL) if ":8080" in block]


@pytest.fixture(scope="module")
def server(tiny: Path) -> Iterator[Server]:
    with running(tiny) as found:
        yield found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("old.jpg", "sunset.jpg"):
        (tmp_path / name).write_bytes(saved(smooth(90, 140), "jpeg"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_is_something_to_try() -> None:
    assert len(LINES) >= 3
    assert len(BLOCKS) == 2


def as_curl_does(words: list[str], port: int, place: Path) -> httpx.Response:
    """The request of a command line of curl that has -F, -H and -o."""
    files, fields, headers, address = [], {}, {}, ""
    taken = iter(words[1:])
    for word in taken:
        if word == "-F":
            name, _, value = next(taken).partition("=")
            if value.startswith("@"):
                files.append((name, (value[1:], (place / value[1:]).read_bytes())))
            else:
                fields[name] = value
        elif word == "-H":
            name, _, value = next(taken).partition(": ")
            headers[name] = value
        elif word == "-o":
            next(taken)
        else:
            address = word.replace(":8080", f":{port}")
    return httpx.post(address, files=files, data=fields, headers=headers, timeout=60)


@pytest.mark.parametrize("line", LINES)
def test_curl_brings_the_picture(line: str, server: Server, place: Path) -> None:
    words = shlex.split(line)
    response = as_curl_does(words, server.port, place).raise_for_status()
    assert opened(response.content).size == (140, 90)
    assert opened(response.content).format == ("PNG" if words[-1].endswith(".png") else "JPEG")


@pytest.mark.parametrize("block", BLOCKS)
def test_the_python_example_brings_the_picture(block: str, server: Server, place: Path) -> None:
    exec(compile(block.replace(":8080", f":{server.port}"), "the page", "exec"), {})
    assert opened((place / "new.jpg").read_bytes()).size == (140, 90)
    assert server.metric("photochrom_photographs") == 0
