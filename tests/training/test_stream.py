"""A corpus too large for memory: everything once an epoch, the validation pictures never."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

import tiny_training as tiny
from photochrom.errors import DataError
from photochrom.training.data import Corpus
from photochrom.training.setup import open_photographs
from photochrom.training.stream import Stream
from pictures import saved

KEPT = 2  # for validation


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Three shards of five photographs, keys counted anew in each."""
    return [tiny.write_shard(tmp_path / f"{number}.tar", range(5)) for number in range(3)]


def stream(shards: list[Path], size: int = 1, seed: int = 1, rank: int = 0, world: int = 1) -> Stream:
    return Stream(shards, tiny.SIDE, size, KEPT, seed, rank, world)


def names(source: Stream, count: int, step: int = 0) -> list[str]:
    return [name for number in range(count) for name in source.batch(step + number).names]


def everything(shards: list[Path]) -> set[str]:
    return {f"{shard.name}/{number:06d}" for shard in shards for number in range(5)}


def test_an_epoch_is_everything_once_but_what_is_kept_for_validation(shards: list[Path]) -> None:
    source = stream(shards)
    kept = set(source.validation.names)
    assert kept == {"0.tar/000000", "0.tar/000001"}
    for _ in range(3):
        assert Counter(names(source, 13)) == Counter(everything(shards) - kept)


def test_epochs_and_seeds_have_orders_of_their_own(shards: list[Path]) -> None:
    source = stream(shards)
    first, second = names(source, 13), names(source, 13)
    assert first != second
    assert names(stream(shards), 13) == first
    assert names(stream(shards, seed=2), 13) != first
    assert names(stream(shards), 13, step=100) != first  # a run that resumes there


def test_a_batch_has_the_photographs_that_its_names_say(shards: list[Path]) -> None:
    batch = stream(shards, size=4).batch(0)
    assert batch.rows is None
    assert batch.labels.tolist() == [-1] * 4
    for name, photograph in zip(batch.names, batch.photographs, strict=True):
        assert photograph.shape == (3, 48, 64)
        true = tiny.picture(int(name.rpartition("/")[2])).transpose(2, 0, 1)
        assert abs(photograph.numpy().astype(float) - true).mean() < 8


def test_processes_share_the_shards_and_the_batch(shards: list[Path]) -> None:
    parts = [stream(shards, size=6, rank=rank, world=3) for rank in range(3)]
    assert [part.size for part in parts] == [2, 2, 2]
    seen = []
    for part in parts:
        left = [one.name for one in part._epoch((1, 0, 0))]
        assert len({name.partition("/")[0] for name in left}) == 1
        seen += left
    assert Counter(seen) == Counter(everything(shards) - set(parts[0].validation.names))
    with pytest.raises(DataError, match="3 shards can't be shared by 4 processes"):
        stream(shards, size=4, rank=0, world=4)


def test_a_process_whose_shards_are_all_kept_for_validation_learns_from_those_of_the_others(tmp_path: Path) -> None:
    shards = [tiny.write_shard(tmp_path / f"{n}.tar", range(count)) for n, count in enumerate((KEPT, 5))]
    for rank in range(2):
        source = stream(shards, size=2, rank=rank, world=2)
        assert len(source.sample(3)) == 3
        assert {name.partition("/")[0] for name in names(source, 12)} == {"1.tar"}


def test_what_cannot_be_decoded_is_left_out_and_labels_come_along(tmp_path: Path) -> None:
    good = saved(tiny.picture(1), "webp")
    first = tiny.write_tar(tmp_path / "0.tar", {f"{n}.webp": good for n in range(KEPT)})
    members = {"a/1.webp": good, "a/1.cls": b"7", "a/2.webp": b"no picture", "notes.txt": b"text", "a/x.y.JPG": good}
    source = stream([first, tiny.write_tar(tmp_path / "1.tar", members)], size=2)
    found = source.batch(0)
    assert sorted(zip(found.names, found.labels.tolist(), strict=True)) == [("1.tar/a/1", 7), ("1.tar/a/x", -1)]


def test_statistics_come_from_a_pass_of_their_own(shards: list[Path]) -> None:
    source = stream(shards)
    assert len(source.sample(4)) == 4
    assert len(source.sample(99)) == 13
    assert names(source, 13) == names(stream(shards), 13)


def test_shards_without_photographs_are_one_sentence(tmp_path: Path) -> None:
    only = tiny.write_shard(tmp_path / "only.tar", range(KEPT))
    with pytest.raises(DataError, match=r"^no photographs in .*only\.tar but those kept for validation$"):
        stream([only]).batch(0)
    with pytest.raises(DataError, match=r"^no photographs in .*only\.tar but those kept for validation$"):
        stream([only]).sample(5)
    empty = tiny.write_tar(tmp_path / "empty.tar", {"notes.txt": b"text"})
    with pytest.raises(DataError, match=r"^no photographs in .*empty\.tar$"):
        stream([empty])


def test_a_shard_that_breaks_off_is_named(shards: list[Path]) -> None:
    shards[2].write_bytes(shards[2].read_bytes()[:3000])
    with pytest.raises(DataError, match=r"2\.tar"):
        list(islice(stream(shards)._endless(0), 13))


def test_what_fits_is_held_and_what_does_not_is_streamed(shards: list[Path]) -> None:
    for gigabytes, kind in ((1.0, Corpus), (1e-6, Stream)):
        recipe = tiny.recipe(data={"memory_gb": gigabytes})
        assert isinstance(open_photographs(recipe, shards, tiny.fabric()), kind)
