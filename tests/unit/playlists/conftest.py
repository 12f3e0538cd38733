"""A small library to build playlists from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from segue.music.features import AudioFeatures
from segue.music.track import Album, Artist, Track
from segue.playlists.build import build
from segue.playlists.gather.candidates import find_candidates
from segue.playlists.gather.needs import Needs
from segue.playlists.gather.pool import Facts, Pool, gather, look_up
from segue.playlists.inventory import Inventory
from segue.playlists.library import Play, Playlist, PlaylistEntry, PlaylistSummary, Saved
from segue.playlists.order.order import Draft
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Source

ME = "me"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Lab:
    """Makes values for tests: a track "t3" is liked three days ago, and so on."""

    me = ME
    now = NOW

    def ago(self, days: float) -> datetime:
        return NOW - timedelta(days=days)

    def track(self, id: str, **changes) -> Track:  # noqa: A002
        number = int(id[1:]) if id[1:].isdigit() else 0
        values = {
            "title": f"Song {id}",
            "artists": (Artist(f"Artist {id}", f"a{id}"),),
            "album": Album(f"Album {id}", f"b{id}", f"{1990 + number}-01-01"),
            "duration_ms": 180_000 + 1_000 * number,
        }
        return Track(id=id, **(values | changes))

    def tracks(self, *ids: str) -> dict[str, Track]:
        return {i: self.track(i) for i in ids}

    def liked(self, *ids: str) -> tuple[Saved, ...]:
        return tuple(Saved(i, self.ago(float(i[1:]))) for i in ids)

    def playlist(
        self,
        id: str,  # noqa: A002
        rows: Iterable[str | PlaylistEntry],
        name: str = "",
        **changes,
    ) -> Playlist:
        complete = changes.pop("complete", True)
        summary = PlaylistSummary(
            id=id,
            name=name or id,
            owner_id=changes.pop("owner_id", ME),
            snapshot_id="s1",
            **changes,
        )
        entries = (row if isinstance(row, PlaylistEntry) else self.entry(row) for row in rows)
        return Playlist(summary, tuple(entries), complete)

    def entry(self, id: str, **changes) -> PlaylistEntry:  # noqa: A002
        track = self.track(id, **changes)
        return PlaylistEntry(track.uri, "track", track.title, track)

    def local(self, name: str = "tape") -> PlaylistEntry:
        return PlaylistEntry(f"spotify:local:::{name}:60", "local", name)

    def features(self, **values) -> AudioFeatures:
        return AudioFeatures(**values)

    def inventory(
        self,
        liked: Sequence[str] = (),
        playlists: Iterable[Playlist] = (),
        plays: Iterable[tuple[str, float]] = (),
        **more,
    ) -> Inventory:
        """An inventory; `plays` are pairs of a track id and days ago."""
        playlists = tuple(playlists)
        played = [Play(i, self.ago(days)) for i, days in plays]
        named = {e.track.id: e.track for p in playlists for e in p.entries if e.track}
        extra = more.pop("tracks", {})
        ids = dict.fromkeys([*liked, *(play.track_id for play in played)])
        return Inventory(
            user_id=ME,
            tracks={i: self.track(i) for i in ids} | named | extra,
            liked=self.liked(*liked),
            playlists={p.summary.id: p for p in playlists},
            summaries=more.pop("summaries", tuple(p.summary for p in playlists)),
            plays=tuple(sorted(played, key=lambda play: play.played_at)),
            **more,
        )

    def gathered(self, source: Source, inventory: Inventory) -> tuple[Pool, Facts]:
        pool = gather(source, inventory)
        return pool, look_up(pool, inventory, NOW)

    def build(self, recipe: Recipe, inventory: Inventory, models=None, seed: int = 7) -> Draft:
        return build(recipe, inventory, models or NO_MODELS, NOW, seed)

    def needs(self, recipe: Recipe, inventory: Inventory) -> Needs:
        return Needs(recipe, inventory, find_candidates(recipe, inventory, NOW))

    def uris(self, *ids: str) -> tuple[str, ...]:
        return tuple(f"spotify:track:{i}" for i in ids)


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
