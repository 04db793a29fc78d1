"""What routes answer with: pictures as bytes under a name, and what the API's schema says of them."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import Response
from pydantic import BaseModel, Field

from photochrom.serve.limits import Limits
from photochrom.serve.photographs import Kept
from photochrom.serve.problems import KINDS
from photochrom.serve.reference import PROBLEM

MEDIA = {
    "jpeg": "image/jpeg", "png": "image/png", "tiff": "image/tiff", "webp": "image/webp", "avif": "image/avif",
}  # fmt: skip
ENDINGS = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif"}


class PhotoJson(BaseModel):
    """A photograph as clients see it."""

    id: str
    name: str
    width: int = Field(description="Upright, in pixels.")
    height: int
    format: str
    depth: int = Field(description="Bits a value, 8 or 16.")
    colored: bool = Field(description="Whether it is in color already.")
    notes: list[str] = Field(description="Sentences that a person should be told.")
    model: str
    expires_s: float = Field(description="Seconds without use after which it is gone.")


def photo_json(kept: Kept, limits: Limits) -> PhotoJson:
    """What there is to tell of a photograph."""
    facts = kept.facts
    return PhotoJson(
        id=kept.id, name=kept.name, width=facts.width, height=facts.height, format=facts.format, depth=facts.depth,
        colored=facts.colored, notes=list(facts.notes), model=kept.way.model, expires_s=limits.keep,
    )  # fmt: skip


def colored_name(name: str, format: str) -> str:
    """NAME-color with the ending of the format, as the command line names results beside their sources."""
    stem, dot, _ = name.rpartition(".")
    return f"{stem if dot and stem else name}-color{ENDINGS[format]}"


def attachment(name: str) -> dict[str, str]:
    """Headers that make a browser save it under this name (RFC 6266)."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in " -_.()") else "_" for one in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


def told(notes: Sequence[str]) -> dict[str, str]:
    """Sentences that a person should be told, as a JSON list in a header; none without any."""
    return {"Photochrom-Notes": json.dumps(notes)} if notes else {}


def jpeg(data: bytes) -> Response:
    """A preview."""
    return Response(data, media_type=MEDIA["jpeg"])


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the schema says of refusals: by status, their types."""
    return {
        status: {
            "description": " or ".join(title for known, title in KINDS.values() if known == status),
            "content": PROBLEM,
        }
        for status in statuses
    }


def pictures(*formats: str) -> dict[int | str, dict[str, Any]]:
    """What the schema says of an answer that is a picture."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "The picture", "content": {MEDIA[format]: binary for format in formats}}}
