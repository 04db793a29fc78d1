"""`photochrom prepare`: what is dropped, what is written, and that neither workers nor interruptions change it."""

import hashlib
import io
import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from photochrom.cli.prepare import prepare as command
from photochrom.color import lab_to_srgb, srgb_to_lab
from photochrom.errors import DataError
from photochrom.training.hashing import MAX_DISTANCE, near_duplicates, perceptual_hash
from photochrom.training.prepare import Settings, prepare
from photochrom.training.screening import screen
from photochrom.training.shards import share_out
from photochrom.training.shrinking import shrink
from pictures import lock

KINDS = ("broken", "tiny", "gray", "tinted", "duplicate")


def colors(seed: int, width: int = 150, height: int = 120, cells: int = 6) -> np.ndarray:
    """A smooth random color field, uint8 H x W x 3: colors in no relation to lightness, as in a photograph."""
    rough = np.random.default_rng(seed).uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
    field = pyvips.Image.new_from_array(rough).resize(width / cells, vscale=height / cells, kernel="cubic")
    return np.array(field.numpy()[:height, :width], np.uint8)


def gray(seed: int) -> np.ndarray:
    return np.array(colors(seed).mean(axis=2, keepdims=True).repeat(3, axis=2), np.uint8)


def sepia(seed: int) -> np.ndarray:
    light = srgb_to_lab(colors(seed) / 255.0)[..., :1]
    toned = np.concatenate([light, np.full_like(light, 5), np.full_like(light, 16)], axis=-1)
    return np.array(np.rint(255 * np.clip(lab_to_srgb(toned), 0, 1)), np.uint8)


def duotone(seed: int) -> np.ndarray:
    share = gray(seed)[..., :1] / 255.0
    return np.rint(np.array([20, 20, 90]) * (1 - share) + np.array([255, 220, 150]) * share).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int = 90) -> bytes:
    return bytes(pyvips.Image.new_from_array(pixels).jpegsave_buffer(Q=quality))


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def pack(path: Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def samples_of(folder: Path) -> dict[str, tuple[np.ndarray, str | None]]:
    """Every sample, read by the webdataset package: key -> (pixels, text of KEY.cls)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # webdataset's own, about what it imports
        import webdataset

        shards = sorted(str(path) for path in folder.glob("*.tar"))
        read = list(webdataset.WebDataset(shards, shardshuffle=False, empty_check=False))
    return {
        sample["__key__"]: (
            pyvips.Image.new_from_buffer(sample.get("webp") or sample["jpg"], "").numpy(),
            sample["cls"].decode() if "cls" in sample else None,
        )
        for sample in read
    }


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fates_of(folder: Path) -> dict[str, str]:
    """What became of each picture: its name -> "kept" or the reason it was dropped for."""
    lines = map(json.loads, (folder / "pictures.jsonl").read_text().splitlines())
    return {line["name"]: line.get("dropped", "kept") for line in lines}


def keys_of(folder: Path) -> dict[str, str]:
    """The keys of the samples that pictures became, in the order of the pictures."""
    lines = map(json.loads, (folder / "pictures.jsonl").read_text().splitlines())
    return {line["name"]: line["key"] for line in lines if "key" in line}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve good pictures in two classes and one of every kind that is dropped."""
    root = tmp_path_factory.mktemp("photos")
    for seed in range(12):
        put(root / ("cat", "dog")[seed % 2] / f"{seed}.jpg", jpeg(colors(seed)))
    put(root / "cat" / "broken.jpg", jpeg(colors(20))[:-900])
    put(root / "cat" / "text.png", b"this is no picture")
    put(root / "cat" / "empty.webp", b"")
    put(root / "dog" / "tiny.jpg", jpeg(colors(21, 200, 95)))
    put(root / "dog" / "gray.jpg", jpeg(gray(22)))
    put(root / "dog" / "sepia.jpg", jpeg(sepia(23), 75))
    put(root / "dog" / "duotone.jpg", jpeg(duotone(24), 75))
    put(root / "elk" / "again.jpg", jpeg(colors(3, 300, 240), 50))
    put(root / "notes.txt", b"not looked at")
    put(root / ".hidden" / "0.jpg", jpeg(colors(30)))
    return root


# What is dropped


def test_each_kind_of_bad_picture_is_dropped_and_counted(mixed: Path, tmp_path: Path) -> None:
    done = prepare([mixed], tmp_path / "out", workers=1)
    assert done.manifest["dropped"] == {"broken": 3, "tiny": 1, "gray": 1, "tinted": 2, "duplicate": 1}
    assert done.manifest["samples"] == 12
    assert done.manifest["inputs"]["listed"] == 20
    fates = {Path(name).name: fate for name, fate in fates_of(done.folder).items()}
    assert (fates["broken.jpg"], fates["sepia.jpg"], fates["again.jpg"]) == ("broken", "tinted", "kept")
    assert fates["3.jpg"] == "duplicate"  # of two copies the larger one stays


@pytest.mark.parametrize("seed", range(20))
def test_color_fields_stay_and_their_toned_copies_go(seed: int) -> None:
    def verdict(pixels: np.ndarray) -> str | None:
        return shrink(jpeg(pixels, 75), 256, 96, "webp", 80).drop

    assert verdict(colors(seed)) is None
    assert verdict(gray(seed)) == "gray"
    assert verdict(sepia(seed)) == "tinted"
    assert verdict(duotone(seed)) == "tinted"


def test_a_single_color_is_tinted_and_not_a_crash() -> None:
    assert screen(np.full((64, 64, 3), (200, 30, 30), np.uint8))[0] == "tinted"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("quality", "scale"), [(30, 1), (90, 0.5), (60, 0.7), (80, 2)])
