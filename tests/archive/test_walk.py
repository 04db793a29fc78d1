"""Which files of a folder are photographs, and what becomes of links, loops and folders that can't be listed."""

import os
import sys
from pathlib import Path

import pytest

from photochrom.archive.walk import Walk
from pictures import lock


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An album with a folder in it, and another album beside it; what the files contain plays no role."""
    monkeypatch.chdir(tmp_path)
    for name in ("album/a.jpg", "album/1931/b.TIF", "album/1931/notes.txt", "album/.hidden/c.jpg", "other/d.webp"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


class Heard(list[str]):
    """What a walk told."""

    def passed(self, path: str, reason: str) -> None:
        assert path
        self.append(reason)


def walked(root: str = "album", without: str | None = None) -> tuple[dict[str, str], list[str], list[str]]:
    """Path -> place, reasons, notes."""
    reasons, notes = Heard(), list[str]()
    return dict(Walk(root, reasons.passed, notes.append, without)), list(reasons), notes


def test_photographs_are_known_by_their_suffix_and_keep_their_place() -> None:
    assert walked() == ({"album/a.jpg": "", "album/1931/b.TIF": "1931"}, [], [])


def test_a_walk_may_begin_anywhere() -> None:
    assert set(walked(".")[0]) == {"./album/a.jpg", "./album/1931/b.TIF", "./other/d.webp"}


def test_a_folder_that_is_left_out() -> None:
    assert set(walked(without="album/1931")[0]) == {"album/a.jpg"}
    assert set(walked(without="album/../album/1931")[0]) == {"album/a.jpg"}
    assert set(walked(without="other")[0]) == {"album/a.jpg", "album/1931/b.TIF"}


def test_a_link_to_a_photograph_is_a_photograph() -> None:
    Path("album/link.jpg").symlink_to("../other/d.webp")
    assert "album/link.jpg" in walked()[0]


def test_a_link_to_another_folder_is_followed() -> None:
    Path("album/friends").symlink_to("../other")
    found, reasons, notes = walked()
    assert found["album/friends/d.webp"] == "friends"
    assert (reasons, notes) == ([], [])


@pytest.mark.parametrize("target", [".", "..", "1931", "1931/..", "../album"])
def test_a_link_back_into_the_album_or_above_it_is_passed_over_and_told(target: str) -> None:
    Path("album/loop").symlink_to(target)
    found, reasons, notes = walked()
    assert set(found) == {"album/a.jpg", "album/1931/b.TIF"}
    assert reasons == []
    assert notes == ["album/loop leads back into album and was passed over."]


def test_two_links_to_one_folder_bring_its_photographs_once() -> None:
    Path("album/one").symlink_to("../other")
    Path("album/two").symlink_to("../other")
    found, _, notes = walked()
    assert sum(path.endswith("d.webp") for path in found) == 1
    assert len(notes) == 1


def test_links_between_two_folders_end() -> None:
    Path("album/there").symlink_to("../other")
    Path("other/back").symlink_to("../album")
    assert len(walked()[0]) == 3


@pytest.mark.parametrize("target", ["nowhere.jpg", "self.jpg"])
def test_a_link_that_leads_nowhere_is_a_failure(target: str) -> None:
    Path("album/self.jpg").symlink_to(target)
    assert walked()[1] == ["album/self.jpg is a link that leads nowhere."]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_photograph() -> None:
    os.mkfifo("album/pipe.jpg")
    assert "album/pipe.jpg" not in walked()[0]


def test_a_folder_that_cannot_be_listed_is_a_failure_and_the_rest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lock(monkeypatch, Path("album/1931"))
    found, reasons, _ = walked()
    assert set(found) == {"album/a.jpg"}
    assert reasons == ["The folder album/1931 cannot be listed (Permission denied)."]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_names_may_be_any_bytes() -> None:
    name = b"album/\xff\n.jpg"
    Path(os.fsdecode(name)).touch()
    assert os.fsdecode(name) in walked()[0]
