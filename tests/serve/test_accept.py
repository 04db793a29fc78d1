"""The Accept header decides the format, as RFC 9110 has it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.serve.accept import FORMATS, acceptable
from photochrom.serve.problems import Problem


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("", "tiff"),
        ("*/*", "tiff"),
        ("image/*", "tiff"),
        ("image/png", "png"),
        ("IMAGE/PNG", "png"),
        ("image/png, */*;q=0.1", "png"),
        ("image/*, image/tiff;q=0.5, image/avif", "jpeg"),
        ("image/tiff;q=0, */*", "jpeg"),
        ("image/webp;q=0.7,image/avif;q=0.9", "avif"),
        ("text/html,image/jpeg ; q=0.3", "jpeg"),
        ("image/png;q=much, image/webp;q=0.1", "webp"),
    ],
)
def test_the_most_welcome_format_is_written(accept: str, format: str) -> None:
    assert acceptable(accept, "tiff") == format


@given(st.text(), st.sampled_from(sorted(FORMATS.values())))
def test_whatever_is_asked_a_known_format_or_a_refusal_comes(accept: str, own: str) -> None:
    with suppress(Problem):
        assert acceptable(accept, own) in FORMATS.values()
