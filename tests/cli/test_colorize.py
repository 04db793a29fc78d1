"""What `photochrom colorize` promises: many photographs, none half-written, what failed is named."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from photochrom.archive.journal import NAME as JOURNAL
from photochrom.cli import main
from photochrom.cli.colorize import colorize
from photochrom.photo import Photo
from photochrom.photo.codec import QUALITY
from pictures import lock, saved, smooth
from tiny_model import write_tiny_model

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def run(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in a folder with two photographs, b inside an album, with the tiny model."""
    monkeypatch.chdir(tmp_path)
    Path("album").mkdir()
    Path("a.jpg").write_bytes(saved(smooth(40, 50), "jpeg"))
    Path("album/b.png").write_bytes(saved(smooth(30, 20), "png"))

    def invoke(*words: str, stdin: bytes | None = None, model: bool = True) -> Result:
        return CliRunner().invoke(main, [*words, *(["--model", str(tiny)] if model else [])], input=stdin)

    return invoke


def files() -> list[str]:
    """All but the journals, hidden ones included."""
    return sorted(str(path) for path in Path().rglob("*") if path.is_file() and path.name != JOURNAL)


def without_seconds(text: str) -> str:
    return re.sub(r"in \d+\.\d s", "in ... s", text)


def colorful(path: str | Path) -> float:
    return float(np.ptp(Photo.read(path).pixels.astype(int), axis=2).mean())


def test_one_file_to_one_file(run: Run) -> None:
    for words in (["a.jpg", "new.png"], ["colorize", "a.jpg", "-o", "other.png"]):
        result = run(*words)
        assert (result.exit_code, result.stdout) == (0, "")
        assert without_seconds(result.stderr) == f"{words[-1]}: colored on cpu in ... s.\n"
    assert Photo.read("new.png").size == (40, 50)
    assert colorful("new.png") > 10
    assert Path("new.png").read_bytes() == Path("other.png").read_bytes()


def test_a_folder_and_a_file_to_a_folder(run: Run) -> None:
    result = run("colorize", "album", "a.jpg", "-o", "out")
    assert result.exit_code == 0
    assert (result.stdout, without_seconds(result.stderr)) == ("", "2 photographs colored on cpu in ... s.\n")
    assert files() == ["a.jpg", "album/b.png", "out/a.jpg", "out/b.png"]


def test_beside_the_sources(run: Run) -> None:
    assert run("colorize", "a.jpg", "album").exit_code == 0
    assert run("a.jpg", "--suffix", "_2").exit_code == 0
    assert files() == ["a-color.jpg", "a.jpg", "a_2.jpg", "album/b-color.png", "album/b.png"]


@pytest.mark.parametrize("words", [["-", "-"], ["-"], ["colorize", "-"], ["colorize", "-", "-o", "-"]])
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
def test_a_stream_keeps_its_format_and_nothing_else_is_on_it(run: Run, words: list[str], format: str) -> None:
    result = run(*words, stdin=saved(smooth(30, 20), format))
    assert result.exit_code == 0
    colored = Photo.from_bytes(result.stdout_bytes)
    assert (colored.format, colored.size, colored.is_gray) == (format, (30, 20), False)
    assert without_seconds(result.stderr) == "standard output: colored on cpu in ... s.\n"


def test_streams_and_files_mix(run: Run) -> None:
    data = Path("a.jpg").read_bytes()
    assert run("-", "new.png", stdin=data).exit_code == 0
    piped = run("a.jpg", "-", "--format", "png")
    assert Photo.from_bytes(piped.stdout_bytes).format == "png"
    assert np.array_equal(Photo.from_bytes(piped.stdout_bytes).pixels, Photo.read("new.png").pixels)


@pytest.mark.parametrize(
    ("option", "value", "brighter"),
    [("--saturation", "0.2", False), ("--strength", "0.2", False), ("--saturation", "1.5", True)],
)
def test_chroma_is_adjustable(run: Run, option: str, value: str, brighter: bool) -> None:
    run("album/b.png", "plain.png")
    run("album/b.png", "other.png", option, value)
    assert (colorful("other.png") > colorful("plain.png")) is brighter


def test_temperature_is_adjustable(run: Run) -> None:
    Path("undecided.png").write_bytes(saved(np.full((64, 64), 122, np.uint8), "png"))  # between blue and orange
    run("undecided.png", "vivid.png", "--temperature", "0")
    run("undecided.png", "calm.png", "--temperature", "1")
    assert colorful("vivid.png") > colorful("calm.png") + 20


