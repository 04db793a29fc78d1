"""Standard input and output as files of pictures."""

import os
import sys

from photochrom.errors import PhotoError


def read_input() -> bytes:
    """All of standard input."""
    return sys.stdin.buffer.read()


def write_output(data: bytes) -> None:
    """Send a picture to standard output; PhotoError where it can't go."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever reads has enough; click ends quietly
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered fails no second time
        raise PhotoError(f"Standard output can't be written ({error.strerror or error}).") from error