def test_a_copy_at_another_size_and_quality_has_nearly_the_same_hash(seed: int, quality: int, scale: float) -> None:
    picture, another = colors(seed, cells=15), colors(seed + 1, cells=15)  # all frequencies that the hash looks at
    copy = pyvips.Image.new_from_buffer(jpeg(picture, quality), "").resize(scale).numpy()
    distance = (perceptual_hash(picture) ^ perceptual_hash(copy)).bit_count()
    other = (perceptual_hash(picture) ^ perceptual_hash(another)).bit_count()
    assert distance <= MAX_DISTANCE < other


@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 3))
def test_near_duplicates_are_those_of_the_quadratic_search(seed: int, count: int, crowd: int) -> None:
    rng = random.Random(seed)
    seeds = [rng.getrandbits(64) for _ in range(crowd)]
    hashes = [
        rng.choice(seeds) ^ sum(1 << bit for bit in rng.sample(range(64), rng.randrange(12))) for _ in range(count)
    ]
    expected: list[int] = []
    for value in hashes:
        staying = [(int(value ^ hashes[j]).bit_count(), j) for j, repeat in enumerate(expected) if repeat < 0]
        near = [pair for pair in staying if pair[0] <= MAX_DISTANCE]
        expected.append(min(near)[1] if near else -1)
    assert near_duplicates(np.array(hashes, np.uint64)).tolist() == expected


# The copies


@pytest.mark.parametrize("suffix", ["webp", "jpg"])
@pytest.mark.parametrize(
    ("width", "height", "small"),
    [
        (400, 300, (128, 171)),
        (300, 400, (171, 128)),
        (110, 100, (100, 110)),
        (900, 300, (128, 256)),
        (100, 310, (200, 100)),
    ],
)
def test_copies_are_shrunk_never_enlarged_and_at_most_twice_as_long(
    width: int, height: int, small: tuple[int, int], suffix: str
) -> None:
    shrunk = shrink(jpeg(colors(1, width, height)), 128, 96, suffix, 90)
    copy = pyvips.Image.new_from_buffer(shrunk.data, "")
    assert (copy.height, copy.width) == small
    assert copy.get("vips-loader").startswith({"webp": "webp", "jpg": "jpeg"}[suffix])
    assert not copy.get_typeof("icc-profile-data")


def test_exif_orientation_is_applied_once() -> None:
    upright = pyvips.Image.new_from_array(colors(4, 160, 120))
    turned = upright.rot90().copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 8)
    copy = pyvips.Image.new_from_buffer(shrink(bytes(turned.jpegsave_buffer(Q=95)), 256, 96, "webp", 95).data, "")
    assert copy.numpy().shape == (120, 160, 3)
    assert np.abs(copy.numpy().astype(float) - upright.numpy()).mean() < 4


