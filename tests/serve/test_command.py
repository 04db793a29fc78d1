"""`photochrom serve`: where it listens, what it wants, and what it opens."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from photochrom.addresses import listen
from photochrom.cli import main
from photochrom.serve import run


def invoke(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["serve", *words], env=environment)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the command would have served."""
    calls: list[dict[str, Any]] = []
    names = ("colorizers", "limits", "listening", "host", "token", "browse", "tell")
    monkeypatch.setattr(run, "serve", lambda *words: calls.append(dict(zip(names, words, strict=True))))
    return calls


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "attic"])
def test_other_addresses_want_a_token(host: str) -> None:
    result = invoke("--host", host)
    assert result.exit_code == 2
    assert re.search(r"--token is required there, for instance --token \S{24}\.", result.stderr)


def test_a_short_token_is_no_token() -> None:
    assert invoke("--token", "secret").exit_code == 2
    assert "16 characters or more" in invoke(PHOTOCHROM_TOKEN="secret").stderr


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        result = invoke("--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "choose others with --port or --host." in result.stderr


def test_an_unknown_model_is_told(tiny: Path) -> None:
    result = invoke("--port", "0", "--model", str(tiny), "--model", "photochrm")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is no model 'photochrm'; did you mean 'photochrom'?\n",
    )


def test_two_models_of_one_name_are_told(tiny: Path) -> None:
    result = invoke("--port", "0", "--model", str(tiny), "--model", str(tiny))
    assert (result.exit_code, "Two models are called tiny" in result.stderr) == (2, True)


def test_the_words_of_the_command_line_are_the_limits(asked: list[dict[str, Any]], tiny: Path) -> None:
    words = ["--max-upload", "5", "--max-pixels", "7", "--max-photos", "8", "--memory", "90", "--queue", "3"]
    result = invoke("--port", "0", "--model", str(tiny), "--keep", "2", "--timeout", "9", "--no-open", *words)
    assert (result.exit_code, result.stderr) == (0, "Stopped; nothing of the photographs is left.\n")
    (call,) = asked
    limits = call["limits"]
    assert (limits.upload, limits.pixels, limits.photographs, limits.memory) == (5_000_000, 7, 8, 90_000_000)
    assert (limits.queue, limits.seconds, limits.keep) == (3, 9, 120)
    assert list(call["colorizers"]) == ["tiny"]
    assert (call["host"], call["token"], call["browse"]) == ("127.0.0.1", None, False)


def test_it_says_where_it_is_and_opens_the_page(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    """A server that is up says so once, and the page is opened with the token in its address."""
    opened: list[str] = []
    monkeypatch.setattr(run, "_open", opened.append)
    monkeypatch.setattr(run.Server, "run", lambda self, sockets: self.ready())
    result = invoke("--host", "0.0.0.0", "--port", "0", "--model", str(tiny), "--token", "a long word, with spaces")
    assert result.exit_code == 0, result.output
    (page,) = opened
    assert re.fullmatch(r"http://[0-9.]+:\d+/\?token=a%20long%20word%2C%20with%20spaces", page)
    assert f"photochrom is at {page}. Stop it with Ctrl-C." in result.stderr
    assert "the connection is not encrypted" in result.stderr
