"""What happens to picture files: bits flip, disks lose sectors, downloads end early, and somebody lies about a length.

mutated(format, number, seed)  ->  Mutant: the same for the same three, as long as the encoders of the seeds are
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from hostile.seeds import seeds
from hostile.structure import Part, parts, with_checksums

SECTOR = 512
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Mutant(NamedTuple):
    """A file, the seed that it was, and what was done to it."""

    data: bytes
    seed: str
    steps: tuple[str, ...]

    @property
    def was_only_cut(self) -> bool:
        """Whether it is the beginning of an honest file."""
        return self.steps == ("truncate",)


def mutated(format: str, number: int, seed: int) -> Mutant:
    """The mutant of that number: one of the format's seeds after one to three mutations."""
    random = Random(f"{seed}/{format}/{number}")
    name = random.choice(sorted(seeds(format)))
    data, steps = seeds(format)[name], []
    for _ in range(random.choice((1, 1, 2, 3))):
        step = random.choice(sorted(MUTATIONS))
        data = MUTATIONS[step](data, format, random)
        steps.append(step)
    return Mutant(data, name, tuple(steps))


def _flip(data: bytes, format: str, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16, 64)) if data else 0):
        changed[_place(data, random)] ^= 1 << random.randrange(8)
    return _mended(bytes(changed), format, random)


def _overwrite(data: bytes, format: str, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 2, 8)) if data else 0):
        changed[_place(data, random)] = random.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, random.randrange(256)))
    return _mended(bytes(changed), format, random)


def _truncate(data: bytes, format: str, random: Random) -> bytes:
    return data[: random.randrange(len(data))] if data else data


def _lose_sector(data: bytes, format: str, random: Random) -> bytes:
    at, length = _run(data, random)
    filling = random.choice((b"\0", b"\xff", b"\x80")) * length
    return data[:at] + filling + data[at + length :]


def _cut_out(data: bytes, format: str, random: Random) -> bytes:
    at, length = _run(data, random)
    return data[:at] + data[at + length :]


def _insert(data: bytes, format: str, random: Random) -> bytes:
    at = _place(data, random) if data else 0
    return data[:at] + random.randbytes(random.choice((1, 4, 64, SECTOR))) + data[at:]


def _append(data: bytes, format: str, random: Random) -> bytes:
    return data + random.choice((random.randbytes(SECTOR), data, bytes(4 * SECTOR)))


def _splice(data: bytes, format: str, random: Random) -> bytes:
    other = random.choice(list(seeds(format).values()))
    at = _place(data, random) if data else 0
    start = random.choice((min(at, len(other)), random.randrange(len(other))))
    return _mended(data[:at] + other[start:], format, random)


def _lie(data: bytes, format: str, random: Random) -> bytes:
    """A length, a count or an offset, is another number."""
    found = parts(data, format)
    if not found:
        return data
    part = random.choice(found)
    order = "little" if part.little else "big"
    true = int.from_bytes(data[part.length_at : part.length_at + part.width], order)
    lies = (true + 1, true - 1, true * 2, true // 2, true << 8, true ^ (1 << random.randrange(8 * part.width)), *EDGES)
    lie = random.choice(lies) % (1 << (8 * part.width))
    changed = data[: part.length_at] + lie.to_bytes(part.width, order) + data[part.length_at + part.width :]
    return _mended(changed, format, random)


def _repeat_part(data: bytes, format: str, random: Random) -> bytes:
    def repeat(one: Part, other: Part) -> bytes:
        copies = data[one.start : one.stop] * random.choice((1, 1, 2, 40))
        return data[: other.stop] + copies[: 1 << 20] + data[other.stop :]

    return _with_parts(data, format, random, repeat)


def _drop_part(data: bytes, format: str, random: Random) -> bytes:
    return _with_parts(data, format, random, lambda one, _: data[: one.start] + data[one.stop :])


def _swap_parts(data: bytes, format: str, random: Random) -> bytes:
    def swap(one: Part, other: Part) -> bytes:
        first, second = sorted((one, other))
        if first.stop > second.start:
            return data
        middle = data[first.stop : second.start]
        swapped = data[second.start : second.stop] + middle + data[first.start : first.stop]
        return data[: first.start] + swapped + data[second.stop :]

    return _with_parts(data, format, random, swap)


def _with_parts(data: bytes, format: str, random: Random, change: Callable[[Part, Part], bytes]) -> bytes:
    found = parts(data, format)
    return change(random.choice(found), random.choice(found)) if found else data


def _place(data: bytes, random: Random) -> int:
    """A byte's place: anywhere, or, as often, among the first, where the headers are."""
    return random.randrange(random.choice((len(data), min(len(data), 200))))


def _run(data: bytes, random: Random) -> tuple[int, int]:
    if not data:
        return 0, 0
    at = _place(data, random)
    return at, min(random.choice((1, 16, SECTOR, len(data) // 4)), len(data) - at)


def _mended(data: bytes, format: str, random: Random) -> bytes:
    """Three times in four a PNG's checksums are made right again, or no decoder would look any further."""
    return with_checksums(data) if format == "png" and random.random() < 0.75 else data


MUTATIONS: dict[str, Callable[[bytes, str, Random], bytes]] = {
    "flip": _flip,
    "overwrite": _overwrite,
    "truncate": _truncate,
    "lose sector": _lose_sector,
    "cut out": _cut_out,
    "insert": _insert,
    "append": _append,
    "splice": _splice,
    "lie": _lie,
    "repeat part": _repeat_part,
    "drop part": _drop_part,
    "swap parts": _swap_parts,
}
