"""`photochrom colorize FOLDER -o OUT`: it goes on where it was, and says what it did and what it left."""

import csv
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photochrom.archive import coloring
from photochrom.archive.journal import NAME as JOURNAL
from photochrom.archive.journal import Journal
from photochrom.archive.naming import ENDINGS
from photochrom.cli import main
from photochrom.cli.colorize import colorize
from photochrom.errors import PhotoError
from photochrom.model import SIZES
from photochrom.model_session import PROVIDERS
from photochrom.photo import Photo
from photochrom.photo.formats import WRITABLE
from pictures import GPS_IFD, exif, saved, smooth
from tiny_model import write_tiny_model

Run = Callable[..., Result]

PARASOL = np.dstack([smooth(60, 80), smooth(80, 60).T, 255 - smooth(60, 80)])  # many hues


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def run(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Color an album of two photographs into a folder `out`, with more words on the command line."""
    monkeypatch.chdir(tmp_path)
    Path("album/1931").mkdir(parents=True)
    Path("album/a.jpg").write_bytes(saved(smooth(40, 50), "jpeg"))
    Path("album/1931/b.png").write_bytes(saved(smooth(30, 20), "png"))

    def invoke(*words: str, album: str = "album") -> Result:
        return CliRunner().invoke(main, ["colorize", album, "-o", "out", "--model", str(tiny), *words])

    return invoke


def told(result: Result) -> list[str]:
    """Lines on standard error, without the time it took."""
    return re.sub(r"in \d+\.\d s", "in ... s", result.stderr).splitlines()


def made() -> dict[str, tuple[int, int]]:
    """What there is in `out`, and what changes when one of them is made again."""
    found = (path for path in Path("out").rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to("out")): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def hidden() -> list[str]:
    return sorted(str(path) for path in Path("out").rglob(".*"))


def later(path: str) -> None:
    found = os.stat(path)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 10**10))


def test_the_second_time_nothing_is_done(run: Run) -> None:
    assert told(run()) == ["2 photographs colored on cpu in ... s."]
    before = made()
    assert set(before) == {"a.jpg", "1931/b.png"}
    result = run()
    assert (result.exit_code, made()) == (0, before)
    assert told(result) == ["0 of 2 photographs colored on cpu in ... s, 2 done before and unchanged."]
    assert hidden() == [f"out/{JOURNAL}"]


def test_only_what_is_new_or_changed_or_gone_is_done(run: Run) -> None:
    run()
    before = made()
    Path("album/new.jpg").write_bytes(saved(smooth(20, 20), "jpeg"))
    later("album/a.jpg")
    assert told(run())[-1] == "2 of 3 photographs colored on cpu in ... s, 1 done before and unchanged."
    after = made()
    assert after["1931/b.png"] == before["1931/b.png"]
    assert after["a.jpg"] != before["a.jpg"]
    Path("out/1931/b.png").unlink()
    assert told(run())[-1] == "1 of 3 photographs colored on cpu in ... s, 2 done before and unchanged."
    assert set(made()) == {"a.jpg", "1931/b.png", "new.jpg"}


@pytest.mark.parametrize(
    "words",
    [
        ["--saturation", "1.5"], ["--strength", "0.5"], ["--temperature", "1"], ["--contrast"], ["--size", "96"],
        ["--quality", "80"], ["--strip-gps"], ["--no-disclose"], ["--style", "style.jpg"],
    ],
)  # fmt: skip
def test_other_options_make_all_results_anew(run: Run, words: list[str]) -> None:
    Path("style.jpg").write_bytes(saved(smooth(9, 9), "jpeg"))
    run()
    before = made()
    result = run(*words)
    assert result.exit_code == 0
    assert told(result) == ["2 photographs colored on cpu in ... s."]
    assert all(after != before[name] for name, after in made().items())
    assert "2 done before" in run(*words).stderr


@pytest.mark.parametrize("words", [["--overwrite"], ["--skip-color"], ["--max-pixels", "9999"], ["--provider", "cpu"]])
def test_options_that_change_no_result_leave_them(run: Run, words: list[str]) -> None:
    run()
    before = made()
    assert "2 done before" in run(*words).stderr
    assert made() == before


def test_another_model_makes_all_results_anew(run: Run, tmp_path: Path) -> None:
    run()
    other = write_tiny_model(tmp_path / "other.onnx", inputs=("lightness",))
    assert told(run("--model", str(other))) == ["2 photographs colored on cpu in ... s."]


def test_no_resume_makes_all_results_anew(run: Run) -> None:
    run()
    before = made()
    assert told(run("--no-resume")) == ["2 photographs colored on cpu in ... s."]
    assert all(after != before[name] for name, after in made().items())


def test_what_is_not_ours_is_left_alone_unless_told(run: Run) -> None:
    Path("out").mkdir()
    Path("out/a.jpg").write_text("mine")
    result = run()
    assert result.exit_code == 1
    assert "out/a.jpg exists already and is not as photochrom wrote it" in result.stderr
    assert Path("out/a.jpg").read_text() == "mine"
    assert set(made()) == {"a.jpg", "1931/b.png", "failures.csv"}
    assert run("--overwrite").exit_code == 0
    assert Photo.read("out/a.jpg").size == (40, 50)
    assert "2 done before" in run().stderr


def test_a_result_that_was_retouched_is_left_alone_unless_told(run: Run) -> None:
    run()
    Path("out/a.jpg").write_text("retouched by hand")
    for words in ([], ["--no-resume"], ["--saturation", "2"]):
        assert run(*words).exit_code == 1
        assert Path("out/a.jpg").read_text() == "retouched by hand"
    assert run("--overwrite").exit_code == 0


def test_a_result_of_another_album_is_left_alone_unless_told(run: Run) -> None:
    run()
    Path("second").mkdir()
    Path("second/a.jpg").write_bytes(saved(smooth(60, 60), "jpeg"))
    result = run(album="second")
    assert result.exit_code == 1
    assert re.search(r"out/a.jpg was made of \S*album/a.jpg; choose another folder", result.stderr)
    assert Photo.read("out/a.jpg").size == (40, 50)
    assert run("--overwrite", album="second").exit_code == 0
    assert Photo.read("out/a.jpg").size == (60, 60)


def test_an_album_that_was_moved_is_the_same_album(run: Run) -> None:
    run()
    Path("album").rename("moved")
    assert "2 done before" in run(album="moved").stderr


def test_failures_are_listed_with_reasons_and_tried_again(run: Run) -> None:
    Path("album/zero.jpg").touch()
    Path("album/two\nlines.jpg").write_text("a diary")
    result = run()
    assert result.exit_code == 1
    assert told(result)[0] == "2 of 4 photographs colored on cpu in ... s, 2 failed."
    assert told(result)[-1] == "All of them, with reasons: out/failures.csv"
    with open("out/failures.csv", encoding="utf-8", newline="") as file:
        rows = {row["path"]: row["reason"] for row in csv.DictReader(file)}
    assert set(rows) == {"album/zero.jpg", "album/two\nlines.jpg"}
    assert rows["album/zero.jpg"].startswith("album/zero.jpg is empty")
    for name in ("zero.jpg", "two\nlines.jpg"):
        Path("album", name).write_bytes(saved(smooth(9, 9), "jpeg"))
    assert told(run()) == ["2 of 4 photographs colored on cpu in ... s, 2 done before and unchanged."]
    assert not Path("out/failures.csv").exists()


def test_of_many_failures_some_are_shown_and_all_are_listed(run: Run) -> None:
    for number in range(30):
        Path(f"album/{number}.jpg").touch()
    result = run()
    assert result.stderr.count("is empty") == 20
    assert "  and 10 more\n" in result.stderr
    with open("out/failures.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 30


def test_a_list_of_failures_that_is_somebody_elses_is_left_alone(run: Run) -> None:
    Path("out").mkdir()
    Path("out/failures.csv").write_text("my,own\n")
    result = run()
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: out/failures.csv is not photochrom's list")
    assert Path("out/failures.csv").read_text() == "my,own\n"


def test_a_damaged_journal_stops_everything_with_one_sentence(run: Run) -> None:
    Path("out").mkdir()
    Path("out", JOURNAL).write_bytes(b"scribbles" * 1000)
    result = run()
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "is damaged; delete it" in result.stderr


def test_the_journal_keeps_where_the_network_ran(run: Run) -> None:
    run("--provider", "cpu")
    rows = sqlite3.connect(f"out/{JOURNAL}")
    assert rows.execute("SELECT DISTINCT provider FROM results").fetchall() == [("cpu",)]
    rows.close()


def test_a_dry_run_says_everything_and_does_nothing(run: Run) -> None:
    result = run("--dry-run")
    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == [
        "color: album/1931/b.png -> out/1931/b.png",
        "color: album/a.jpg -> out/a.jpg",
    ]
    assert result.stderr == "Nothing was done: 2 color.\n"
    assert not Path("out").exists()
    run()
    later("album/a.jpg")
    Path("out/new.jpg").write_text("mine")
    for name in ("new", "newer"):
        Path(f"album/{name}.jpg").write_bytes(saved(smooth(9, 9), "jpeg"))
    before, journal = made(), Path("out", JOURNAL).read_bytes()
    result = run("--dry-run")
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [
        "done before", "color again", "refused", "color",
    ]  # fmt: skip
    assert (made(), Path("out", JOURNAL).read_bytes()) == (before, journal)


def test_a_photograph_in_color_is_colored_from_its_lightness_and_that_is_told(run: Run, tiny: Path) -> None:
    Path("album/c.png").write_bytes(saved(PARASOL, "png"))
    assert told(run()) == [
        "1 in color already, colored anew from the lightness; --skip-color leaves such out.",
        "3 photographs colored on cpu in ... s.",
    ]
    single = CliRunner().invoke(main, ["album/c.png", "c.png", "--model", str(tiny)])
    assert "album/c.png is in color already; it was colored anew" in single.stderr


def test_a_photograph_in_color_is_left_out_if_asked_and_that_is_told(run: Run, tiny: Path) -> None:
    Path("album/c.png").write_bytes(saved(PARASOL, "png"))
    sepia = np.multiply.outer(smooth(40, 40) / 255, [255.0, 230.0, 190.0]).astype(np.uint8)
    Path("album/sepia.png").write_bytes(saved(sepia, "png"))
    assert told(run("--skip-color")) == ["3 of 4 photographs colored on cpu in ... s, 1 left out, in color already."]
    assert set(made()) == {"a.jpg", "1931/b.png", "sepia.png"}
    assert "3 done before and unchanged, 1 left out, in color already" in run("--skip-color").stderr
    single = CliRunner().invoke(main, ["album/c.png", "c.png", "--skip-color", "--model", str(tiny)])
    assert (single.exit_code, single.stderr) == (0, "album/c.png is in color already and was left out.\n")
    assert not Path("c.png").exists()
    assert told(run())[-1] == "1 of 4 photographs colored on cpu in ... s, 3 done before and unchanged."


def test_of_several_pages_the_first_is_taken_or_all(run: Run) -> None:
    pages = [Image.fromarray(smooth(20 + 10 * number, 30)) for number in range(3)]
    pages[0].save("album/p.tif", save_all=True, append_images=pages[1:])
    result = run()
    assert [line for line in told(result) if "p.tif" in line and "3 pages" in line]
    assert Photo.read("out/p.tif").size == (20, 30)
    everything = run("--pages", "all")
    assert everything.exit_code == 0
    assert "the first one was taken" not in everything.stderr
    assert [Photo.read(f"out/p-page{number}.tif").height for number in (1, 2, 3)] == [20, 30, 40]
    assert "5 done before" in run("--pages", "all").stderr


def test_every_result_in_one_format(run: Run) -> None:
    assert run("--format", "webp", "--quality", "70").exit_code == 0
    assert set(made()) == {"a.webp", "1931/b.webp"}
    assert Photo.read("out/a.webp").format == "webp"


def test_two_photographs_that_would_get_one_name_are_refused_before_anything_is_written(run: Run) -> None:
    for name in ("a.png", "c.jpg", "c.webp"):
        Path("album", name).write_bytes(saved(smooth(9, 9), "png"))
    result = run("--format", "tiff")
    assert result.exit_code == 2
    assert "would both become out/a.tif; nothing was written. The same holds for 1 more." in " ".join(
        result.stderr.split()
    )
    assert not Path("out").exists()


def test_the_place_and_the_disclosure_are_in_the_metadata_or_not(run: Run) -> None:
    Path("album/a.jpg").write_bytes(saved(smooth(40, 50), "jpeg", exif=exif()))
    for words, place, disclosed in (([], True, True), (["--strip-gps", "--no-disclose"], False, False)):
        assert run(*words).exit_code == 0
        with Image.open("out/a.jpg") as image:
            assert bool(image.getexif().get_ifd(GPS_IFD)) is place
            assert ("photochrom" in str(image.getexif().get(305))) is disclosed


def test_a_photograph_that_is_too_large_is_refused(run: Run) -> None:
    result = run("--max-pixels", "1000")
    assert result.exit_code == 1
    assert "album/a.jpg has 50 x 40 pixels" in result.stderr
    assert set(made()) == {"1931/b.png", "failures.csv"}


def test_a_loop_is_told_and_passed_over(run: Run) -> None:
    Path("album/loop").symlink_to(".")
    assert told(run()) == [
        "album/loop leads back into album and was passed over.",
        "2 photographs colored on cpu in ... s.",
    ]


def test_results_inside_the_album_are_no_photographs(run: Run, tiny: Path) -> None:
    for _ in range(2):
        result = CliRunner().invoke(main, ["colorize", "album", "-o", "album/out", "--model", str(tiny)])
        assert result.exit_code == 0
    assert "2 done before" in result.stderr


def test_beside_the_sources_of_one_folder_it_goes_on_as_well(run: Run, tiny: Path) -> None:
    words = ["colorize", "album", "--model", str(tiny)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert Path("album", JOURNAL).exists()
    assert "2 done before" in CliRunner().invoke(main, words).stderr


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ZeroDivisionError("by accident"), "failed by a mistake in photochrom (ZeroDivisionError: by accident)"),
        (MemoryError("9 GB"), "needs more memory than there is (9 GB)"),
    ],
)
def test_what_nobody_expected_does_not_end_the_night(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    plain = Photo.read

    def read(path: Path, *others: object) -> Photo:
        if path.name == "a.jpg":
            raise error
        return plain(path, *others)

    monkeypatch.setattr(Photo, "read", read)
    result = run()
    assert result.exit_code == 1
    assert f"album/a.jpg {sentence}" in result.stderr
    assert set(made()) == {"1931/b.png", "failures.csv"}
    assert type(run("--debug").exception) in (type(error), PhotoError)


def test_a_file_that_appears_meanwhile_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Photo.read

    def read(path: Path, *others: object) -> Photo:
        Path("out/a.jpg").write_text("came meanwhile")
        return plain(path, *others)

    monkeypatch.setattr(Photo, "read", read)
    result = run()
    assert result.exit_code == 1
    assert "out/a.jpg appeared meanwhile and was left as it is" in result.stderr
    assert Path("out/a.jpg").read_text() == "came meanwhile"
    assert hidden() == [f"out/{JOURNAL}"]


def test_a_result_is_entered_before_it_gets_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a run that is killed between the two would leave a file that the next one takes for somebody else's."""
    order, plain = list[str](), coloring.publish

    def enter(*_: object) -> None:
        order.append("entered")

    def publish(part: Path, path: Path, overwrite: bool) -> None:
        order.append("named")
        plain(part, path, overwrite)

    monkeypatch.setattr(Journal, "enter", enter)
    monkeypatch.setattr(coloring, "publish", publish)
    Path("album/1931/b.png").unlink()
    assert run().exit_code == 0
    assert order == ["entered", "named"]


def test_a_name_that_gets_too_long_is_one_failure(run: Run) -> None:
    Path("album", "x" * 240 + ".jpg").write_bytes(saved(smooth(9, 9), "jpeg"))
    result = run("--suffix", "-in-the-colors-of-today")
    assert result.exit_code == 1
    assert told(result)[0] == "2 of 3 photographs colored on cpu in ... s, 1 failed."
    assert "cannot be written (File name too long)" in result.stderr
    assert hidden() == [f"out/{JOURNAL}"]


def test_a_file_in_the_place_of_a_folder_is_a_failure_of_what_goes_there(run: Run) -> None:
    Path("out").mkdir()
    Path("out/1931").write_text("a file")
    result = run()
    assert told(result)[0] == "1 of 2 photographs colored on cpu in ... s, 1 failed."
    assert "The folder out/1931 can't be made" in result.stderr


def test_a_provider_that_is_not_there_makes_nothing(run: Run) -> None:
    assert run("--provider", "coreml").exit_code == 1
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--watch", "--dry-run"], "which --watch can't know"),
        (["--watch", "-o", "album"], "can't be watched and take the results"),
        (["--pages", "all", "-o", "new.tif"], "Several photographs can't go into one file"),
        (["--pages", "some"], "Invalid value for '--pages'"),
        (["--format", "gif"], "Invalid value for '--format'"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage_and_makes_nothing(run: Run, words: list[str], sentence: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.replace("│", "").split())
    assert not Path("out").exists()


def test_formats_and_providers_are_those_that_there_are() -> None:
    kind = next(option.type for option in colorize.params if option.name == "format")
    assert isinstance(kind, click.Choice)
    assert set(kind.choices) == set(ENDINGS) == set(WRITABLE)
    told = next(option.help for option in colorize.params if option.name == "provider")
    assert str(told).endswith(f": auto, {', '.join(PROVIDERS)}.")


def test_working_sizes_are_those_of_the_model(run: Run) -> None:
    kind = next(option.type for option in colorize.params if option.name == "size")
    assert isinstance(kind, click.IntRange)
    assert (kind.min, kind.max) == SIZES
