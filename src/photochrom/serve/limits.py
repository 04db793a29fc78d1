"""How much a server takes: each limit has a status of its own, see `problems`."""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one server takes from all its clients together.

    upload        bytes of one upload, all its fields together
    pixels        of one photograph
    photographs   kept at the same time
    memory        bytes of photographs, predictions, previews and uploads that are under way
    uploads       under way at the same time
    queue         photographs that wait for a network or a rendering, in each of these lanes
    seconds       that anybody waits for a place in a queue and the work itself
    silence       seconds without a byte after which an upload or a download is given up
    keep          seconds after its last use that a photograph is kept
    """

    upload: int = 64 * MEGABYTE
    pixels: int = 100_000_000
    photographs: int = 1000
    memory: int = 1000 * MEGABYTE
    uploads: int = 64
    queue: int = 64
    seconds: float = 60.0
    silence: float = 20.0
    keep: float = 3600.0
