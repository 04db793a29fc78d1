"""The pages for people: what they link to exists, and the commands they tell to run are commands with these options."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest

from photochrom.cli import main
from photochrom.networks import NETWORKS
from photochrom.training.recipe import builtin_recipes

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?: {4}|\t|\$ )?(?:.*&& )?(photochrom .+)$", re.MULTILINE)


def links(page: Path) -> set[str]:
    """Targets within the repository: no web addresses, no anchors."""
    targets = (target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8")))
    return {target for target in targets if target and "://" not in target}


def code(text: str) -> str:
    """Indented and fenced blocks of a page, nothing else."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(
        r"^(?: {4}|\t).*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return "\n".join([*fenced, *(line.strip() for line in indented)])


def commands(page: Path) -> list[str]:
    return [line for line in COMMAND.findall(code(page.read_text(encoding="utf-8"))) if "[OPTIONS]" not in line]


def complaint(line: str) -> str | None:
    """What is wrong with a command line that begins with `photochrom`; None if nothing is. Nothing is run."""
    words = shlex.split(re.split(r"\s[|>&]|\s#", line)[0])[1:]
    group = click.Context(main, info_name="photochrom")
    name = next((word for word in words if not word.startswith("-")), None)
    command = main.get_command(group, name) if name else None
    if command is None and name and not ({".", "/", "-"} & set(name) or name.isupper()):
        return f"there is no command {name!r}"
    while isinstance(command, click.Group):
        words = words[words.index(str(name)) + 1 :]
        name = next((word for word in words if not word.startswith("-")), None)
        if name is None:
            break
        command = command.get_command(click.Context(command), name)
        if command is None:
            return f"there is no command {name!r}"
    known = {option for part in (main, command) if part for option in options(part)} | {"--help"}
    asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
    return f"there is no option {' '.join(sorted(asked - known))}" if command and asked - known else None


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert {target for target in links(page) if not (page.parent / target).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    assert {line: problem for line in commands(page) if (problem := complaint(line))} == {}


METHOD = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(photochrom(?:\.\w+)+)`", METHOD))))
def test_what_the_papers_are_mapped_to_exists(name: str) -> None:
    place: object = resolve_name(name)
    assert place is not None


def test_the_commands_and_recipes_that_the_papers_are_mapped_to_exist() -> None:
    named = re.findall(r"`(photochrom [^`]+)`", METHOD)
    assert len(named) > 30
    assert {line: problem for line in named if (problem := complaint(line))} == {}
    systems = "|".join(name for name in NETWORKS if name != "photochrom")
    recipes = re.findall(rf"`((?:{systems})(?:-[\w-]+)?)`", METHOD)
    assert "zhang2016-full" in recipes
    assert set(recipes) <= set(builtin_recipes()) | set(NETWORKS)


def test_the_command_reference_says_what_the_program_says() -> None:
    written = subprocess.run([sys.executable, str(ROOT / "docs" / "make_commands.py"), "--check"], check=False)
    assert written.returncode == 0, "write it anew: python docs/make_commands.py"


def test_every_page_is_in_the_contents_of_the_site() -> None:
    listed = set(re.findall(r"^(\w+)$", (ROOT / "docs" / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {page.stem for page in ROOT.glob("docs/*.md")} - {"index"} <= listed


def test_the_readme_has_its_two_commands() -> None:
    blocks = code((ROOT / "README.md").read_text(encoding="utf-8")).splitlines()
    assert "pip install . && photochrom colorize examples/*.jpg -o colored/" in blocks
    assert "pip install -c constraints.txt -e '.[dev]' && pytest" in blocks


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("photochrom colorize old.jpg -o new.jpg", None),
        ("photochrom old.jpg new.jpg", None),
        ("photochrom --help", None),
        ("photochrom colourise old.jpg", "there is no command 'colourise'"),
        ("photochrom colorize old.jpg --sepia", "there is no option --sepia"),
        ("photochrom models show photochrom", None),
        ("photochrom colorize - < old.jpg > new.jpg", None),
    ],
)
def test_the_reader_of_commands_tells(line: str, problem: str | None) -> None:
    assert complaint(line) == problem


def test_the_reader_of_pages_sees_only_code(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "photochrom in a sentence\n\n    photochrom a.jpg b.jpg\n\n```bash\npip install . && photochrom models\n```\n"
    )
    assert sorted(commands(page)) == ["photochrom a.jpg b.jpg", "photochrom models"]