def test_embedded_profiles_are_converted_to_srgb() -> None:
    srgb = pyvips.Image.new_from_array(colors(5)).copy(interpretation="srgb")
    wide = srgb.icc_transform("p3", input_profile="srgb")
    tagged = bytes(wide.pngsave_buffer())
    copy = pyvips.Image.new_from_buffer(shrink(tagged, 256, 96, "webp", 95).data, "").numpy()
    assert np.abs(wide.numpy().astype(float) - srgb.numpy()).mean() > 4
    assert np.abs(copy.astype(float) - srgb.numpy()).mean() < 4


def test_deep_transparent_and_cmyk_pictures_are_read() -> None:
    srgb = pyvips.Image.new_from_array(colors(6)).copy(interpretation="srgb")
    deep = bytes(srgb.colourspace("rgb16").pngsave_buffer(bitdepth=16))
    clear = bytes(srgb.bandjoin(255).pngsave_buffer())
    cmyk = bytes(srgb.icc_transform("cmyk", input_profile="srgb").tiffsave_buffer())
    for data, off in ((deep, 4), (clear, 4), (cmyk, 30)):
        copy = pyvips.Image.new_from_buffer(shrink(data, 256, 96, "webp", 95).data, "").numpy()
        assert copy.shape == (120, 150, 3)
        assert np.abs(copy.astype(float) - srgb.numpy()).mean() < off


# What is written


def test_webdataset_reads_the_shards_and_the_manifest_is_true(mixed: Path, tmp_path: Path) -> None:
    done = prepare([mixed], tmp_path, Settings(labels=True), workers=1)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    samples = samples_of(tmp_path)
    assert manifest == done.manifest
    assert manifest["classes"] == ["cat", "dog", "elk"]
    assert sorted(samples) == [f"{position:08d}" for position in range(12)]
    assert sorted(str(label) for _, label in samples.values()) == ["0"] * 6 + ["1"] * 5 + ["2"]
    assert all(np.ptp(pixels.astype(int)) > 50 for pixels, _ in samples.values())
    for shard in manifest["shards"]:
        data = (tmp_path / shard["name"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (shard["sha256"], shard["bytes"])
    assert sum(shard["samples"] for shard in manifest["shards"]) == manifest["samples"]
    assert sorted(os.listdir(tmp_path)) == ["manifest.json", "photochrom-000000.tar", "pictures.jsonl"]


def test_labels_are_left_out_unless_asked_for(mixed: Path, tmp_path: Path) -> None:
    assert prepare([mixed], tmp_path, workers=1).manifest["classes"] == []
    assert {label for _, label in samples_of(tmp_path).values()} == {None}


def test_plain_tars_and_webdataset_tars_are_read_like_folders(tmp_path: Path) -> None:
    pack(
        tmp_path / "in" / "plain.tar",
        {"./owl/1.jpg": jpeg(colors(1)), "owl/._1.jpg": b"", "elk/2.png.jpg": jpeg(colors(2))},
    )
    pack(tmp_path / "web.tar", {"a/0001.jpg": jpeg(colors(3)), "a/0001.cls": b"elk\n", "a/0001.json": b"{}"})
    done = prepare([tmp_path / "in", tmp_path / "web.tar"], tmp_path / "out", Settings(labels=True), workers=1)
    assert done.manifest["classes"] == ["elk", "owl"]
    assert list(fates_of(done.folder)) == ["in/plain.tar/owl/1.jpg", "in/plain.tar/elk/2.png.jpg", "web.tar/a/0001.jpg"]
    assert sorted(label or "" for _, label in samples_of(done.folder).values()) == ["0", "0", "1"]


def test_numeric_classes_are_sorted_as_numbers_and_pictures_outside_have_none(tmp_path: Path) -> None:
    for seed, folder in enumerate(("10", "9", ".")):
        put(tmp_path / "in" / folder / "a.jpg", jpeg(colors(seed)))
    done = prepare([tmp_path / "in"], tmp_path / "out", Settings(labels=True), workers=1)
    assert done.manifest["classes"] == ["9", "10"]
    assert {label for _, label in samples_of(done.folder).values()} == {"0", "1", None}


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60), st.integers(5_000, 200_000))
def test_shards_share_all_samples_evenly_and_in_order(sizes: list[int], shard_bytes: int) -> None:
    shares = share_out(np.array(sizes), shard_bytes)
    assert [position for share in shares for position in share] == list(range(len(sizes)))
    heaviest = max(sum(sizes[i] for i in share) for share in shares)
    assert heaviest <= shard_bytes + max(sizes) + 1024


