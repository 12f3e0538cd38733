"""A sandbox account over real HTTP, and a client that is logged in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segued.config.schema import Settings
from segued.config.sections import SpotifySection
from segued.run import Run
from segued.sandbox.calls import Mode, SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.spotify.client import SpotifyClient
from segued.store.access import TokenDocument
from segued.store.state import State
from segued.sync.account import SyncOutcome, sync
from segued.sync.wanted import Wanted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Account:
    """A sandbox account and a state folder whose owner is logged in to it."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, timeout_seconds: float = 20) -> None:
        self.sandbox = sandbox
        self.state = State.open(folder)
        self.settings = SpotifySection(
            client_id="sandbox-client",
            api_url=sandbox.api_url,
            accounts_url=sandbox.accounts_url,
            redirect_port=0,
            timeout_seconds=timeout_seconds,
        )
        granted = sandbox.tokens()
        self.state.auth.set_token(
            TokenDocument(
                access_token=str(granted["access_token"]),
                refresh_token=str(granted["refresh_token"]),
                expires_at=datetime.fromtimestamp(granted["expires_at"], UTC),
                scope=str(granted["scope"]),
                authorized_at=datetime.fromtimestamp(granted["authorized_at"], UTC),
                client_id="sandbox-client",
            )
        )
        self.slept: list[float] = []

    def client(self) -> SpotifyClient:
        """A client whose pauses take no time."""
        return SpotifyClient(
            self.settings,
            self.state.auth,
            self.state.budget,
            clock=self.sandbox.clock.now,
            sleep=self.slept.append,
        )

    def sync(self, wanted: Wanted | None = None) -> SyncOutcome:
        """Sync with a fresh client at the sandbox's time; its log then holds this sync alone."""
        self.sandbox.clear_requests()
        client = self.client()
        try:
            run = Run(Settings(spotify=self.settings), self.state, {}, self.sandbox.clock.now)
            run.once("client", lambda: client)
            return sync(run, wanted)
        finally:
            client.close()

    def restart(self) -> None:
        """What a kill and a new start do: what was not committed is gone."""
        folder = self.state.folder
        self.state.close()
        self.state = State.open(folder)

    @property
    def endpoints(self) -> list[str]:
        """The requests since the last sync began, as the sandbox saw them."""
        return [f"{method} {endpoint}" for method, endpoint, _ in self.sandbox.requests]


@pytest.fixture
def open_account(tmp_path: Path) -> Iterator[Callable[..., Account]]:
    """Starts sandboxes; each ends with the test."""
    with ExitStack() as stack:

        def start(mode: Mode = "development", timeout_seconds: float = 20, **more: int) -> Account:
            sizes = {"tracks": 400, "artists": 60, "likes": 130, "playlists": 8, "play_days": 20}
            settings = SandboxSettings(mode=mode, now=NOW, **{**sizes, **more})
            sandbox = stack.enter_context(running(settings))
            account = Account(sandbox, tmp_path / "state", timeout_seconds=timeout_seconds)
            stack.callback(account.state.close)
            return account

        yield start


@pytest.fixture
def account(open_account: Callable[..., Account]) -> Account:
    """An account as an app in Development Mode meets it."""
    return open_account()