def test_the_mood_of_another_photograph(run: Run) -> None:
    Path("dark.png").write_bytes(saved(np.full((64, 64), 60, np.uint8), "png"))
    Path("bright.png").write_bytes(saved(np.full((9, 9), 255, np.uint8), "png"))
    run("dark.png", "green.png", "--style", "bright.png")
    red, green, blue = Photo.read("green.png").pixels.mean(axis=(0, 1))
    assert green > max(red, blue) + 10


def test_the_default_quality_is_that_of_the_codec() -> None:
    default = next(option.default for option in colorize.params if option.name == "quality")
    assert default == QUALITY


def test_quality_decides_the_size_of_a_jpeg(run: Run) -> None:
    run("a.jpg", "small.jpg", "--quality", "20")
    run("a.jpg", "large.jpg", "--quality", "99")
    assert Path("small.jpg").stat().st_size < 0.7 * Path("large.jpg").stat().st_size


def test_an_output_that_exists_is_left_alone_unless_told(run: Run) -> None:
    Path("new.jpg").write_text("mine")
    result = run("a.jpg", "new.jpg")
    assert result.exit_code == 1
    assert result.stderr == "Error: new.jpg exists already; choose another name or allow it with --overwrite.\n"
    assert Path("new.jpg").read_text() == "mine"
    assert run("a.jpg", "new.jpg", "--overwrite").exit_code == 0
    assert colorful("new.jpg") > 10


def test_an_input_is_never_overwritten(run: Run) -> None:
    before = Path("a.jpg").read_bytes()
    assert run("colorize", "a.jpg", "-o", ".", "--overwrite").exit_code == 2
    assert run("a.jpg", "a.jpg", "--overwrite").exit_code == 2
    assert Path("a.jpg").read_bytes() == before


def test_two_inputs_for_one_output_are_refused_before_anything_is_written(run: Run) -> None:
    Path("album/a.jpg").write_bytes(Path("a.jpg").read_bytes())
    result = run("colorize", "a.jpg", "album", "-o", "out")
    assert result.exit_code == 2
    assert "would both become" in result.stderr
    assert not Path("out").exists()


def test_the_short_form_takes_two_words(run: Run) -> None:
    result = run("a.jpg", "album/b.png", "out")
    assert result.exit_code == 2
    assert "photochrom colorize IN... -o OUT" in result.stderr


def broken_files() -> dict[str, tuple[bytes | None, str]]:
    """Name -> content (None: no file) and a part of the sentence."""
    jpeg = saved(smooth(200, 200), "jpeg")
    return {
        "missing.jpg": (None, "missing.jpg does not exist"),
        "zero.jpg": (b"", "zero.jpg is empty"),
        "text.png": (b"Dear diary,\n" * 30, "text.png is not a picture"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "cut.jpg is damaged or cut short"),
        "letter.pdf": (b"%PDF-1.7\n" * 30, "letter.pdf is a PDF document"),
    }


@pytest.mark.parametrize("name", sorted(broken_files()))
def test_a_photograph_that_cannot_be_read_is_one_sentence(run: Run, name: str) -> None:
    content, sentence = broken_files()[name]
    if content is not None:
        Path(name).write_bytes(content)
    result = run("colorize", name, "-o", "new.png")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert not Path("new.png").exists()


def test_a_bad_one_does_not_stop_the_rest_and_is_named_at_the_end(run: Run) -> None:
    for name, (content, _) in broken_files().items():
        if content is not None:
            Path(name).write_bytes(content)
    result = run("colorize", *broken_files(), "a.jpg", "album/b.png", "-o", "out")
    assert result.exit_code == 1
    assert sorted(path.name for path in Path("out").iterdir()) == [JOURNAL, "a.jpg", "b.png", "failures.csv"]
    first, second, *rest, last = result.stderr.splitlines()
    assert without_seconds(first) == "2 of 7 photographs colored on cpu in ... s, 5 failed."
    assert (second, last) == ("Not these:", "All of them, with reasons: out/failures.csv")
    assert len(rest) == 5
    for _, sentence in broken_files().values():
        assert sum(sentence in line for line in rest) == 1


