"""The user's own app at Spotify: its Client ID, and the redirect URI it has to name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from segued.config.sections import is_loopback

DASHBOARD = "https://developer.spotify.com/dashboard"
SANDBOX_CLIENT_ID = "sandbox-client"
"""The app that a sandbox's own lines of configuration name."""
WHERE_IT_IS = f"Copy it from your app's Settings at {DASHBOARD}; it is not the app's name."

_CLIENT_ID = re.compile(r"[0-9a-fA-F]{32}")


def client_id_problem(client_id: str, accounts_url: str) -> str | None:
    """What is wrong with a Client ID, or None; an empty one is yet to be filled in.

    Only a server on this machine, which is a sandbox, is taken to know an app of another form.
    """
    if not client_id or _CLIENT_ID.fullmatch(client_id):
        return None
    if client_id == SANDBOX_CLIENT_ID and is_loopback(urlsplit(accounts_url).hostname or ""):
        return None
    return f"{client_id!r} is not a Client ID, which has 32 hexadecimal digits."


def redirect_uri(port: int) -> str:
    """The redirect URI to enter for an app. Spotify lets one without a port match every port."""
    return f"http://127.0.0.1:{port}/callback" if port else "http://127.0.0.1/callback"
