"""A GIF that holds fewer pixels than it promises is not whole, and is refused."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hostile.seeds import seeds
from photochrom.errors import PhotoError
from photochrom.photo import Photo
from photochrom.photo.gif import frames_are_whole


def gif(array: np.ndarray, frames: int = 1, interlace: bool = False) -> bytes:
    buffer = io.BytesIO()
    turned = [Image.fromarray(np.rot90(array, 2 * index)) for index in range(frames)]
    turned[0].save(buffer, "GIF", save_all=True, append_images=turned[1:], interlace=interlace)
    return buffer.getvalue()


def whole(data: bytes, frames: int = 1) -> bool:
    return frames_are_whole(io.BytesIO(data), frames)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 256), st.booleans(), st.integers(0, 2**32 - 1))
def test_what_pillow_writes_is_whole(height: int, width: int, values: int, interlace: bool, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, values, (height, width), np.uint8)
    assert whole(gif(noise, interlace=interlace))


def test_many_pixels_of_few_values_are_whole() -> None:
    assert whole(gif(np.indices((700, 900)).sum(axis=0).astype(np.uint8) // 64))


def test_every_frame_that_is_asked_for_is_looked_at() -> None:
    data = seeds("gif")["animated"]
    assert whole(data, 2)
    assert not whole(data, 3)


def test_a_frame_that_leaves_a_part_of_the_picture_unpainted_is_told() -> None:
    data = gif(np.arange(60, dtype=np.uint8).reshape(6, 10))
    larger = data[:6] + bytes([10, 0, 9, 0]) + data[10:]
    assert Photo.from_bytes(larger, "old").size == (9, 10)
    assert Photo.from_bytes(larger, "old").notes == ("old is painted in part only; the rest of it is black.",)
    assert Photo.from_bytes(data, "old").notes == ()


@pytest.mark.parametrize("name", sorted(seeds("gif")))
def test_with_data_lost_it_is_refused(name: str) -> None:
    data = seeds("gif")[name]
    at = len(data) // 3
    for holed in (data[:at] + bytes(300) + data[at + 300 :], data[:at] + data[at + 512 :], data[:at]):
        assert not whole(holed)
        with pytest.raises(PhotoError, match=r"hole is damaged or cut short and cannot be decoded \(.*\)\.$"):
            Photo.from_bytes(holed, "hole")
