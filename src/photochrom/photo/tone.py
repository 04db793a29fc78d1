"""The tone curve of an ICC profile, read from the profile itself.

Little CMS samples the curve of a gray profile at a few dozen points, which puts the shadows of a linear scan off by as
much as 5 L*; the curve itself is in the profile, in closed form or as a table. (ICC.1:2022, 10.6 and 10.18)
"""

import struct

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

_HEADER = 128
_MOST_TAGS = 1000
_PARAMETERS = (1, 3, 4, 5, 7)  # of each type of parametric curve


def light_of_gray(profile: bytes, steps: int) -> Curve | None:
    """Light, 0..1, of so many gray values from black to white; None where the profile says it in another way.

    A gray profile has one curve, which gives light, or L* if that is its connection space; one for RGB counts if its
    three curves are the same.
    """
    space, connection = profile[16:20], profile[20:24]
    if space == b"GRAY" and not _tag(profile, b"A2B0"):
        curves = [_tag(profile, b"kTRC")]
    elif space == b"RGB " and connection == b"XYZ " and not _tag(profile, b"A2B0"):
        curves = [_tag(profile, name) for name in (b"rTRC", b"gTRC", b"bTRC")]
    else:
        return None
    if len(set(curves)) > 1:
        return None
    light = _evaluated(curves[0], np.linspace(0, 1, steps))
    if light is not None and connection == b"Lab ":
        light = np.where(light > 0.08, ((light * 100 + 16) / 116) ** 3, light * 100 / 903.2963)
    return light


def _tag(profile: bytes, name: bytes) -> bytes:
    count = min(int.from_bytes(profile[_HEADER : _HEADER + 4], "big"), _MOST_TAGS)
    for at in range(_HEADER + 4, _HEADER + 4 + 12 * count, 12):
        if profile[at : at + 4] == name and at + 12 <= len(profile):
            offset, size = struct.unpack_from(">II", profile, at + 4)
            return profile[offset : offset + size]
    return b""


def _evaluated(curve: bytes, x: Curve) -> Curve | None:
    try:
        light = _table(curve, x) if curve[:4] == b"curv" else _parametric(curve, x) if curve[:4] == b"para" else None
    except struct.error:  # shorter than it says
        return None
    if light is None or not np.isfinite(light).all():
        return None
    return light.clip(0, 1)


def _table(curve: bytes, x: Curve) -> Curve:
    (count,) = struct.unpack_from(">I", curve, 8)
    if count == 0:
        return x
    if count == 1:
        return _power(x, struct.unpack_from(">H", curve, 12)[0] / 256)
    if 12 + 2 * count > len(curve):
        raise struct.error
    values = np.frombuffer(curve, ">u2", count, 12) / 65535
    return np.interp(x, np.linspace(0, 1, count), values)


def _parametric(curve: bytes, x: Curve) -> Curve | None:
    (kind,) = struct.unpack_from(">H", curve, 8)
    if kind >= len(_PARAMETERS):
        return None
    given: list[float] = [number / 65536 for number in struct.unpack_from(f">{_PARAMETERS[kind]}i", curve, 12)]
    if kind == 0:
        return _power(x, given[0])
    g, a, b = given[:3]
    with np.errstate(all="ignore"):  # what comes of odd numbers is looked at afterwards
        power = _power(np.maximum(a * x + b, 0), g)
        if kind <= 2:
            return power + sum(given[3:])
        c, d, e, f = [*given[3:], 0.0, 0.0][:4]
        return np.where(x >= d, power + e, c * x + f)


def _power(x: Curve, exponent: float) -> Curve:
    result: Curve = np.power(x, exponent)
    return result
