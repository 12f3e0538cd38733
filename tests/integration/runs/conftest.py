"""A sandbox and a state that is logged in to it, and refreshes as the daemon makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.progress import Progress, silent
from segued.config.load import check
from segued.config.schema import Settings
from segued.refresh.job import refresh_all
from segued.refresh.outcome import RefreshOutcome
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.providers.similar import LASTFM_KEY
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECIPE = """
[[playlist]]
name = "Mornings"
from = "liked"
length = 20
"""


def quick(recipes: str) -> str:
    """The same lists in an order that is found at once, where the recipes do not say how."""
    if any(word in recipes for word in ("sequence", "sort", "interleaved", "archive")):
        return recipes
    return recipes.replace("[[playlist]]", '[[playlist]]\nsequence.method = "greedy"')


@dataclass
class House:
    """Segue's state for one account, and what its configuration says."""

    sandbox: Sandbox
    folder: Path
    recipes: str = RECIPE
    api_url: str | None = None
    now: datetime = NOW
    progress: Progress = silent

    @property
    def text(self) -> str:
        base = self.sandbox.accounts_url
        return f"""
        timezone = "UTC"
        [spotify]
        client_id = "sandbox-client"
        api_url = "{self.api_url or base + "/v1"}"
        accounts_url = "{base}"
        [features]
        reccobeats_url = "{self.sandbox.reccobeats_url}"
        interval_seconds = 0.0
        [lyrics]
        enabled = false
        [tags]
        sources = []
        listenbrainz_url = "{self.sandbox.listenbrainz_url}"
        lastfm_url = "{self.sandbox.lastfm_url}"
        lastfm_key = "{LASTFM_KEY}"
        interval_seconds = 0.0
        {quick(self.recipes)}
        """

    @property
    def settings(self) -> Settings:
        return check(self.text, "config.toml", {}).settings

    def log_in(self) -> None:
        given = self.sandbox.tokens()
        far = self.now + timedelta(days=1)
        state = State.open(self.folder)
        state.auth.set_token(
            TokenDocument(
                given["access_token"],
                given["refresh_token"],
                far,
                given["scope"],
                far,
                "sandbox-client",
            )
        )
        state.close()

    @property
    def mine(self) -> dict[str, tuple[str, ...]]:
        """The playlists Segue made that are listed: their URIs on the account, by name."""
        account = self.sandbox.world.account
        records = [account.playlists[playlist_id] for playlist_id in account.listed]
        return {record.name: record.uris for record in records if "segue:" in record.description}

    def id_of(self, name: str) -> str:
        """The id of the listed playlist of that name that Segue made."""
        account = self.sandbox.world.account
        (found,) = (
            playlist_id
            for playlist_id in account.listed
            if account.playlists[playlist_id].name == name
            and "segue:" in account.playlists[playlist_id].description
        )
        return found

    def refresh(self, *names: str, **options: bool) -> RefreshOutcome:
        state = State.open(self.folder)
        try:
            now = lambda: self.now  # noqa: E731
            with Run(self.settings, state, {}, now, self.progress, sleep=lambda _: None) as run:
                return refresh_all(run, names, **options)  # type: ignore[arg-type]
        finally:
            state.close()

    def tomorrow(self) -> None:
        """Let a day pass: the next refresh is in another period."""
        self.now += timedelta(days=1)


@pytest.fixture(scope="session")
def small() -> SandboxSettings:
    return SandboxSettings(tracks=400, artists=80, likes=120, playlists=6, now=NOW)


@pytest.fixture(scope="session")
def new_house() -> type[House]:
    """What makes a house, for those that share one of their own."""
    return House


@pytest.fixture
def house(tmp_path: Path, small: SandboxSettings) -> Iterator[House]:
    """A logged-in house on an account of its own."""
    with running(small) as sandbox:
        found = House(sandbox, tmp_path / "state")
        found.log_in()
        yield found
