"""Originals from folders and shards, in one order, with their classes, in the protocol's frame."""

from pathlib import Path

import numpy as np
import pytest

from albums import album, colorful, shard
from photochrom.errors import EvaluationError, PhotoError
from photochrom.evaluation.photographs import find_photographs
from photochrom.evaluation.protocols import cval1k
from pictures import saved

NOWHERE = Path("/nowhere")


def test_a_folder_gives_its_photographs_in_order_as_bytes(tmp_path: Path) -> None:
    found = find_photographs([album(tmp_path / "a", 3)], "folder", NOWHERE)
    assert [found.key(index) for index in range(len(found))] == ["00", "01", "02"]
    assert np.array_equal(found.read(1), colorful(1))


def test_a_shard_gives_its_photographs_and_their_classes(tmp_path: Path) -> None:
    path = shard(tmp_path / "some.tar", {"x": (colorful(5), "7"), "y": (colorful(6), None)})
    found = find_photographs([path], "folder", NOWHERE)
    assert list(found.labels) == ["7", None]
    assert np.array_equal(found.read(0), colorful(5))


def test_class_folders_are_labels_and_part_of_the_key(tmp_path: Path) -> None:
    album(tmp_path / "set" / "cats", 1)
    album(tmp_path / "set" / "dogs", 1)
    found = find_photographs([tmp_path / "set"], "folder", NOWHERE)
    assert list(found.labels) == ["cats", "dogs"]
    assert [found.key(index) for index in (0, 1)] == ["cats/00", "dogs/00"]


def test_a_published_list_is_found_by_file_names_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = list(cval1k())
    data = saved(colorful(1, 12, 30), "jpeg")
    for position, name in enumerate(names):
        folder = tmp_path / "val" / f"n{position % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.JPEG").write_bytes(data)
    found = find_photographs([tmp_path / "val"], "larsson2016", NOWHERE)
    assert [Path(found.name(index)).stem for index in range(3)] == names[:3]
    assert found.labels[0] == str(cval1k()[names[0]])
    assert found.read(0).shape == (12, 30, 3)
    assert len(found) == found.of == 1000


def test_missing_members_of_a_list_are_counted_and_named(tmp_path: Path) -> None:
    with pytest.raises(
        EvaluationError, match=r"10000 of 10000 photographs of zhang2016 .*_val_00025275.* and 9995 more"
    ):
        find_photographs([album(tmp_path, 1)], "zhang2016", NOWHERE)


def test_a_limit_takes_photographs_spread_over_the_list(tmp_path: Path) -> None:
    found = find_photographs([album(tmp_path, 9)], "folder", NOWHERE, limit=3)
    assert [found.key(index) for index in range(3)] == ["00", "04", "08"]
    assert found.of == 9


def test_no_photographs_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no photographs in"):
        find_photographs([tmp_path], "folder", NOWHERE)


def test_the_report_inside_the_data_is_passed_over(tmp_path: Path) -> None:
    album(tmp_path, 2)
    album(tmp_path / "report", 2)
    assert len(find_photographs([tmp_path], "folder", tmp_path / "report")) == 2


def test_the_digest_knows_protocol_names_and_sizes(tmp_path: Path) -> None:
    digest = find_photographs([album(tmp_path, 2)], "folder", NOWHERE).digest
    assert digest == find_photographs([tmp_path], "folder", NOWHERE).digest
    (tmp_path / "01.png").write_bytes(saved(colorful(9), "png") + b"\0")
    assert digest != find_photographs([tmp_path], "folder", NOWHERE).digest


def test_gray_and_sixteen_bits_become_sRGB_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(colorful(1)[..., 0], "png"))
    (tmp_path / "b.png").write_bytes(saved(colorful(1)[..., 0].astype(np.uint16) * 257, "png"))
    found = find_photographs([tmp_path], "folder", NOWHERE)
    expected = np.repeat(colorful(1)[..., :1], 3, axis=2)
    assert np.array_equal(found.read(0), expected)
    assert np.array_equal(found.read(1), expected)


def test_a_damaged_original_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(saved(colorful(1), "png")[:200])
    with pytest.raises(PhotoError, match=r"broken\.png"):
        find_photographs([tmp_path], "folder", NOWHERE).read(0)
