"""A desk to write from: a sandbox account, a state folder, and the steps of a refresh in order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import Diff, Plan, PlannedItem
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sources import Liked
from segued.config.load import check
from segued.config.schema import Settings
from segued.refresh.apply import Request, apply
from segued.refresh.edits import Edits, find_target
from segued.refresh.recover import Recovered, recover
from segued.refresh.undo import undo
from segued.refresh.write.operations import ApplyOutcome
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox, running
from segued.spotify.client import SpotifyClient
from segued.store.access import TokenDocument
from segued.store.playlists import Binding
from segued.store.state import State

ITEMS = "/playlists/{id}/items"
NUMBERS = itertools.count(1)
PERIOD = "2026-11-20"


def settled(uris: Sequence[str], playlist: Playlist | None, edits: Edits) -> list[str]:
    """What a planner that chose these makes of them: edits by hand and rows that stay respected."""
    chosen = [uri for uri in uris if uri not in edits.kept_out]
    if playlist is None:
        return chosen
    for place, row in enumerate(playlist.entries):
        if not row.can_be_added_back or (row.uri in edits.kept_in and row.uri not in chosen):
            chosen.insert(min(place, len(chosen)), row.uri)
    same = sorted(chosen) == sorted(playlist.uris)
    return list(playlist.uris) if edits.reordered and same else chosen


@dataclass
class Desk:
    """One recipe on one account, refreshed by hand."""

    sandbox: Sandbox
    folder: Path
    recipe: Recipe
    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)
    state: State = field(init=False)
    client: SpotifyClient = field(init=False)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.state = State.open(self.folder)
        given = self.sandbox.tokens()
        far = datetime.now(UTC) + timedelta(days=1)
        token = TokenDocument(
            given["access_token"],
            given["refresh_token"],
            far,
            given["scope"],
            far,
            "sandbox-client",
        )
        self.state.auth.set_token(token)
        text = f"""
        [spotify]
        client_id = "sandbox-client"
        api_url = "{self.sandbox.api_url}"
        accounts_url = "{self.sandbox.accounts_url}"
        """
        self.settings = check(text, "config.toml", {}).settings
        self.client = SpotifyClient(
            self.settings.spotify,
            self.state.auth,
            self.state.budget,
            sleep=lambda _: None,
        )

    @property
    def user_id(self) -> str:
        return self.sandbox.settings.user_id

    @property
    def playlist_id(self) -> str:
        found = self.binding.playlist_id
        assert found is not None
        return found

    @property
    def binding(self) -> Binding:
        found = self.state.playlists.binding(self.recipe.id)
        assert found is not None
        return found

    @property
    def account(self) -> tuple[str, ...]:
        """The list as it stands on the account."""
        return self.sandbox.world.account.playlists[self.playlist_id].uris

    @property
    def own(self) -> list[str]:
        """The listed playlists with this recipe's mark: there may never be two."""
        world = self.sandbox.world
        records = (world.account.playlists[playlist_id] for playlist_id in world.account.listed)
        return [record.id for record in records if f"segue:{self.recipe.id}" in record.description]

    def tracks(self, count: int, start: int = 0) -> list[str]:
        """URIs of the catalogue that can be written."""
        catalogue = self.sandbox.world.catalogue.tracks.values()
        playable = [f"spotify:track:{track.id}" for track in catalogue if track.playable]
        return playable[start : start + count]

    def shuffled(self, uris: Sequence[str], seed: int = 1) -> list[str]:
        found = list(uris)
        random.Random(seed).shuffle(found)
        return found

    def policy(self, **changes: object) -> None:
        """Change how the recipe writes."""
        write = self.recipe.write.model_copy(update=changes)
        self.recipe = self.recipe.model_copy(update={"write": write})

    def again(self) -> None:
        """Another process: the state is opened anew."""
        self.client.close()
        self.state.close()
        self.__post_init__()

    def plan(self, uris: Sequence[str]) -> Plan:
        """What a refresh that chose these tracks would write."""
        summaries = self.client.list_playlists().summaries
        binding = self.state.playlists.binding(self.recipe.id)

        def read(summary: PlaylistSummary) -> Playlist:
            return self.client.read_playlist(summary.id)

        target = find_target(self.recipe, binding, summaries, self.user_id, read)
        location, playlist = target.location, target.playlist
        listed = settled(uris, playlist, target.edits)
        after = tuple(PlannedItem(uri, uri, "", 0) for uri in listed)
        return Plan(
            recipe_id=self.recipe.id,
            name=self.recipe.name,
            playlist_id=location.playlist_id,
            run="run",
            seed=1,
            made_at=self.now,
            status="changed",
            before=playlist.uris if playlist else (),
            after=after,
            diff=Diff(),
            snapshot_id=playlist.summary.snapshot_id if playlist else None,
            guards=target.check(listed, ()),
        )

    def run(self) -> Run:
        """A run of its own, a minute after the last."""
        self.now += timedelta(minutes=1)
        run = Run(self.settings, self.state, {}, lambda: self.now)
        run.once("client", lambda: self.client)
        return run

    def apply(self, plan: Plan, **more: object) -> ApplyOutcome:
        request = Request(plan, self.recipe, self.user_id, PERIOD, **more)
        return apply(self.run(), request)

    def refresh(self, uris: Sequence[str]) -> ApplyOutcome:
        """Recover, plan, apply."""
        self.recover()
        return self.apply(self.plan(uris))

    def recover(self) -> tuple[Recovered, ...]:
        return recover(self.run())

    def undo(self, version_id: str | None = None) -> ApplyOutcome:
        policy = self.recipe.write
        return undo(self.run(), self.binding, policy, period=PERIOD, version_id=version_id)

    def fault(self, kind: str, method: str, endpoint: str = ITEMS, **more: object) -> None:
        self.sandbox.faults.add(Fault(kind, method, endpoint, **more))

    def writes(self) -> list[str]:
        """The writes the account has seen since the last look."""
        seen = [f"{request.method} {request.endpoint}" for request in self.sandbox.requests]
        self.sandbox.clear_requests()
        return [line for line in seen if not line.startswith("GET")]

    def smallest(self) -> int:
        """The shortest list that stood on the account since the last look."""
        record = self.sandbox.world.account.playlists[self.playlist_id]
        found = min(len(rows) for rows in record.versions.values())
        record.versions.clear()
        record.versions[record.snapshot_id] = record.rows
        return found

    def versions(self) -> list[tuple[str, ...]]:
        """Every kept list, oldest first."""
        return [version.uris for version in reversed(self.state.versions.list(self.playlist_id))]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(tracks=400, artists=40, genres=4, likes=40, playlists=3, play_days=2)
    with running(settings) as found:
        yield found


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    number = next(NUMBERS)
    recipe = Recipe(
        id=f"r{number}", name=f"Recipe {number}", source=Liked(), write=WritePolicy(min_tracks=1)
    )
    found = Desk(sandbox, tmp_path / "state", recipe)
    sandbox.clear_requests()
    yield found
    sandbox.faults.clear()
    sandbox.services.late.clear()
    found.client.close()
    found.state.close()
