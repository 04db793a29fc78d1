"""Forms: what the schema says of them, and their fields as what `options` checks."""

from typing import Any

from pydantic import BaseModel

from photochrom.serve.uploads import Form

FILE = {"file": {"type": "string", "format": "binary", "description": "The photograph; its content decides its type."}}
STYLE = {"style": {"type": "string", "format": "binary", "description": "A photograph whose mood is wanted."}}
EXAMPLE = {"example": {"type": "string", "description": "Instead of a file: a name of /v1/examples."}}


def body(fields: type[BaseModel], files: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The part of an operation's schema that describes its form."""
    described = fields.model_json_schema()
    schema = {
        "type": "object", "properties": files | described["properties"], "required": list(required),
        "additionalProperties": False,
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


FILE_OR_EXAMPLE = FILE | EXAMPLE


def only(form: Form, *besides: str) -> dict[str, Any]:
    """The fields of a form but for some, one value each, except of those that may come more than once; empty: unset."""
    kept: dict[str, Any] = {}
    for name, values in form.fields.items():
        if name in besides:
            continue
        if name == "hint":
            kept[name] = values
        elif values[-1] != "":
            kept[name] = values[-1]
    return kept
