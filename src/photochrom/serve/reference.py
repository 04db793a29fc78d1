"""The API's description as a page: made of its schema, without a script, so that it is there offline."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from photochrom.serve.problems import KINDS, MEDIA_TYPE

PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemJson"}}}
SUMMARY = "Color black-and-white photographs, and steer what comes out."


class ProblemJson(BaseModel):
    """A refusal (RFC 9457)."""

    type: str = Field(description="An address of this server that says more.")
    title: str
    status: int
    detail: str = Field(description="A sentence for a person: what, where, what to do.")


def schema_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI schema of the application, in which every operation may be refused by a problem."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        parts = schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which nobody gets to see here
            parts.pop(name, None)
        parts["ProblemJson"] = ProblemJson.model_json_schema()
        for path in schema["paths"].values():
            for operation in path.values():
                answers = operation["responses"]
                if "HTTPValidationError" in str(answers.get("422")):
                    del answers["422"]
                answers["default"] = {"description": "Any other refusal", "content": PROBLEM}
        app.openapi_schema = schema
    return app.openapi_schema


def html(schema: Mapping[str, Any]) -> str:
    """The page of an OpenAPI schema."""
    return "\n".join(_lines(schema)) + "\n"


def _lines(schema: Mapping[str, Any]) -> Iterator[str]:
    info = schema["info"]
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield '<title>photochrom: the API</title><link rel="stylesheet" href="/docs/reference.css"></head><body><main>'
    yield f"<h1>photochrom {escape(info['version'])}: the API</h1>"
    yield f'<p>{escape(info["summary"])} For programs: <a href="/openapi.json">openapi.json</a>. '
    yield '<a href="/">The page</a>.</p>'
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield from _operation(method.upper(), path, operation)
    yield "<h2>Problems</h2><p>Every refusal is <code>application/problem+json</code> (RFC 9457): type, title, status "
    yield "and, in detail, a sentence that says what to do.</p><dl>"
    for kind, (status, title) in KINDS.items():
        yield f'<dt id="{kind}"><code>/docs#{kind}</code> {status}</dt><dd>{escape(title)}.</dd>'
    yield "</dl></main></body></html>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<section><h2><b>{method}</b> <code>{escape(path)}</code></h2>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    rows = [(one["name"], one["in"], one["schema"] | {"required": one.get("required")}, one.get("description", ""))
            for one in operation.get("parameters", ())]  # fmt: skip
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        body = content["schema"]
        needed = body.get("required", ())
        rows += [
            (name, kind, part | {"required": name in needed}, part.get("description", ""))
            for name, part in body.get("properties", {}).items()
        ]
    if rows:
        yield "<table><tr><th>name</th><th>in</th><th>what</th><th></th></tr>"
        for name, place, part, text in rows:
            yield f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td><td>{escape(_what(part))}</td>"
            yield f"<td>{escape(text)}</td></tr>"
        yield "</table>"
    answers = ", ".join(_answer(status, answer) for status, answer in operation["responses"].items())
    yield f"<p>Answers: {answers}.</p></section>"


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    kinds = ", ".join(answer.get("content", ()))
    return f"{status} {escape(answer['description'])}" + (f" ({escape(kinds)})" if kinds else "")


def _what(part: Mapping[str, Any]) -> str:
    """A value's type and range in words."""
    choices = [one for one in part.get("anyOf", (part,)) if one.get("type") != "null"]
    told = []
    for one in choices:
        if "enum" in one:
            told.append(" | ".join(map(str, one["enum"])))
            continue
        kind = one.get("format", one.get("type", "value"))
        low = one.get("minimum", one.get("exclusiveMinimum"))
        high = one.get("maximum", one.get("exclusiveMaximum"))
        told.append(kind + (f" {low}..{high}" if low is not None and high is not None else ""))
    words = " | ".join(told)
    if part.get("required"):
        return f"{words}, required"
    usual = part.get("default")
    return words if usual is None or usual == [] else f"{words}, default {str(usual).lower()}"
