"""Which photograph goes where: decided before anything is written."""

from pathlib import Path

import pytest

from photochrom.archive.plan import Failure, Job, make_plan
from photochrom.errors import PlanError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few names in it; what they contain plays no role."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "a.jpg",
        "b.PNG",
        "scan.bmp",
        "album/c.tif",
        "album/1931/d.webp",
        "album/1931/notes.txt",
        "other/c.tif",
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("empty").mkdir()
    return tmp_path


def planned(
    *inputs: str, output: str | None = None, suffix: str | None = None, format: str | None = None
) -> dict[str, str]:
    jobs = make_plan(inputs, output, suffix, format).jobs()
    return {str(job.source or "-"): str(job.target or "-") for job in jobs}


def test_without_an_output_results_lie_beside_the_sources() -> None:
    assert planned("a.jpg", "b.PNG") == {"a.jpg": "a-color.jpg", "b.PNG": "b-color.PNG"}
    assert planned("album") == {"album/c.tif": "album/c-color.tif", "album/1931/d.webp": "album/1931/d-color.webp"}


def test_one_photograph_and_an_output_that_ends_like_a_picture_is_that_file() -> None:
    assert planned("a.jpg", output="new/result.png") == {"a.jpg": "new/result.png"}
    assert planned("a.jpg", output="result.TIFF", suffix="-x") == {"a.jpg": "result.TIFF"}


@pytest.mark.parametrize("output", ["out", "out/", "out.d"])
def test_any_other_output_is_a_folder_that_keeps_names_and_trees(output: str) -> None:
    folder = Path(output)
    assert planned("a.jpg", output=output) == {"a.jpg": str(folder / "a.jpg")}
    assert planned("a.jpg", "album", output=output) == {
        "a.jpg": str(folder / "a.jpg"),
        "album/c.tif": str(folder / "c.tif"),
        "album/1931/d.webp": str(folder / "1931/d.webp"),
    }


def test_a_folder_may_be_called_like_a_picture() -> None:
    Path("odd.jpg").mkdir()
    assert planned("a.jpg", output="odd.jpg") == {"a.jpg": "odd.jpg/a.jpg"}
    assert planned("a.jpg", output="new.jpg/") == {"a.jpg": "new.jpg/a.jpg"}


def test_a_suffix_goes_before_the_ending() -> None:
    assert planned("a.jpg", suffix="_new") == {"a.jpg": "a_new.jpg"}
    assert planned("a.jpg", output="out", suffix="_new") == {"a.jpg": "out/a_new.jpg"}


def test_a_format_changes_the_ending_only_of_those_that_have_another() -> None:
    assert planned("a.jpg", "b.PNG", output="out", format="png") == {"a.jpg": "out/a.png", "b.PNG": "out/b.PNG"}
    assert planned("scan.bmp", output="out") == {"scan.bmp": "out/scan.png"}  # a name that says no format that we write


def test_a_dash_is_a_stream() -> None:
    assert planned("-") == {"-": "-"}
    assert planned("-", output="-") == {"-": "-"}
    assert planned("a.jpg", output="-") == {"a.jpg": "-"}
    assert planned("-", output="new.jpg") == {"-": "new.jpg"}


def test_results_of_an_earlier_run_are_not_colored_again() -> None:
    Path("album/c-color.tif").touch()
    Path("album/out").mkdir()
    Path("album/out/c.tif").touch()
    assert "album/c-color.tif" not in planned("album")
    assert planned("album", output="album/out") == {
        "album/c.tif": "album/out/c.tif",
        "album/c-color.tif": "album/out/c-color.tif",
        "album/1931/d.webp": "album/out/1931/d.webp",
    }


def test_a_folder_without_photographs_is_named_and_the_rest_goes_on() -> None:
    plan = make_plan(["empty", "a.jpg"], "out", None, None)
    assert plan.failures == [Failure("empty", "empty is a folder without photographs.")]
    assert list(plan.jobs()) == [Job(Path("a.jpg"), Path("out/a.jpg"))]


@pytest.mark.parametrize(
    ("inputs", "output", "suffix", "format", "sentence"),
    [
        (["album", "other"], "out", None, None, "album/c.tif and other/c.tif would both become out/c.tif"),
        (["a.jpg", "./a.jpg"], None, None, None, "would both become"),
        (["a.jpg"], None, "", None, "a.jpg is one of the photographs to color; an input is never overwritten"),
        (["a.jpg"], "a.jpg", None, None, "an input is never overwritten"),
        (["a.jpg"], "album/../a.jpg", None, None, "an input is never overwritten"),
        (["album"], "album", None, None, "an input is never overwritten"),
        (["a.jpg", "b.PNG"], "b.PNG", None, None, "can't go into one file"),
        (["album"], "new.jpg", None, None, "can't go into one file"),
        (["a.jpg", "b.PNG"], "-", None, None, "Only one photograph fits into standard output"),
        (["album"], "-", None, None, "Only one photograph fits into standard output"),
        (["-", "a.jpg"], "out", None, None, "can't be mixed"),
        (["-"], "out", None, None, "needs a file name to go to"),
        (["a.jpg"], "new.png", None, "jpeg", "contradict each other"),
        (["a.jpg"], None, "/x", None, "A suffix is part of a file name"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    inputs: list[str], output: str | None, suffix: str | None, format: str | None, sentence: str
) -> None:
    with pytest.raises(PlanError) as caught:
        make_plan(inputs, output, suffix, format)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(("source", "output"), [("-", None), ("-", "-"), ("a.jpg", "-"), ("a.jpg", "new.tif")])
def test_all_pages_need_a_folder(source: str, output: str | None) -> None:
    with pytest.raises(PlanError, match="All pages can't go into one"):
        make_plan([source], output, None, None, "all")


def test_a_link_to_an_input_is_that_input(place: Path) -> None:
    Path("link.jpg").symlink_to(place / "a.jpg")
    with pytest.raises(PlanError, match="never overwritten"):
        make_plan(["a.jpg"], "link.jpg", None, None)
