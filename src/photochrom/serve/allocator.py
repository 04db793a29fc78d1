"""Memory that was freed goes back to the system: glibc keeps it for threads that may never ask again."""

import ctypes
from collections.abc import Callable
from functools import cache

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def give_back() -> None:
    """Return what is free to the operating system, in milliseconds, where the C library knows how (malloc_trim(3))."""
    trim = _trim()
    if trim is not None:
        trim(0)


def few_arenas() -> None:
    """Let all threads share two heaps (mallopt(3), M_ARENA_MAX): else each keeps what its largest picture took.

    Before threads begin; where the C library is another one, nothing happens.
    """
    try:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
    except (OSError, AttributeError, TypeError):  # macOS, Windows, musl
        return


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # macOS, Windows, musl
        return None
    return found