def test_a_folder_without_photographs_is_one_sentence(run: Run) -> None:
    Path("empty").mkdir()
    result = run("colorize", "empty", "-o", "out")
    assert result.exit_code == 1
    assert result.stderr == "Error: empty is a folder without photographs.\n"
    assert not Path("out").exists()


def test_a_folder_that_cannot_be_listed_is_a_failure_and_the_rest_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("album/locked", "alone"):
        Path(folder).mkdir()
        with monkeypatch.context() as patch:
            lock(patch, Path(folder))
            result = run("colorize", folder.partition("/")[0], "a.jpg", "-o", f"out-{folder[:5]}")
        assert result.exit_code == 1
        assert f"  The folder {folder} cannot be listed (Permission denied).\n" in result.stderr
        assert "without photographs" not in result.stderr
    assert [name for name in files() if name.startswith("out")] == [
        "out-album/a.jpg",
        "out-album/b.png",
        "out-album/failures.csv",
        "out-alone/a.jpg",
        "out-alone/failures.csv",
    ]


@pytest.mark.parametrize("output", ["a.jpg/new.jpg", "a.jpg/deep/folder/"])
def test_a_folder_that_cannot_be_is_one_sentence(run: Run, output: str) -> None:
    result = run("colorize", "album/b.png", "-o", output)
    assert result.exit_code == 1
    assert "can't be made" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_name_that_is_too_long_is_one_sentence(run: Run) -> None:
    before = files()
    result = run("album/b.png", "x" * 300 + ".png")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert result.stderr.count("\n") == 1
    assert files() == before


def test_a_folder_that_may_not_be_written_to_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").mkdir()
    refuse_writing(monkeypatch, PermissionError(errno.EACCES, "Permission denied"))
    result = run("album/b.png", "locked/b.png")
    assert result.exit_code == 1
    assert result.stderr == "Error: locked/b.png cannot be written: the folder locked may not be written to.\n"


def test_a_full_disk_ends_the_run_and_leaves_nothing_behind(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        Path(f"album/{number}.png").write_bytes(Path("album/b.png").read_bytes())
    before = files()
    with monkeypatch.context() as patch:
        refuse_writing(patch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        result = run("colorize", "a.jpg", "album", "-o", "out")
    assert result.exit_code == 1
    assert result.stderr.count("No space left on device") == 1
    assert "22 are left; when that is mended" in " ".join(result.stderr.split())
    assert files() == before
    assert run("colorize", "a.jpg", "album", "-o", "out").exit_code == 0


def refuse_writing(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    """From now on no new file can be opened by a Path."""
    plain = Path.open

    def guarded(self: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if "x" in mode or "w" in mode:
            raise error
        return plain(self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", guarded)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("fotochrom", "did you mean 'photochrom'"),
        ("missing.onnx", "no model file missing.onnx"),
        ("a.jpg", "a.jpg is not a model"),
        ("album", "album is a folder, not a model"),
    ],
)
def test_a_model_that_is_none_is_one_sentence(run: Run, model: str, sentence: str) -> None:
    result = run("colorize", "a.jpg", "-o", "out", "--model", model, model=False)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not Path("out").exists()


def test_a_provider_that_is_not_there_is_one_sentence(run: Run) -> None:
    result = run("a.jpg", "new.jpg", "--provider", "quantum")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no provider 'quantum'" in result.stderr


def test_a_style_that_is_no_photograph_stops_everything(run: Run) -> None:
    result = run("colorize", "a.jpg", "album", "-o", "out", "--style", "missing.jpg")
    assert result.exit_code == 1
    assert "missing.jpg does not exist" in result.stderr
    assert not Path("out").exists()


def test_debug_shows_the_traceback_of_a_photograph(run: Run) -> None:
    Path("zero.jpg").touch()
    result = run("colorize", "zero.jpg", "-o", "out", "--debug")
    assert type(result.exception).__name__ == "PhotoError"


def test_many_photographs_show_a_bar_with_names_when_somebody_watches(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rich.console

    plain = rich.console.Console

    def terminal(*, stderr: bool) -> rich.console.Console:
        return plain(stderr=stderr, force_terminal=True, width=100)

    monkeypatch.setattr(rich.console, "Console", terminal)
    monkeypatch.setattr("photochrom.cli.showing._watched", lambda: True)
    result = run("colorize", "a.jpg", "album", "-o", "out")
    assert "2/2" in result.stderr
    assert re.search(r"2/2.* (a\.jpg|album/b\.png)\n", result.stderr)
    assert result.stdout == ""
