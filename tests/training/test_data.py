"""Photographs out of shards, and batches out of photographs."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny_training as tiny
from photochrom.errors import DataError
from photochrom.training.data import (
    Corpus,
    Held,
    decode,
    find_shards,
    gigabytes,
    load_corpus,
    read_shard,
)
from photochrom.training.prepare import Settings, prepare
from pictures import ORIENTATIONS, display_p3, exif, gamma_profile, png_header, saved, smooth, upright


def test_shards_of_prepare_are_read_with_their_labels(tmp_path: Path) -> None:
    for label, number in itertools.product((0, 1), range(3)):
        folder = tmp_path / "photographs" / f"class{label}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(saved(tiny.picture(10 * label + number, 100, 120), "png"))
    done = prepare([tmp_path / "photographs"], tmp_path / "shards", Settings(size=64, labels=True))
    corpus = load_corpus(find_shards([tmp_path / "shards"]), tiny.SIDE)
    assert len(corpus) == done.manifest["samples"] > 0
    assert set(corpus.labels.tolist()) == {0, 1}
    assert {min(photograph.shape[1:]) for photograph in corpus.photographs} == {tiny.SIDE}


def test_a_plain_tar_of_folders_is_a_shard(tmp_path: Path) -> None:
    pictures = {"forest/1.webp": "webp", "forest/2.JPG": "jpeg", "sea/1.png": "png", "sea/two.parts.jpeg": "jpeg"}
    members = {name: saved(tiny.picture(3), format) for name, format in pictures.items()}
    shard = tiny.write_tar(tmp_path / "plain.tar", {**members, "sea/notes.txt": b"calm"})
    corpus = load_corpus([shard], tiny.SIDE)
    assert list(corpus.names) == [f"plain.tar/{name.rpartition('.')[0]}" for name in pictures]
    assert corpus.labels.tolist() == [-1] * 4
    for photograph in corpus.photographs:
        assert photograph.shape == (3, 48, 64)
        assert (photograph.float() - torch.from_numpy(tiny.picture(3).transpose(2, 0, 1)).float()).abs().mean() < 8


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_photographs_stand_upright(orientation: int) -> None:
    stored = tiny.picture(5)
    pixels = decode(saved(stored, "png", exif=exif(orientation)), tiny.SIDE)
    assert pixels is not None
    assert np.array_equal(pixels.numpy(), upright(stored, orientation).transpose(2, 0, 1))


@pytest.mark.parametrize("bands", [1, 2, 3, 4], ids=["gray", "gray with alpha", "color", "color with alpha"])
def test_every_kind_of_picture_has_three_channels(bands: int) -> None:
    array = smooth(60, 90, bands)
    if bands in (2, 4):
        array[..., -1] = 255
    pixels = decode(saved(array, "png"), tiny.SIDE)
    assert pixels is not None
    assert pixels.dtype == torch.uint8
    assert pixels.shape == (3, 48, 72)


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_shorter_side_is_as_asked_and_the_longer_at_most_twice_that(height: int, width: int) -> None:
    pixels = decode(saved(smooth(height, width, 3), "png"), tiny.SIDE)
    assert pixels is not None
    assert min(pixels.shape[1:]) == tiny.SIDE
    assert max(pixels.shape[1:]) <= 2 * tiny.SIDE


def test_a_corrupt_picture_is_left_out(tmp_path: Path) -> None:
    good = saved(tiny.picture(1), "webp")
    members = {"0.webp": b"no picture", "1.webp": good, "2.jpg": b"", "3.webp": good, "3.cls": b"4"}
    corpus = load_corpus([tiny.write_tar(tmp_path / "some.tar", members)], tiny.SIDE)
    assert list(corpus.names) == ["some.tar/1", "some.tar/3"]
    assert corpus.labels.tolist() == [-1, 4]


def test_a_picture_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    whole = saved(smooth(200, 200, 3), "jpeg")
    members = {"0.jpg": whole[: len(whole) // 2], "1.jpg": whole}
    assert list(load_corpus([tiny.write_tar(tmp_path / "some.tar", members)], tiny.SIDE).names) == ["some.tar/1"]


@pytest.mark.parametrize("format", ["gif", "bmp"])
def test_other_formats_are_left_out_whatever_their_names_say(format: str) -> None:
    assert decode(saved(smooth(60, 90, 3), format), tiny.SIDE) is None
    assert decode(saved(smooth(60, 90, 3), "tiff"), tiny.SIDE) is not None


def test_more_pixels_than_a_photograph_has_are_not_decoded() -> None:
    assert decode(png_header(30000, 30000), tiny.SIDE) is None


def test_embedded_profiles_are_converted_to_srgb() -> None:
    square = np.full((tiny.SIDE, tiny.SIDE, 3), (200, 80, 60), np.uint8)
    pixels = decode(saved(square, "png", profile=display_p3()), tiny.SIDE)
    assert pixels is not None
    assert (
        np.abs(pixels[:, 9, 9].numpy().astype(int) - (216, 73, 50)).max() <= 6
    )  # the same light in narrower primaries
    gray = decode(saved(square, "png", profile=gamma_profile(2.2)), tiny.SIDE)
    assert gray is not None  # a profile of another kind of picture is passed over
    assert np.array_equal(gray[:, 9, 9].numpy(), (200, 80, 60))
    cmyk = decode(saved(square, "jpeg", mode="CMYK"), tiny.SIDE)
    assert cmyk is not None
    assert cmyk.shape == (3, tiny.SIDE, tiny.SIDE)


def test_shards_are_files_or_lie_in_folders(tmp_path: Path) -> None:
    one, two = (tiny.write_shard(tmp_path / name, [0]) for name in ("b.tar", "a.tar"))
    (tmp_path / "manifest.json").write_text("{}")
    assert find_shards([tmp_path]) == [two, one]
    assert find_shards([one]) == [one]
    assert find_shards([one, two]) == find_shards([two, one]) == [two, one]


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    whole = tiny.write_shard(tmp_path / "whole.tar").read_bytes()
    cases = {"text.tar": b"no tar at all" * 99, "empty.tar": b"", "short.tar": whole[:700]}
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        for read in (lambda path: load_corpus([path], tiny.SIDE), lambda path: gigabytes([path], tiny.SIDE)):
            with pytest.raises(DataError) as caught:
                read(path)
            assert str(path) in str(caught.value)
            assert "\n" not in str(caught.value)


def test_no_photographs_is_one_sentence(tmp_path: Path) -> None:
    tiny.write_tar(tmp_path / "notes.tar", {"a.txt": b"text", "b.webp": b"no picture"})
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"^no photographs in .*notes\.tar$"):
        load_corpus([tmp_path / "notes.tar"], tiny.SIDE)
    with pytest.raises(DataError, match=r"^no \.tar shards in .*empty: make some with `photochrom prepare`$"):
        find_shards([tmp_path / "empty"])
    with pytest.raises(DataError, match=r"^no such file or folder: .*nowhere$"):
        find_shards([tmp_path / "nowhere"])


@pytest.mark.parametrize("text", [b"cat", b"-3", b"1.5", b""])
def test_a_label_is_a_whole_number(tmp_path: Path, text: bytes) -> None:
    shard = tiny.write_tar(tmp_path / "one.tar", {"0.webp": saved(tiny.picture(1), "webp"), "0.cls": text})
    with pytest.raises(DataError, match=r"one\.tar: 0\.cls holds .*: a class label is a whole number from 0 on"):
        list(read_shard(shard))


def test_the_memory_a_corpus_takes_is_known_from_its_headers(tmp_path: Path) -> None:
    shards = [tiny.write_shard(tmp_path / f"{n}.tar") for n in range(2)]
    taken = load_corpus(shards, tiny.SIDE).bytes / 1e9
    assert gigabytes(shards, tiny.SIDE) == pytest.approx(taken, rel=0.01)  # these photographs are 4 by 3


def test_the_split_is_seeded_and_loses_nothing() -> None:
    corpus = tiny.corpus(9)
    training, validation = corpus.split(3, seed=1)
    assert (len(training), len(validation)) == (6, 3)
    assert sorted([*training.names, *validation.names]) == sorted(corpus.names)
    assert list(corpus.split(3, seed=1)[1].names) == list(validation.names)
    assert list(corpus.split(3, seed=2)[1].names) != list(validation.names)
    with pytest.raises(DataError, match="the shards hold 9 photographs, and 9 are to be kept for validation"):
        corpus.split(9, seed=1)


def numbered(count: int) -> Corpus:
    return Corpus([str(n) for n in range(count)], [torch.zeros(3, 1, 1)] * count, torch.arange(count))


@given(count=st.integers(1, 30), size=st.integers(1, 12), seed=st.integers(0, 99))
def test_every_epoch_is_a_permutation(count: int, size: int, seed: int) -> None:
    source = Held(numbered(count), size, seed)
    names = [name for step in range(3 * count) for name in source.batch(step).names]
    for epoch in range(len(names) // count):
        assert sorted(names[epoch * count : (epoch + 1) * count], key=int) == [str(n) for n in range(count)]


def test_epochs_differ() -> None:
    source = Held(numbered(20), 20, 1)
    assert source.batch(0).names != source.batch(1).names


@given(st.integers(1, 30), st.integers(1, 4), st.integers(1, 4), st.integers(0, 50))
def test_processes_share_a_batch(count: int, world: int, each: int, step: int) -> None:
    alone = Held(numbered(count), world * each, 7).batch(step)
    parts = [Held(numbered(count), world * each, 7, rank, world).batch(step) for rank in range(world)]
    assert all(len(part.names) == each for part in parts)
    together = [name for names in zip(*(part.names for part in parts), strict=True) for name in names]
    assert together == alone.names


def test_a_batch_is_a_function_of_seed_and_step(rng: np.random.Generator) -> None:
    forward = {step: Held(numbered(7), 3, 5).batch(step).names for step in range(20)}
    source = Held(numbered(7), 3, 5)
    assert {int(step): source.batch(int(step)).names for step in rng.permutation(20)} == forward
    assert Held(numbered(7), 3, 6).batch(0).names != forward[0]


def test_a_batch_knows_its_rows_and_labels() -> None:
    batch = Held(numbered(7), 3, 5).batch(4)
    assert batch.rows is not None
    assert batch.rows.tolist() == batch.labels.tolist() == [int(name) for name in batch.names]
