"""The account as it stands when the sandbox opens: likes, albums, playlists, follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote_plus

import numpy as np

from segued.sandbox.account.catalogue import Catalogue, Track
from segued.sandbox.account.generator import ids
from segued.sandbox.account.listener import Listener, PlaylistRecord, Row
from segued.sandbox.account.words import Namer
from segued.sandbox.calls import SandboxSettings

_OF_ONE_GENRE = 3
_SHORTEST = 15
FRIEND = ("mika-records", "Mika")
LOCAL_FILES = (
    ("Basement Tapes", "Demos 2011", "Untitled (rehearsal)", 214),
    ("Basement Tapes", "Demos 2011", "Second Take, with Rain", 187),
)


@dataclass(slots=True)
class Account:
    """What belongs to the listener. Lists of what was saved run newest first."""

    likes: dict[str, datetime] = field(default_factory=dict)
    albums: dict[str, datetime] = field(default_factory=dict)
    artists: dict[str, datetime] = field(default_factory=dict)
    playlists: dict[str, PlaylistRecord] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)


def local_uri(artist: str, album: str, title: str, seconds: int) -> str:
    """The URI of a local file, as Spotify writes it."""
    return ":".join(["spotify", "local", *map(quote_plus, (artist, album, title)), str(seconds)])


def open_account(
    settings: SandboxSettings, catalogue: Catalogue, listener: Listener, now: datetime
) -> Account:
    """Make the account: everything in it follows from the seed, the catalogue and `now`."""
    rng = np.random.default_rng([settings.seed, 5])
    account = Account(likes=dict(listener.likes(settings.likes, now)))
    _save_albums(account, catalogue, rng, now, settings.likes // 25)
    _follow_artists(account, catalogue, rng, now)
    makers = _Playlists(settings, catalogue, listener, rng, now)
    made = makers.real() if catalogue.playlists else makers.generated()
    _add_foreign_rows(made, catalogue, now, settings.user_id)
    for playlist in [*made, *makers.others()]:
        account.playlists[playlist.id] = playlist
        account.listed.append(playlist.id)
    return account


def _save_albums(
    account: Account, catalogue: Catalogue, rng: np.random.Generator, now: datetime, count: int
) -> None:
    liked: dict[str, int] = {}
    for track_id in account.likes:
        album_id = catalogue.tracks[track_id].album_id
        liked[album_id] = liked.get(album_id, 0) + 1
    best = sorted(liked, key=lambda album_id: (-liked[album_id], album_id))[:count]
    spans = np.sort(rng.uniform(1, 1000, len(best)))
    for album_id, days in zip(best, spans, strict=True):
        account.albums[album_id] = now.replace(microsecond=0) - timedelta(days=int(days))


def _follow_artists(
    account: Account, catalogue: Catalogue, rng: np.random.Generator, now: datetime
) -> None:
    liked: dict[str, int] = {}
    for track_id in account.likes:
        artist_id = catalogue.tracks[track_id].artist_ids[0]
        liked[artist_id] = liked.get(artist_id, 0) + 1
    for artist_id in sorted(liked, key=lambda known: (-liked[known], known))[:30]:
        days = int(rng.integers(5, 900))
        account.artists[artist_id] = now.replace(microsecond=0) - timedelta(days=days)


def _add_foreign_rows(
    playlists: list[PlaylistRecord], catalogue: Catalogue, now: datetime, user_id: str
) -> None:
    """Two local files and an episode go into the second playlist, where such things turn up."""
    if len(playlists) < 2:
        return
    added = now.replace(microsecond=0) - timedelta(days=40)
    foreign = [Row(local_uri(*parts), added, user_id) for parts in LOCAL_FILES]
    foreign += [Row(episode.uri, added, user_id) for episode in [*catalogue.episodes.values()][:1]]
    rows = list(playlists[1].rows)
    for place, row in zip((2, 7, 11), foreign, strict=False):
        rows.insert(min(place, len(rows)), row)
    playlists[1].changed(rows)


class _Playlists:
    """Makes the playlists: each of a few genres and one mood, in a meant order."""

    def __init__(
        self,
        settings: SandboxSettings,
        catalogue: Catalogue,
        listener: Listener,
        rng: np.random.Generator,
        now: datetime,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.listener = listener
        self.rng = rng
        self.now = now.replace(microsecond=0)
        self.namer = Namer(np.random.default_rng([settings.seed, 6]))
        self.index = {track.id: row for row, track in enumerate(listener.tracks)}

    def generated(self) -> list[PlaylistRecord]:
        """The listener's own playlists, made of the generated catalogue."""
        by_genre: dict[str, list[int]] = {}
        for row, track in enumerate(self.listener.tracks):
            by_genre.setdefault(track.genre, []).append(row)
        genres = sorted(by_genre, key=lambda name: -self._liking(by_genre[name]))
        made = []
        for number in range(self.settings.playlists):
            main = genres[number % len(genres)]
            near = self.rng.choice(len(genres), size=min(2, len(genres)), replace=False)
            rows = [*by_genre[main], *(row for n in near for row in by_genre[genres[int(n)]][::3])]
            centre = self.listener.matrix[by_genre[main]].mean(axis=0)
            wanted = (
                self.listener.utility[rows]
                - 0.8 * np.linalg.norm(self.listener.matrix[rows] - centre, axis=1)
                + self.rng.gumbel(0, 0.7, len(rows))
            )
            size = int(self.rng.integers(18, 61))
            best = np.argsort(-wanted, kind="stable")[:size].tolist()
            chosen = list(dict.fromkeys(rows[place] for place in best))
            ordered = self._ordered(chosen, number % 3)
            name = self.namer.playlist(self._mood(ordered), main)
            made.append(self._record(name, [self.listener.tracks[row].id for row in ordered]))
        return made

    def real(self) -> list[PlaylistRecord]:
        """The listener's own playlists: real ones of the catalogue, those liked best."""
        sources = sorted(
            self.catalogue.playlists,
            key=lambda source: (
                -self._liking([self.index[track_id] for track_id in source.track_ids])
            ),
        )
        genres: Counter[str] = Counter()
        names: set[str] = set()
        made: list[PlaylistRecord] = []
        for source in sources:
            if source.name in names or genres[source.genre] >= _OF_ONE_GENRE:
                continue
            if len(source.track_ids) < _SHORTEST or len(made) >= self.settings.playlists:
                continue
            genres[source.genre] += 1
            names.add(source.name)
            made.append(self._record(source.name, list(source.track_ids), source.id))
        return made

    def others(self) -> list[PlaylistRecord]:
        """Others' playlists in the library: two followed, one shared, one of Spotify's."""
        picks = [track.id for track in self.listener.tracks if track.playable]
        made = []
        for name in ("Mika's Record Shelf", "Friday at Mika's", "Kitchen Radio, all of us"):
            chosen = self.rng.choice(len(picks), size=min(30, len(picks)), replace=False)
            record = self._record(name, [picks[int(place)] for place in chosen])
            record.owner_id, record.owner_name = FRIEND
            record.collaborative = name.startswith("Kitchen")
            record.public = not record.collaborative
            made.append(record)
        chosen = self.rng.choice(len(picks), size=min(30, len(picks)), replace=False)
        weekly = self._record("Discover Weekly", [picks[int(place)] for place in chosen])
        weekly.owner_id, weekly.owner_name = "spotify", "Spotify"
        return [*made, weekly]

    def _liking(self, rows: list[int]) -> float:
        return float(self.listener.utility[rows].mean()) if rows else 0.0

    def _mood(self, rows: list[int]) -> str:
        features = [self.listener.tracks[row].features for row in rows]
        energy = float(np.mean([feature.energy for feature in features])) if rows else 0.5
        valence = float(np.mean([feature.valence for feature in features])) if rows else 0.5
        if energy < 0.45:
            return "calm"
        if valence < 0.42:
            return "dark"
        return "loud" if energy > 0.78 else "bright"

    def _ordered(self, rows: list[int], how: int) -> list[int]:
        """An energy ramp, a smooth walk, or the order in which tracks were liked to be added."""
        if how == 0:
            energy = np.array([self.listener.tracks[row].features.energy for row in rows])
            noisy = energy + self.rng.normal(0, 0.05, len(rows))
            return [rows[place] for place in np.argsort(noisy, kind="stable").tolist()]
        if how == 1:
            return self._walk(rows)
        return rows

    def _walk(self, rows: list[int]) -> list[int]:
        left = list(rows)
        path = [left.pop(0)] if left else []
        while left:
            here = self.listener.tracks[path[-1]]
            costs = [
                float(np.linalg.norm(self.listener.matrix[row] - self.listener.matrix[path[-1]]))
                + _step_cost(here, self.listener.tracks[row])
                for row in left
            ]
            path.append(left.pop(int(np.argmin(costs))))
        return path

    def _record(
        self, name: str, track_ids: list[str], playlist_id: str | None = None
    ) -> PlaylistRecord:
        made_days = int(self.rng.integers(20, 900))
        start = self.now - timedelta(days=made_days)
        gaps = np.sort(self.rng.uniform(0, made_days * 86400 * 0.9, len(track_ids)))
        return PlaylistRecord(
            id=playlist_id or ids(self.rng, 1)[0],
            name=name,
            owner_id=self.settings.user_id,
            owner_name=self.settings.display_name,
            public=bool(self.rng.random() < 0.7),
            rows=tuple(
                Row(
                    f"spotify:track:{track_id}",
                    start + timedelta(seconds=int(gap)),
                    self.settings.user_id,
                )
                for track_id, gap in zip(track_ids, gaps, strict=True)
            ),
        )


def _step_cost(before: Track, after: Track) -> float:
    """Small where tempo and key go well together, on the scale of the feature distance."""
    ratio = np.log2(max(after.features.tempo, 1) / max(before.features.tempo, 1))
    tempo = float(np.min(np.abs(ratio - np.array([-1, 0, 1]))))
    fifths = 7 * (after.features.key - before.features.key) % 12
    return 2.0 * tempo + 0.25 * min(fifths, 12 - fifths)
