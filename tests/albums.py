"""Small color photographs in folders and shards, for tests of what measures them."""

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from photochrom.evaluation.frames import Pixels
from photochrom.evaluation.photographs import find_photographs
from photochrom.evaluation.run import Settings, evaluate
from photochrom.evaluation.systems import gather
from pictures import saved

COUNT, TIMES = 6, 40  # photographs of the evaluation that tests share, and draws of its bootstrap
SETTINGS = Settings(workers=1, provider="cpu", times=TIMES, command=["photochrom", "evaluate", "tiny.onnx"])


def colorful(seed: int, height: int = 40, width: int = 48) -> Pixels:
    """Soft shapes in strong colors, another picture for every seed; uint8 H x W x 3."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        128
        + 90 * np.sin(x / rng.uniform(4, 12) + rng.uniform(0, 6)) * np.cos(y / rng.uniform(4, 12) + rng.uniform(0, 6))
        for _ in range(3)
    ]
    return np.stack(waves, axis=2).astype(np.uint8)


def album(folder: Path, count: int, height: int = 40, width: int = 48) -> Path:
    """A folder of PNG files 00.png, 01.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:02}.png").write_bytes(saved(colorful(number, height, width), "png"))
    return folder


def shard(path: Path, samples: dict[str, tuple[Pixels, str | None]]) -> Path:
    """A tar of KEY.png, and KEY.cls where a class is given."""
    with tarfile.open(path, "w") as tar:
        for key, (pixels, label) in samples.items():
            files = {f"{key}.png": saved(pixels, "png")} | ({} if label is None else {f"{key}.cls": label.encode()})
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return path


def evaluated(
    place: Path, out: Path, models: tuple[str, ...] = ("tiny.onnx",), settings: Settings = SETTINGS
) -> dict[str, Any]:
    """Evaluate models of `place`, its folder made/ as "other", and the baselines, on its folder truth/."""
    photographs = find_photographs([place / "truth"], "folder", out)
    folders = [f"other={place / 'made'}"]
    under_test = gather([str(place / one) for one in models], folders, ["gray", "random", "truth"], photographs, "cpu")
    return evaluate(under_test, photographs, out, settings)
