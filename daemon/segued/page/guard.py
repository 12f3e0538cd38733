"""The gate before the page: the Host, the session and its beginning, the origin of every change,
the headers.

Nothing behind it checks any of this again. `/healthz` and `/metrics` are for monitors on this
machine: they need no session where they are asked from the loopback address.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segued.page.access import SESSION_TIME, Keys, SignIn
from segued.page.view import SEE_OTHER, page_of, refused

MOST_BYTES = 256 * 1024
"""The longest body that is read: a recipe is a hundredth of it."""

FORM_FIELD, FORM_HEADER = "form_token", "x-form-token"

_OPEN_PATHS = ("/open", "/sign-in")
_MONITORED = ("/healthz", "/metrics")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the gate goes by. `password` is empty where there is none; `keys` reads the secret."""

    listen: str
    names: Collection[str]
    password: str
    keys: Callable[[], Keys]
    clock: Callable[[], datetime]
    sign_in: SignIn

    def knows_host(self, host: str) -> bool:
        """Whether a request may be for this host: a web page could ask by a name of its own."""
        name = _host_name(host)
        if name in ("127.0.0.1", "localhost", "::1", self.listen) or name in self.names:
            return True
        if is_loopback(self.listen):
            return False
        own = socket.gethostname().lower()
        return _is_address(name) or name in (own, f"{own}.local")


class Gate:
    """Lets through what may pass, with what was found out about it in its scope.

    `scope["keys"]` are the keys it was judged by, `scope["session"]` is the cookie's value, and
    `scope["form"]` the values of a form. A body is read only of what may come in by its head.
    """

    def __init__(self, app: ASGIApp, door: Door, refused: Callable[[int, str], Response]) -> None:
        self._app = app
        self._door = door
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a refusal."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    given.setdefault(name, value)
                given.setdefault("Cache-Control", "no-store")
            await send(message)

        keys = scope["keys"] = self._door.keys()
        cookie = session_of(headers, scope)
        known = bool(cookie) and keys.is_session(cookie, self._door.clock())
        scope["session"] = cookie if known else ""
        scope["form"] = {}
        refusal = self._refusal_by_head(scope, headers)
        if scope["method"] == "POST":
            if refusal is not None:
                await _pass_over(receive)
            else:
                refusal = self._refusal_by_body(scope, headers, await _body(receive))
        answer = self._app if refusal is None else refusal
        await answer(scope, receive, with_headers)

    def _refusal_by_head(self, scope: Scope, headers: Headers) -> Response | None:
        path, method = scope["path"], scope["method"]
        if not self._door.knows_host(headers.get("host", "")):
            return PlainTextResponse("this is answered under its own name only\n", 403)
        if method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("GET and POST only\n", 405)
        if path in _MONITORED and (_from_loopback(scope) or self._basic(headers)):
            return None
        if method == "POST" and not _same_origin(headers):
            return self._refused(403, "This came from another page than Segue's own.")
        if scope["session"] or _is_open(path):
            return None
        return self._refused(401, "")

    def _refusal_by_body(
        self, scope: Scope, headers: Headers, body: bytes | None
    ) -> Response | None:
        if body is None:
            return self._refused(413, "That is more than a recipe can be.")
        form = scope["form"] = dict(parse_qsl(body.decode("utf-8", "replace"), True))
        given = headers.get(FORM_HEADER) or form.get(FORM_FIELD, "")
        if _is_open(scope["path"]) or scope["keys"].is_form_token(given, scope["session"]):
            return None
        return self._refused(403, "This form is too old. Go back, load the page again.")

    def _basic(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic" or not self._door.password:
            return False
        try:
            _, _, word = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        now = self._door.clock()
        return self._door.sign_in.by_password(word, self._door.password, now) is True


def cookie_name(scope: Scope) -> str:
    """The cookie's name: cookies do not tell ports apart, two services on one machine must."""
    server = scope.get("server") or ("", 0)
    return f"segue_{server[1]}"


async def open_link(request: Request) -> Response:
    """Sign in by a link of `segue page`."""
    page, door = page_of(request), request.app.state.door
    token, keys = request.query_params.get("token", ""), request.scope["keys"]
    if not door.sign_in.by_link(keys, token, door.clock()):
        return refused(page, 401, "This link was used already, or is older than ten minutes.")
    return _signed_in(request, door)


async def sign_in(request: Request) -> Response:
    """Sign in by password."""
    page, door = page_of(request), request.app.state.door
    given = request.scope["form"].get("password", "")
    if request.method != "POST" or not door.password:
        return refused(page, 401, "", bool(door.password))
    right = door.sign_in.by_password(given, door.password, door.clock())
    if right is None:
        return refused(page, 429, "Too many wrong passwords. Try again in a minute.", True)
    if not right:
        return refused(page, 401, "That is not the password.", True)
    return _signed_in(request, door)


def _signed_in(request: Request, door: Door) -> Response:
    """The way to the page's beginning, with the cookie of a new session."""
    answer = RedirectResponse("/", SEE_OTHER)
    answer.set_cookie(
        cookie_name(request.scope),
        request.scope["keys"].session(door.clock()),
        max_age=int(SESSION_TIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def session_of(headers: Mapping[str, str], scope: Scope) -> str:
    """The value of our cookie; empty where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(cookie_name(scope))
    except CookieError:
        return ""
    return found.value if found else ""


def _is_open(path: str) -> bool:
    """Whether an address is there for who is not signed in yet."""
    return path in _OPEN_PATHS or path.startswith("/static/")


def is_loopback(listen: str) -> bool:
    """Whether an address is answered on this machine only."""
    return listen == "localhost" or (
        _is_address(listen) and ipaddress.ip_address(listen).is_loopback
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _from_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    return client is not None and is_loopback(client[0])


def _same_origin(headers: Headers) -> bool:
    """A browser says where a change comes from; what says nothing is no browser's form."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() == headers["host"].lower()


async def _pass_over(receive: Receive) -> None:
    """Take a body in without keeping it, so that the answer is not reset away."""
    size = 0
    while size <= MOST_BYTES:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


async def _body(receive: Receive) -> bytes | None:
    """A request's body, or None where it is too long."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)
