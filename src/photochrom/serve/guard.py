"""Guard: which requests are heard at all, and what every answer carries.

A request under another name than the machine's own is refused: a web page elsewhere could have its own name point here
(DNS rebinding). So is one that a page of another site makes, and with a token set, one without it. A page of ours loads
from nowhere else and runs nothing that stands inside it.
"""

import hmac
from collections.abc import Collection
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photochrom.addresses import is_ours
from photochrom.serve.problems import Problem

COOKIE = "photochrom"
OPEN = {"/health"}  # asked without a token: it tells nothing
LINKED = {"/", "/docs"}  # where links of other sites may lead
SAFE = {"GET", "HEAD", "OPTIONS"}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

# The cookie is strict: it would not go along with a redirect of a link that somebody sent. A page that goes on by
# itself is one of ours, and the token is out of the address bar.
WELCOME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">'
    '<title>photochrom</title><a href="/">photochrom</a>'
)


class Guard:
    """ASGI middleware.

    names   host names that count as this machine's, besides localhost and plain addresses
    token   what a client has to bring, if anything
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = (), token: str | None = None) -> None:
        self.app, self.names = app, {name.lower() for name in names}
        self._token = token
        self._cookie = "" if token is None else sha256(f"photochrom cookie {token}".encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            answer: ASGIApp = self._welcome(scope) or self.app
        except Problem as problem:
            answer = problem.response()
        await answer(scope, receive, with_headers)

    def _welcome(self, scope: Scope) -> Response | None:
        """The answer to the page's address with the token in it; Problem for what is not heard."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not is_ours(host, self.names):
            raise Problem("another-name", "This server is not known under that name; use the address that it printed.")
        self._refuse_other_sites(scope, headers, host)
        if self._token is None or scope["path"] in OPEN or self._is_known(headers):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and scope["method"] == "GET" and _same(given, self._token):
            response = HTMLResponse(WELCOME)
            response.set_cookie(COOKIE, self._cookie, httponly=True, samesite="strict")
            return response
        raise Problem(
            "no-token",
            "This server wants its token: open the address that it printed, or send Authorization: Bearer TOKEN.",
            {"WWW-Authenticate": "Bearer"},
        )

    def _refuse_other_sites(self, scope: Scope, headers: Headers, host: str) -> None:
        origin = headers.get("origin")
        own = {f"http://{host.lower()}", f"https://{host.lower()}"}
        if scope["method"] not in SAFE and origin is not None and origin.lower() not in own:
            raise _another_site()
        navigates = headers.get("sec-fetch-mode") == "navigate" and scope["path"] in LINKED and scope["method"] == "GET"
        if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site") and not navigates:
            raise _another_site()

    def _is_known(self, headers: Headers) -> bool:
        assert self._token is not None
        scheme, _, word = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(word.strip(), self._token):
            return True
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and _same(cookies[COOKIE].value, self._cookie)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))


def _another_site() -> Problem:
    return Problem("another-site", "Requests come from this server's own page, or from programs, not from other sites.")
