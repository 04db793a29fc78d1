"""Refusals as RFC 9457 has them: application/problem+json with type, title, status, detail.

The detail is one sentence for a person, for anything about photographs and models the one that the command line prints.
"""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from photochrom.errors import FormatError, PhotochromError, PixelsError

MEDIA_TYPE = "application/problem+json"

KINDS: dict[str, tuple[int, str]] = {  # the end of its type -> status and title
    "no-token": (401, "A token is needed"),
    "another-site": (403, "The request comes from another site"),
    "unknown-photograph": (404, "There is no such photograph"),
    "not-found": (404, "There is no such page"),
    "method": (405, "The method is not allowed here"),
    "not-acceptable": (406, "No acceptable format"),
    "silence": (408, "Nothing came for too long"),
    "upload-too-large": (413, "The upload is too large"),
    "too-many-pixels": (413, "The photograph has too many pixels"),
    "not-a-picture": (415, "The file is no picture that can be read"),
    "not-a-form": (415, "The body is of another type than is expected"),
    "another-name": (421, "The server is not known under that name"),
    "not-possible": (422, "What was asked for can't be done"),
    "too-many-photographs": (429, "Too many photographs are kept"),
    "mistake": (500, "A mistake in photochrom"),
    "busy": (503, "The server is busy"),
    "memory": (503, "The server's memory is full"),
    "too-slow": (503, "It took too long"),
    "stopping": (503, "The server is stopping"),
}

AGAIN = 5  # seconds after which to try again when the server is busy


class Problem(Exception):
    """A refusal: its kind, a key of KINDS, and a sentence that says what, where and what to do."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, detail
        self.status, self.title = KINDS[kind]
        self.headers = dict(headers or {})
        if self.status in (429, 503):
            self.headers.setdefault("Retry-After", str(AGAIN))

    def response(self) -> JSONResponse:
        """What is sent."""
        body = {"type": f"/docs#{self.kind}", "title": self.title, "status": self.status, "detail": self.detail}
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def problem_of(error: PhotochromError) -> Problem:
    """What an error of the package is to a client; its sentence stays."""
    if isinstance(error, PixelsError):
        return Problem("too-many-pixels", str(error))
    if isinstance(error, FormatError):
        return Problem("not-a-picture", str(error))
    return Problem("not-possible", str(error))
