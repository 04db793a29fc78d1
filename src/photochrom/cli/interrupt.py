"""Ctrl-C: the first asks to finish what is at hand, the second ends the program at once."""

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

STATUS = 130  # what shells give a program that SIGINT ended
_FIRST = b"\nFinishing what is at hand; Ctrl-C once more stops at once.\n"
_SHOW_CURSOR = b"\x1b[?25h\n"  # a progress bar hides it


class Interrupt:
    """A context manager; called, it says whether somebody asked to stop. Catches SIGINT, and SIGTERM like it."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Whether somebody asked."""
        return self._asked

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # no other may set handlers
            self._before = {one: signal.signal(one, self._ask) for one in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:  # threads in the midst of a photograph can't be ended; their temporary files are swept later
            os.write(2, _SHOW_CURSOR if os.isatty(2) else b"")
            os._exit(STATUS)
        self._asked = True
        os.write(2, _FIRST)  # not print, which a signal may have interrupted