def test_the_order_is_shuffled_by_the_seed(mixed: Path, tmp_path: Path) -> None:
    first, second = (prepare([mixed], tmp_path / str(seed), Settings(seed=seed), 1).folder for seed in (1, 2))
    keys = [list(keys_of(folder).values()) for folder in (first, second)]
    assert keys[0] != keys[1]
    assert sorted(keys[0]) == sorted(keys[1]) != keys[0]


# Again, and again


def test_the_result_is_the_same_whatever_the_number_of_workers(mixed: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        prepare([mixed], tmp_path / str(workers), workers=workers)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "3")


@pytest.mark.parametrize("stop", [("looking at pictures", 7), ("writing shards", 1)])
def test_an_interrupted_run_goes_on_to_the_same_result(mixed: Path, tmp_path: Path, stop: tuple[str, int]) -> None:
    small = Settings(shard_mb=0.006)

    def interrupt(what: str, done: int, total: int) -> None:
        if what == stop[0] and done >= stop[1]:
            raise KeyboardInterrupt

    looked: list[int] = []
    whole = prepare([mixed], tmp_path / "whole", small, 1)
    with pytest.raises(KeyboardInterrupt):
        prepare([mixed], tmp_path / "parts", small, 1, interrupt)
    assert len(whole.manifest["shards"]) > 2
    assert len(list((tmp_path / "parts").glob("*.tar"))) == ("shards" in stop[0])
    assert not (tmp_path / "parts" / "manifest.json").exists()
    prepare(
        [mixed], tmp_path / "parts", small, 1, lambda what, done, _: looked.append(done) if "look" in what else None
    )
    assert looked[0] == (7 if "look" in stop[0] else 20)  # begins where the first run stopped
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "parts")


def test_a_killed_run_goes_on_to_the_same_result(tmp_path: Path) -> None:
    for seed in range(90):
        put(tmp_path / "in" / f"{seed}.jpg", jpeg(colors(seed)))
    prepare([tmp_path / "in"], tmp_path / "whole", workers=1)
    code = "import sys; from photochrom.training.prepare import prepare\n"
    code += "def told(what, done, total): print(done, flush=True)\n"
    code += "prepare([sys.argv[1]], sys.argv[2], workers=1, progress=told)"
    paths = (str(tmp_path / "in"), str(tmp_path / "killed"))
    with subprocess.Popen([sys.executable, "-c", code, *paths], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while int(process.stdout.readline()) < 75:
            pass
        process.send_signal(signal.SIGKILL)
    looked: list[int] = []
    prepare([tmp_path / "in"], tmp_path / "killed", None, 1, lambda _what, done, _total: looked.append(done))
    assert 0 < looked[0] < 90
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "killed")


def test_a_finished_output_is_left_alone(mixed: Path, tmp_path: Path) -> None:
    prepare([mixed], tmp_path, workers=1)
    before = files_of(tmp_path)
    stamp = (tmp_path / "manifest.json").stat().st_mtime_ns
    again = CliRunner().invoke(command, [str(mixed), "-o", str(tmp_path)])
    assert again.exit_code == 0
    assert "was finished before: 12 of 20 pictures" in again.stdout
    assert files_of(tmp_path) == before
    assert (tmp_path / "manifest.json").stat().st_mtime_ns == stamp


def test_an_output_inside_the_input_is_not_read_back(mixed: Path, tmp_path: Path) -> None:
    shutil.copytree(mixed, tmp_path / "in")
    prepare([tmp_path / "in"], tmp_path / "in" / "shards", workers=1)
    assert prepare([tmp_path / "in"], tmp_path / "in" / "shards", workers=1).was_there


def test_a_full_disk_leaves_nothing_half_written_and_the_run_goes_on_later(mixed: Path, tmp_path: Path) -> None:
    prepare([mixed], tmp_path / "whole", workers=1)
    code = "import resource, sys; from photochrom.training.prepare import prepare\n"
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)\n"
    code += "prepare([sys.argv[1]], sys.argv[2], workers=1)"
    small_disk = [sys.executable, "-c", code, str(mixed), str(tmp_path / "full"), "32768"]
    stopped = subprocess.run(small_disk, stderr=subprocess.PIPE, text=True, check=False)
    assert "DataError" in stopped.stderr
    assert "cannot be written" in stopped.stderr
    assert os.listdir(tmp_path / "full") == [".partial"]
    prepare([mixed], tmp_path / "full", workers=1)
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "full")


# The command


