"""The accounts service: the authorise page and the token endpoint."""

from __future__ import annotations

import html
from urllib.parse import parse_qsl, urlencode

from starlette.routing import Route

from segued.sandbox.calls import Answer
from segued.sandbox.gate import Gate, Incoming, Services
from segued.sandbox.spotify.oauth import GrantError, redirect_problem


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
