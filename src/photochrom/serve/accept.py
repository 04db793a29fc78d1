"""The Accept header: which format a client wants its picture in (RFC 9110, section 12.5.1)."""

from photochrom.serve.problems import Problem

FORMATS = {
    "image/jpeg": "jpeg", "image/png": "png", "image/tiff": "tiff", "image/webp": "webp", "image/avif": "avif",
}  # fmt: skip


def acceptable(accept: str, own: str) -> str:
    """The format to write: `own`, if it is as welcome as any, else the most welcome; Problem if none is."""
    weights = {format: _weight(accept, kind) for kind, format in FORMATS.items()}
    best = max(weights.values())
    if best <= 0:
        raise Problem("not-acceptable", f"photochrom writes {', '.join(FORMATS)}; ask for one of them in Accept.")
    return own if weights[own] == best else max(weights, key=lambda format: weights[format])


def _weight(accept: str, kind: str) -> float:
    """How welcome a type is: the weight of the range that says most about it."""
    found = (-1, 0.0)
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        range_, *parameters = (piece.strip().lower() for piece in part.split(";"))
        rank = ("*/*", "image/*", kind).index(range_) if range_ in ("*/*", "image/*", kind) else -1
        if rank > found[0]:
            found = (rank, _quality(parameters))
    return found[1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
