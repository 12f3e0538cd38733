"""The client a command talks to the account with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from segued.cli.call import Call
from segued.spotify.client import SpotifyClient
from segued.store.state import State


@contextlib.contextmanager
def client_for(call: Call, state: State) -> Iterator[SpotifyClient]:
    """A client for the account of the state, closed at the end.

    Raises UsageError where the configuration names no app; whether anybody is logged in shows at
    the first request.
    """
    call.require_app()
    client = SpotifyClient(call.settings.spotify, state.auth, state.budget, clock=call.now)
    try:
        yield client
    finally:
        client.close()
