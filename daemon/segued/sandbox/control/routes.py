"""Routes of the sandbox beside the services: the login page and the token endpoint, and what steers
it from outside, under /_sandbox/: faults, hand edits, clock, log, state."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from segued.sandbox.account.world import timestamp, timestamp_ms
from segued.sandbox.calls import Answer, Json
from segued.sandbox.control.faults import KINDS, Fault
from segued.sandbox.control.human import ACTIONS
from segued.sandbox.gate import Gate, Incoming, Services
from segued.sandbox.spotify.oauth import SCOPES, GrantError, redirect_problem


class _Authorise(Gate):
    """GET /authorize: approves at once, or shows a page with a button that does."""

    def respond(self, incoming: Incoming) -> Answer:
        """Send the browser on to the redirect address with a code, or with why there is none."""
        query = dict(incoming.http.query_params)
        if not query.get("client_id"):
            return _page(400, "INVALID_CLIENT: Invalid client")
        problem = redirect_problem(query.get("redirect_uri", ""))
        if problem is not None:
            return _page(400, problem)
        agreed = "agreed" in query or not self.services.world.settings.consent_page
        if not agreed:
            link = html.escape(f"/authorize?{urlencode({**query, 'agreed': '1'})}")
            name = html.escape(self.services.world.settings.display_name)
            scope = html.escape(query.get("scope", ""))
            button = f'<p>{scope}</p><p><a id="agree" href="{link}">Agree</a></p>'
            return _page(200, f"Logged in as {name}. This app asks for:", button)
        try:
            if any(fault.kind == "deny_login" for fault in incoming.faults):
                raise GrantError("access_denied", "The user denied the request")
            reply = {"code": self.services.oauth.authorise(query)}
        except GrantError as refused:
            reply = {"error": refused.error}
        if "state" in query:
            reply["state"] = query["state"]
        joint = "&" if "?" in query["redirect_uri"] else "?"
        address = f"{query['redirect_uri']}{joint}{urlencode(reply)}"
        return Answer(302, None, {"location": address})


class _Token(Gate):
    """POST /api/token."""

    def respond(self, incoming: Incoming) -> Answer:
        """Redeem a code or renew a login."""
        form = dict(parse_qsl(incoming.body.decode("utf-8", "replace")))
        try:
            if any(fault.kind == "false_invalid_grant" for fault in incoming.faults):
                raise GrantError("invalid_grant", "Invalid refresh token")
            return Answer(200, self.services.oauth.grant(form))
        except GrantError as refused:
            return Answer(400, refused.body())


def account_routes(services: Services) -> list[Route]:
    """The routes of the accounts service."""
    return [
        Route("/authorize", _Authorise(services, "GET", "/authorize"), methods=["GET"]),
        Route("/api/token", _Token(services, "POST", "/api/token"), methods=["POST"]),
    ]


def _page(status: int, text: str, more: str = "") -> Answer:
    page = f"<!DOCTYPE html><title>Authorise</title><p>{text}</p>{more}"
    return Answer(status, page.encode(), media_type="text/html; charset=utf-8")


Act = Callable[[Services, HttpRequest, object], object]
_SPANS = ("days", "hours", "minutes", "seconds")


def overview(services: Services, _: HttpRequest, __: object) -> Json:
    """What this sandbox is and how it is steered."""
    world = services.world
    return {
        "mode": world.settings.mode,
        "api_url": services.base,
        "now": timestamp_ms(world.clock.now()),
        "tracks": len(world.catalogue.tracks),
        "likes": len(world.account.likes),
        "albums": len(world.account.albums),
        "playlists": len(world.account.listed),
        "plays": len(world.plays()),
        "fault_kinds": list(KINDS),
        "edit_actions": list(ACTIONS),
    }


def list_faults(services: Services, _: HttpRequest, __: object) -> list[Json]:
    """The faults that are switched on."""
    with services.faults.lock:
        return [
            {
                "kind": armed.fault.kind,
                "method": armed.fault.method,
                "endpoint": armed.fault.endpoint,
                "nth": armed.fault.nth,
                "times": armed.fault.times,
                "seen": armed.seen,
                "struck": armed.struck,
            }
            for armed in services.faults.armed
        ]


def add_fault(services: Services, request: HttpRequest, body: object) -> list[Json]:
    """Switch one fault on, or several given as a list."""
    described = body if isinstance(body, list) else [body]
    faults = [_fault(fault) for fault in described]
    services.faults.add(*faults)
    return list_faults(services, request, None)


def _fault(described: object) -> Fault:
    table = dict(_object(described))
    if isinstance(rows := table.get("rows"), list):
        table["rows"] = tuple(rows)
    edit = table.get("edit")
    if edit is not None and _object(edit).get("action") not in ACTIONS:
        raise ValueError(f"edit needs an action, one of: {', '.join(ACTIONS)}")
    try:
        return Fault(**table)  # type: ignore[arg-type]  # Fault says itself what does not fit
    except TypeError as wrong:
        raise ValueError(str(wrong).replace("Fault.__init__()", "a fault")) from wrong


def clear_faults(services: Services, _: HttpRequest, __: object) -> list[Json]:
    """Switch all faults off."""
    services.faults.clear()
    return []


def edit(services: Services, _: HttpRequest, body: object) -> Json:
    """Do by hand what the body describes."""
    result = services.human.perform(_object(body))
    return {"result": result if isinstance(result, str) else None}


def clock(services: Services, _: HttpRequest, __: object) -> Json:
    """What time the sandbox takes it to be."""
    present = services.world.clock
    return {"now": timestamp_ms(present.now()), "ticking": present.ticking}


def move_clock(services: Services, request: HttpRequest, body: object) -> Json:
    """Set the clock (`{"set": "2026-11-01T12:00:00Z"}`) or move it (`{"days": 1}`)."""
    table = _object(body)
    if "set" in table:
        services.world.clock.set(datetime.fromisoformat(str(table["set"])))
    elif table and set(table) <= set(_SPANS):
        services.world.clock.advance(**{name: float(str(span)) for name, span in table.items()})
    else:
        raise ValueError(f"say set, or one or more of {', '.join(_SPANS)}")
    return clock(services, request, None)


def list_requests(services: Services, _: HttpRequest, __: object) -> list[Json]:
    """Every request since the start or the last clearing."""
    return [entry._asdict() for entry in services.log]


def clear_requests(services: Services, _: HttpRequest, __: object) -> list[Json]:
    """Forget the requests so far."""
    services.log.clear()
    return []


def state(services: Services, _: HttpRequest, __: object) -> Json:
    """The account as it stands: every playlist with its rows, and what is liked."""
    account = services.world.account
    return {
        "likes": list(account.likes),
        "albums": list(account.albums),
        "listed": list(account.listed),
        "playlists": [
            {
                "id": playlist.id,
                "name": playlist.name,
                "description": playlist.description,
                "owner": playlist.owner_id,
                "public": playlist.public,
                "snapshot_id": playlist.snapshot_id,
                "uris": list(playlist.uris),
            }
            for playlist in account.playlists.values()
        ],
    }


def versions(services: Services, request: HttpRequest, _: object) -> list[Json]:
    """The kept versions of a playlist, oldest first."""
    record = services.world.account.playlists.get(request.path_params["id"])
    if record is None:
        raise ValueError("there is no such playlist")
    return [
        {"snapshot_id": key, "uris": [row.uri for row in rows]}
        for key, rows in record.versions.items()
    ]


def issue_tokens(services: Services, _: HttpRequest, __: object) -> Json:
    """Tokens with every scope, for scripts that do not want to log in."""
    now = services.world.clock.now()
    reply = services.oauth.issue("sandbox-client", " ".join(sorted(SCOPES)), now)
    return {**reply, "authorized_at": timestamp(now)}


def spoil_tokens(services: Services, request: HttpRequest, _: object) -> Json:
    """Make every access token too old (expire) or take every token back (revoke)."""
    what = request.path_params["what"]
    if what == "expire":
        services.oauth.expire_access()
    elif what == "revoke":
        services.oauth.revoke()
    else:
        raise ValueError("tokens can be made to expire or be revoked: /expire or /revoke")
    return {"done": what}


_CONTROLS: tuple[tuple[str, str, Act], ...] = (
    ("GET", "", overview),
    ("GET", "/faults", list_faults),
    ("POST", "/faults", add_fault),
    ("DELETE", "/faults", clear_faults),
    ("POST", "/edits", edit),
    ("GET", "/clock", clock),
    ("POST", "/clock", move_clock),
    ("GET", "/requests", list_requests),
    ("DELETE", "/requests", clear_requests),
    ("GET", "/state", state),
    ("GET", "/playlists/{id}/versions", versions),
    ("POST", "/tokens", issue_tokens),
    ("POST", "/tokens/{what}", spoil_tokens),
)


def control_routes(services: Services) -> list[Route]:
    """The routes by which a sandbox is steered. They need no token and are not logged."""
    return [
        Route(f"/_sandbox{path}", _endpoint(services, act), methods=[method])
        for method, path, act in _CONTROLS
    ]


def _endpoint(services: Services, act: Act) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def endpoint(request: HttpRequest) -> Response:
        payload = await request.body()
        try:
            body = orjson.loads(payload) if payload else {}
            with services.world.lock:
                answer = act(services, request, body)
                if request.method != "GET" and services.after_write is not None:
                    services.after_write()
        except ValueError as wrong:
            problem = orjson.dumps({"error": str(wrong)})
            return Response(problem, 400, media_type="application/json")
        return Response(orjson.dumps(answer) + b"\n", media_type="application/json")

    return endpoint


def _object(body: object) -> Json:
    if not isinstance(body, dict):
        raise ValueError("a JSON object was expected")
    return body