def test_the_command_says_how_many_of_each_kind_were_dropped(mixed: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(mixed), "-o", str(tmp_path / "out"), "--labels", "--workers", "1"])
    assert result.exit_code == 0, result.output
    assert "12 of 20 pictures" in result.stdout
    assert "Dropped: 3 broken, 1 tiny, 1 gray, 2 tinted, 1 duplicate." in result.stdout
    assert result.stderr == ""  # a bar only on a terminal


def test_the_command_says_how_to_go_on_after_an_interruption(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("photochrom.training.prepare.prepare", interrupted)
    result = CliRunner().invoke(command, [str(mixed), "-o", str(tmp_path / "out")])
    assert result.exit_code == 130
    assert "Run the same again to go on" in result.stderr


def test_a_terminal_sees_a_progress_bar(mixed: Path, tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    code = "from photochrom.cli.prepare import prepare; prepare()"
    subprocess.run([sys.executable, "-c", code, str(mixed), "-o", str(tmp_path / "out")], stderr=end, check=True)
    os.close(end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert "looking at pictures" in shown
    assert "20/20" in shown


# Refusals


def test_other_settings_on_an_existing_output_are_refused(mixed: Path, tmp_path: Path) -> None:
    prepare([mixed], tmp_path, Settings(size=128), 1)
    before = files_of(tmp_path)
    with pytest.raises(DataError, match="was begun with size 128, not 256; choose another folder"):
        prepare([mixed], tmp_path, workers=1)
    with pytest.raises(DataError, match="was begun with other pictures"):
        prepare([mixed / "cat"], tmp_path, Settings(size=128), 1)
    assert files_of(tmp_path) == before


def test_other_settings_on_an_unfinished_output_are_refused(mixed: Path, tmp_path: Path) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([mixed], tmp_path, None, 1, interrupt)
    with pytest.raises(DataError, match="seed 0, not 5"):
        prepare([mixed], tmp_path, Settings(seed=5), 1)


def test_two_runs_in_one_output_are_refused(mixed: Path, tmp_path: Path) -> None:
    def again(what: str, done: int, total: int) -> None:
        prepare([mixed], tmp_path, workers=1)

    with pytest.raises(DataError, match="another run is at work"):
        prepare([mixed], tmp_path, None, 1, again)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing", "does not exist"),
        ("empty", "there are no pictures in"),
        ("bad", "none of the 2 pictures can be used \\(1 broken, 1 gray\\)"),
        ("bad.tar", "is no readable tar file"),
        ("packed.tar.gz", "unpack it first"),
        ("notes.txt", "neither a folder nor a tar file nor a picture"),
    ],
)
def test_inputs_that_cannot_be_used_are_refused_in_one_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "bad" / "a.jpg", b"zero")
    put(tmp_path / "bad" / "b.jpg", jpeg(gray(1)))
    for file in ("bad.tar", "packed.tar.gz", "notes.txt"):
        put(tmp_path / file, b"this is no tar file" * 100)
    with pytest.raises(DataError, match=sentence):
        prepare([tmp_path / name], tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_a_tar_that_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    put(tmp_path / "locked.tar", b"")
    monkeypatch.setattr("tarfile.open", locked)
    with pytest.raises(DataError, match=r"locked\.tar is no readable tar file \(.*Permission denied\)"):
        prepare([tmp_path], tmp_path / "out", workers=1)


def test_a_folder_that_cannot_be_listed_is_one_sentence(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(monkeypatch, mixed / "dog")
    with pytest.raises(
        DataError, match=r"^the folder .*dog cannot be listed \(Permission denied\); set that right first"
    ):
        prepare([mixed], tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_one_sentence(mixed: Path, tmp_path: Path) -> None:
    put(tmp_path / "file", b"in the way")
    with pytest.raises(DataError, match="cannot be written"):
        prepare([mixed], tmp_path / "file" / "out", workers=1)


def test_shards_of_unknown_origin_are_left_alone(mixed: Path, tmp_path: Path) -> None:
    put(tmp_path / "photochrom-000000.tar", b"somebody's")
    with pytest.raises(DataError, match="holds shards without a manifest"):
        prepare([mixed], tmp_path, workers=1)
    put(tmp_path / "manifest.json", b"{}")
    with pytest.raises(DataError, match="none of photochrom's"):
        prepare([mixed], tmp_path, workers=1)
    assert (tmp_path / "photochrom-000000.tar").read_bytes() == b"somebody's"
