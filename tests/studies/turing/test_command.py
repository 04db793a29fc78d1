"""`photochrom study turing` at the command line: what it refuses, and the report of a study."""

import csv
import json
import socket
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photochrom.addresses import address, is_open, listen
from photochrom.cli import main, study_turing
from photochrom.errors import ServeError
from photochrom.studies.turing.exchange import Answer
from photochrom.studies.turing.protocol import Protocol
from photochrom.studies.turing.store import Store
from turing_study import Participant, current, make_pictures, make_store


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["study", "turing", *map(str, words)])


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def answer_all(store: Store, cookie: str, who: Participant, ms: float = 1000.0) -> None:
    store.enroll(cookie)
    while trial := store.present(cookie):
        _, pictures = current(store.path, trial.nonce)
        store.answer(cookie, Answer(trial.nonce, who.choice(pictures), (ms,) * len(pictures), 700.0, hidden=False))


def test_help_tells_of_both_commands() -> None:
    assert run("--help").exit_code == 0
    assert "report" in run("--help").stdout
    for words in (["--help"], ["report", "--help"], ["serve", "--help"]):
        assert run(*words).exit_code == 0
    assert "--exposure" in run("serve", "--help").stdout


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["no-such-folder", "--model", "photochrom"], 1, "no-such-folder"),
        (["{}"], 1, "nothing to judge; name a model with --model"),
        (["{}", "--model", "fotochrom"], 1, "did you mean 'photochrom'?"),
        (["{}", "--exposure", "0"], 2, "--exposure"),
        (["{}", "--vigilance", "1"], 1, "leaves none that counts"),
        (["{}", "--host", "256.0.0.1", "--model", "photochrom"], 1, "Nothing can be served at 256.0.0.1"),
        (["report", "no-such-study"], 2, "no-such-study"),
        (["report", "{}"], 1, "There is no study in"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(words: list[str], status: int, sentence: str, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((300, 300, 3), np.uint8)).save(tmp_path / "black.png")
    result = run(*(word.format(tmp_path) for word in words), *([] if words[0] == "report" else ["--port", "0"]))
    assert result.exit_code == status
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_web_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(study_turing, "find_spec", lambda name: None)
    result = run(tmp_path, "--model", "photochrom")
    assert result.exit_code == 1
    assert result.stderr == "Error: The test needs a web server; install it with pip install 'photochrom[serve]'.\n"


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ServeError, match="choose others with --port or --host"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "reached", "url"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8000/"),
        ("localhost", False, "http://localhost:8000/"),
        ("::1", False, "http://[::1]:8000/"),
        ("192.168.7.7", True, "http://192.168.7.7:8000/"),
        ("lab.local", True, "http://lab.local:8000/"),
    ],
)
def test_it_says_where_it_is_open_and_to_whom(host: str, reached: bool, url: str) -> None:
    assert (is_open(host), address(host, 8000)) == (reached, url)


def test_for_every_address_it_names_one_that_can_be_typed() -> None:
    assert is_open("0.0.0.0")
    assert "0.0.0.0" not in address("0.0.0.0", 8000)
    socket.inet_aton(address("0.0.0.0", 8000).removeprefix("http://").removesuffix(":8000/"))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A small study with its report: eight who look, one who sleeps, one who left, one with a slow screen."""
    folder = tmp_path_factory.mktemp("study")
    store = make_store(folder, Protocol(practice=1, trials=10, vigilance=0.2, participants=20), count=12)
    make_pictures(folder, store)
    for number in range(8):
        answer_all(store, f"{number}", Participant({"vivid": 0.5, "dull": 1.0}, Random(number)))
    answer_all(store, "asleep", Participant({"vivid": 0.0, "dull": 0.0, "random": 0.0}, Random(0)))
    answer_all(store, "slow", Participant({}, Random(0)), ms=1200)
    store.enroll("left")
    store.close()
    return folder, run("report", folder)


def test_the_report_prints_what_it_found(reported: tuple[Path, Result]) -> None:
    _, result = reported
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["system", "fooled", "%", "±", "SE", "95", "%", "median", "participants", "trials"]
    assert lines[2].split() == ["dull", "0.0", "0.0", "0.0", "to", "0.0", "0.0", "4", "32"]
    assert "Vigilance: the fake was found in 100 % of 16 trials." in lines
    for reason in ("did not finish", "failed vigilance", "had mistimed pictures"):
        assert f"Left out: 1 who {reason}." in lines


def test_the_report_leaves_files_for_people_and_programs(reported: tuple[Path, Result]) -> None:
    out = reported[0] / "report"
    record = json.loads((out / "results.json").read_text())
    assert record["participants"] == 8
    assert record["protocol"]["exposure"] == 1
    assert record["left_out"] == {"vigilance": 1, "timing": 1, "unfinished": 1}
    assert record["command"].startswith("photochrom study turing report")
    rows = table(out / "photographs.csv")
    percents = [float(row["percent"]) for row in rows]
    assert percents == sorted(percents, reverse=True)
    assert sum(int(row["shown"]) for row in rows) == 64
    votes = table(out / "votes.csv")
    assert len(votes) == 10 * 11
    assert "cookie" not in votes[0]
    for name in ("fooled.png", "fooled-vivid.png", "fooled-dull.png"):
        picture = np.asarray(Image.open(out / name).convert("L"))
        assert picture.std() > 5
    assert (out / "fooled.svg").read_text().startswith("<?xml")


def test_mistimed_trials_count_when_asked_for(reported: tuple[Path, Result], tmp_path: Path) -> None:
    result = run("report", reported[0], "-o", tmp_path / "all", "--keep-mistimed", "--vigilance", "0")
    assert "mistimed" not in result.stdout
    assert "vigilance." not in result.stdout
    assert "Marked trials of the others: 10 long; counted." in result.stdout
    assert json.loads((tmp_path / "all" / "results.json").read_text())["participants"] == 10


def test_photographs_shown_too_seldom_are_in_no_figure(reported: tuple[Path, Result], tmp_path: Path) -> None:
    assert run("report", reported[0], "-o", tmp_path, "--least", "1000").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"results.json", "photographs.csv", "votes.csv"}


def test_a_study_without_votes_has_a_report_without_numbers(tmp_path: Path) -> None:
    make_store(tmp_path).close()
    result = run("report", tmp_path / "study.sqlite")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1].split() == ["vivid", "-", "-", "-", "-", "0", "0"]
