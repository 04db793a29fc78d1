"""Reads and colors one file after the other, in a process that may die of it.

    python -m hostile.worker MODEL.onnx        a question a line on standard input, an answer a line on standard output

Both are JSON. A question has the `path`, whether it is to be `streamed` as well, as large pictures are, and how many
pixels it may have at `most`. The answer: its `outcome` is "colored", "refused" (our sentence) or "traceback"; `digest`
and `flat` tell what was read, `streamed` whether both roads agree.
"""

import hashlib
import json
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

MEMORY = 3 << 30  # bytes of address space, of which libvips, onnxruntime and their threads take half a gigabyte


def main(model: str) -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from photochrom.colorizer import Colorizer

    colorizer = Colorizer(model, provider="cpu")
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is noise, and noise is counted
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        asked = json.loads(line)
        answer = _answer(Path(asked["path"]), colorizer, asked["streamed"], asked["most"])
        answer |= {"seconds": time.perf_counter() - began, "peak": _peak()}
        print(json.dumps(answer), file=answers, flush=True)


def _peak() -> int:
    """Kilobytes: the most that this program has held. Unlike `ru_maxrss`, without what the one that started it held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def _answer(path: Path, colorizer: Any, both: bool, most: int) -> dict[str, object]:
    from photochrom.errors import PhotochromError

    streamed = None
    try:
        if path.suffix == ".onnx":
            return {"outcome": "colored", **_used(path)}
        streamed = _streamed(path, colorizer, most) if both else None
        answer = _colored(path, colorizer, streamed, most)
        return {"outcome": "colored", **answer, "streamed": answer["streamed"] and bool(streamed) == both}
    except PhotochromError as error:
        return {"outcome": "refused", "sentence": str(error), "streamed": streamed is None}
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        place = next((frame for frame in reversed(frames) if "photochrom" in frame.filename), frames[-1])
        told = f"{type(error).__name__} in {Path(place.filename).name}, {place.name}: {error}"
        return {"outcome": "traceback", "sentence": told, "traceback": traceback.format_exc()}


def _used(path: Path) -> dict[str, object]:
    """A model is opened and used once."""
    import numpy as np

    from photochrom.model import Model

    prediction = Model.load(path, provider="cpu").predict(np.full((70, 90), 50, np.float32))
    ab = prediction.ab()
    return {"digest": hashlib.sha256(ab.tobytes()).hexdigest(), "same size": bool(np.isfinite(ab).all()), "flat": 0.0}


def _streamed(path: Path, colorizer: Any, most: int) -> Path | None:
    """The road of large pictures, few rows at a time, to a PNG; None if it is refused, and then no file is left."""
    from photochrom.errors import PhotochromError
    from photochrom.photo import photo, rows, source

    target, usual = path.with_name("streamed.png"), (source.LARGE, rows.STRIP)
    target.unlink(missing_ok=True)
    before = set(path.parent.iterdir())
    photo.LARGE = source.LARGE = 0
    rows.STRIP = 1 << 10
    try:
        colorizer(photo.Photo.read(path, max_pixels=most)).write(target)
    except PhotochromError:
        assert set(path.parent.iterdir()) == before, "something was left behind"
        return None
    finally:
        photo.LARGE = source.LARGE = usual[0]
        rows.STRIP = usual[1]
    return target


def _alike(one: Any, other: Any) -> bool:
    """Whether two pictures are the same but for rounding."""
    return bool(one.shape == other.shape and abs(one.astype(int) - other.astype(int)).max() <= 1)


def _colored(path: Path, colorizer: Any, streamed: Path | None, most: int) -> dict[str, object]:
    """The whole road: read, color, write as the same format (as PNG where that is none that we write)."""
    from hostile.seeds import share_of_one_value
    from photochrom.photo import Photo

    photo = Photo.read(path, max_pixels=most)
    colored = colorizer(photo)
    written = colored.encode(None if photo.format in ("jpeg", "png", "tiff", "webp") else "png")
    see_through = photo.alpha is not None and (photo.alpha < photo.alpha.max()).any()
    digest = hashlib.sha256(photo.pixels.tobytes() + (photo.alpha.tobytes() if see_through else b""))
    return {
        "digest": f"{photo.size} {digest.hexdigest()}",
        "same size": colored.size == photo.size,
        "flat": share_of_one_value(photo.pixels),
        "bytes": len(written),
        "streamed": streamed is None or _alike(colored.pixels, Photo.read(streamed).pixels),
    }


if __name__ == "__main__":
    main(sys.argv[1])
