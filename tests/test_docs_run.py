"""Every command and every piece of Python on the pages runs, in a folder that holds what they speak of.

The model is a tiny one and the pictures are small, so that this takes seconds. What can't run here is listed with its
reason, in NOT_RUN; a rule that no page needs any more fails the test.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from photochrom import catalog
from photochrom.cli import main
from pictures import opened, saved, smooth
from test_docs import PAGES, ROOT
from tiny_model import write_tiny_model

SHELLS = ("", "console", "sh", "shell", "bash")
PROGRAMS = ("photochrom", "python", "pip", "make", "docker", "torchrun", "curl", "nice")

# What a line looks like  ->  why it is not run here
NOT_RUN = {
    r"\[OPTIONS\]|\bFOLDER\b|\bSHARDS\b|\bRECIPE\b": "the pattern of a command, not one",
    r"^(pip|docker) ": "installs: .ci/run and .ci/install.py do that in fresh environments",
    r"^make ": "a target; that it exists is tested below",
    r"^python ": "a script of minutes, or of its own tests; that it exists is tested below",
    r"^torchrun |--devices ": "several processes: tests/training/test_processes.py",
    r"^photochrom train (?!--list)": "trains for minutes: tests/cli/test_train.py does for seconds",
    r"^photochrom export ": "needs a run: tests/cli/test_export.py makes one",
    r"^photochrom convert ": "needs the authors' files: tests/training/test_published.py makes some of their layout",
    r"--hints ": "needs a file of hints: tests/cli/test_colorize_hints.py makes some",
    r"^photochrom evaluate .*(--results|--protocol)": "needs a benchmark's photographs: tests/evaluation/",
    r"--watch": "goes on until it is stopped: tests/archive/test_watch.py",
    r"^photochrom study (rebalance photos|colorspace|global|classify|export-)": "trained models: tests/studies/",
    r"^photochrom serve|^curl .*127\.0\.0\.1": "serves until it is stopped: tests/serve/test_pages.py",
    r"^photochrom study turing ": "serves until it is stopped, or reports votes: tests/studies/turing/",
}
SLOW = r"^photochrom (evaluate|study) "  # they have tests of their own; `make slow` runs what the pages say
PYTHON_NOT_RUN = {
    "127.0.0.1": "asks a server: tests/serve/test_pages.py",
    "photochrom.training": "trains, or prepares a folder of photographs: tests/training/",
}


@dataclass(frozen=True)
class Line:
    """A command of the pages, without prompt and explanation."""

    text: str
    page: str

    @property
    def reason(self) -> str | None:
        """Why it is not run, if it isn't."""
        return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, self.text)), None)


def listings(text: str) -> Iterator[list[str]]:
    """Listings of commands: indented ones, and fenced ones that say so. Where lines have a prompt, only those."""
    fenced = r"^```(\w*)\n(.*?)^```"
    listed = [body for language, body in re.findall(fenced, text, re.MULTILINE | re.DOTALL) if language in SHELLS]
    plain = re.sub(fenced, "", text, flags=re.MULTILINE | re.DOTALL)
    listed += re.findall(r"(?:^ {4}.*\n)+", plain, re.MULTILINE)
    for body in listed:
        lines = [line.strip() for line in body.splitlines()]
        asked = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        yield asked or lines


def lines() -> list[Line]:
    """Every command once, with the first page that tells it."""
    found: dict[str, str] = {}
    for page in PAGES:
        for raw in chain.from_iterable(listings(page.read_text(encoding="utf-8"))):
            for text in re.split(r"\s*&&\s*", re.split(r"\s{2,}|\s#", raw)[0]):
                if text.split(" ")[0] in PROGRAMS:
                    found.setdefault(text, str(page.relative_to(ROOT)))
    return [Line(text, page) for text, page in found.items()]


def blocks() -> Iterator[tuple[str, str]]:
    """Python on the pages: the page and the code."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield str(page.relative_to(ROOT)), block


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def place(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the pages speak of, in which the shipped model is the tiny one."""
    gray, color = smooth(90, 140), smooth(120, 150, 3)
    for name, format in {
        "old.jpg": "jpeg",
        "sunset.jpg": "jpeg",
        "snow.jpg": "jpeg",
        "a.tif": "tiff",
        "b.png": "png",
    }.items():
        (tmp_path / name).write_bytes(saved(gray, format))
    for folder, array in {
        "album": gray,
        "album/1931": gray,
        "examples": gray,
        "Pictures": color,
        "photos": color,
        "train/n01440764": color,
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        for index in range(2):
            Image.fromarray(np.roll(array, 20 * index, axis=1)).save(tmp_path / folder / f"{index}.jpg", quality=95)
    (tmp_path / "mine.onnx").write_bytes(tiny.read_bytes())
    Image.fromarray(smooth(512, 512)).save(tmp_path / "examples" / "eileen-collins.jpg")
    np.savetxt(tmp_path / "prior.txt", np.full(313, 1 / 313))
    entry = catalog.Entry(tiny, "CC0-1.0", "a tiny one")
    monkeypatch.setitem(catalog.CATALOG, "photochrom", entry)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def expanded(words: list[str], place: Path) -> Iterator[str]:
    """As a shell does it: stars and the home folder."""
    for word in words:
        plain = word.replace("~/", f"{place}/") if word.startswith("~/") else word
        yield from sorted(str(path.relative_to(place)) for path in place.glob(plain)) if "*" in plain else [plain]


def run(text: str, place: Path) -> None:
    """Run a line that begins with photochrom, or ends in a pipe to it; its redirections are followed."""
    text = text.rpartition("| ")[2]
    source = re.search(r" < (\S+)", text)
    target = re.search(r" > (\S+)", text)
    words = shlex.split(re.sub(r" [<>] \S+", "", text))[1:]
    given = (place / (source[1] if source else "old.jpg")).read_bytes()
    result = CliRunner().invoke(main, list(expanded(words, place)), input=given)
    assert result.exit_code == 0, (result.output, result.exception)
    if target:
        (place / target[1]).write_bytes(result.stdout_bytes)
        assert opened((place / target[1]).read_bytes()).size == (140, 90)


def runnable() -> Iterator[object]:
    for line in lines():
        if line.reason is None:
            marks = [pytest.mark.slow] if re.search(SLOW, line.text) else []
            yield pytest.param(line, id=line.text, marks=marks)


@pytest.mark.parametrize("line", list(runnable()))
def test_a_command_of_the_pages_runs(line: Line, place: Path) -> None:
    run(line.text, place)


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_a_reason_not_to_run_is_still_needed(pattern: str) -> None:
    assert any(re.search(pattern, line.text) for line in lines())


@pytest.mark.parametrize(("page", "block"), list(blocks()))
def test_the_python_of_the_pages_runs(page: str, block: str, place: Path) -> None:
    if not any(name in block for name in PYTHON_NOT_RUN):
        pairs = [(smooth(30, 40, 3), smooth(30, 40, 3)[::-1])] * 3
        exec(compile(block, page, "exec"), {"gray_array": smooth(30, 40), "pairs": pairs})
    else:
        compile(block, page, "exec")


def test_scripts_that_the_pages_run_exist() -> None:
    told = {word for line in lines() if line.text.startswith("python ") for word in line.text.split() if ".py" in word}
    assert {word for word in told if not (ROOT / word).is_file()} == set()


def test_targets_that_the_pages_make_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = {line.text.split()[1] for line in lines() if line.text.startswith("make ")}
    assert told <= targets
    assert targets <= set(re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split())
