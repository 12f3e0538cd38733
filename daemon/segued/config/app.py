"""The app at Spotify that Segue logs in by: its section, its Client ID, what a login allows."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from segue.recipe.types import Section, option
from segued.config.secrets import is_loopback_url
from segued.config.sections import Url

COVER_SCOPE, FOLLOW_SCOPE = "ugc-image-upload", "user-follow-read"
"""What a login has to allow for covers to be sent, and to see whom the user follows."""
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
    if client_id == SANDBOX_CLIENT_ID and is_loopback_url(accounts_url):
        return None
    return f"{client_id!r} is not a Client ID, which has 32 hexadecimal digits."


def redirect_uri(port: int) -> str:
    """The redirect URI to enter for an app. Spotify lets one without a port match every port."""
    return f"http://127.0.0.1:{port}/callback" if port else "http://127.0.0.1/callback"


class SpotifySection(Section):
    """How Spotify is reached."""

    client_id: str = option("", "the Client ID of your app at developer.spotify.com")
    api_url: Url = option("https://api.spotify.com/v1", "where the Web API answers")
    accounts_url: Url = option("https://accounts.spotify.com", "where one logs in")
    redirect_port: Annotated[int, Field(ge=0, le=65535)] = option(
        8888, "the port on 127.0.0.1 that a login comes back to; 0 is any free one"
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = option(
        20.0, "how long one answer may take"
    )
