"""The API's description as a page: made of its schema, without a script, so that it is there offline."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from photochrom.serve.problems import KINDS

SUMMARY = "Color black-and-white photographs, and steer what comes out."


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
