"""The state of a sandbox: catalogue, account, plays, all behind one lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from threading import Lock, RLock

import numpy as np

from segued.sandbox.account.catalogue import Catalogue, Track, read_catalogue
from segued.sandbox.account.contents import Account, open_account
from segued.sandbox.account.generator import generate_catalogue, ids, make_episodes
from segued.sandbox.account.listener import Listener, PlaylistRecord, PlayRecord, Row, listener_of
from segued.sandbox.account.words import Namer
from segued.sandbox.calls import SandboxSettings

_TOP = {"short_term": (28, 150), "medium_term": (182, 400), "long_term": (365, 800)}
"""Of each time range: how many days of plays count, and how many tracks the list has."""
_COUNTED_BY_SPOTIFY_MS = 30_000


class World:
    """Everything a sandbox knows. Take `lock` around any reading or changing of more than one
    thing; the methods take it themselves."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        catalogue: Catalogue,
        opened_at: datetime | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.catalogue = catalogue
        self.lock = RLock()
        self.opened_at = opened_at or clock.now()
        self.listener: Listener = listener_of(catalogue, settings.seed)
        self.account: Account = open_account(settings, catalogue, self.listener, self.opened_at)
        self.dead_uris: set[str] = set()
        self.extra_plays: list[PlayRecord] = []
        self.ids_made = 0
        self._plays: list[PlayRecord] = []
        self._played_through: date | None = None

    def track_of(self, uri: str) -> Track | None:
        """The track of the catalogue that a URI names."""
        if not uri.startswith("spotify:track:"):
            return None
        return self.catalogue.tracks.get(uri.removeprefix("spotify:track:"))

    def writable(self, uri: str) -> bool:
        """Whether a playlist can be written with this URI: it exists, plays and is not dead."""
        if uri in self.dead_uris:
            return False
        if uri.startswith("spotify:episode:"):
            return uri.removeprefix("spotify:episode:") in self.catalogue.episodes
        track = self.track_of(uri)
        return track is not None and track.playable

    def plays(self) -> list[PlayRecord]:
        """Everything played until now, oldest first. As the clock moves on, more of it."""
        with self.lock:
            now = self.clock.now()
            first = (self.opened_at - timedelta(days=self.settings.play_days)).date()
            day = self._played_through + timedelta(days=1) if self._played_through else first
            while day <= now.date():
                self._plays.extend(self.listener.plays_of(day, self.opened_at.date()))
                self._played_through = day
                day += timedelta(days=1)
            generated = self._plays
            if self.extra_plays:
                generated = sorted([*generated, *self.extra_plays], key=attrgetter("ended_at"))
            end = bisect_right(generated, now, key=attrgetter("ended_at"))
            return generated[:end]

    def counted_plays(self) -> list[PlayRecord]:
        """The plays Spotify tells of: those of more than 30 seconds."""
        return [play for play in self.plays() if play.ms_played > _COUNTED_BY_SPOTIFY_MS]

    def top_tracks(self, time_range: str) -> list[str]:
        """Ids of the most played tracks of a time range, most played first."""
        days, length = _TOP[time_range]
        since = self.clock.now() - timedelta(days=days)
        counts = dict.fromkeys(self.catalogue.tracks, 0.0)
        for play in self.counted_plays():
            if play.ended_at >= since:
                counts[play.track_id] += 1.0
        score = np.array(list(counts.values())) + 0.4 * self.listener.utility
        best = np.argsort(-score, kind="stable")[:length].tolist()
        return [self.listener.tracks[place].id for place in best]

    def top_artists(self, time_range: str) -> list[str]:
        """Ids of the artists of the top tracks, most played first."""
        tracks = self.top_tracks(time_range)
        weight: dict[str, float] = {}
        for place, track_id in enumerate(tracks):
            artist_id = self.catalogue.tracks[track_id].artist_ids[0]
            weight[artist_id] = weight.get(artist_id, 0.0) + 1 / (place + 10)
        return sorted(weight, key=lambda artist_id: -weight[artist_id])

    def new_id(self) -> str:
        """An id nothing has yet; the next one of the same sandbox is always the same."""
        self.ids_made += 1
        return ids(np.random.default_rng([self.settings.seed, 9, self.ids_made]), 1)[0]

    def create_playlist(
        self, name: str, *, description: str = "", public: bool = True, collaborative: bool = False
    ) -> PlaylistRecord:
        """A new empty playlist of the listener's, first in the list."""
        with self.lock:
            record = PlaylistRecord(
                id=self.new_id(),
                name=name,
                owner_id=self.settings.user_id,
                owner_name=self.settings.display_name,
                description=description,
                public=public,
                collaborative=collaborative,
            )
            self.account.playlists[record.id] = record
            self.account.listed.insert(0, record.id)
            return record

    def rows_for(self, uris: list[str] | tuple[str, ...], added_by: str) -> tuple[Row, ...]:
        """Rows for URIs, added now."""
        now: datetime = self.clock.now().replace(microsecond=0)
        return tuple(Row(uri, now, added_by) for uri in uris)


def make_world(settings: SandboxSettings, clock: Clock, opened_at: datetime | None = None) -> World:
    """A world with the generated catalogue or with the one of a file.

    `opened_at` is when an account that is taken up again was made, None for a new one.
    """
    if settings.catalogue is None:
        catalogue = generate_catalogue(
            seed=settings.seed,
            tracks=settings.tracks,
            artists=settings.artists,
            genres=settings.genres,
        )
    else:
        rng = np.random.default_rng([settings.seed, 1])
        episodes = make_episodes(rng, Namer(rng))
        catalogue = replace(read_catalogue(settings.catalogue), episodes=episodes)
    return World(settings, clock, catalogue, opened_at)


def utc_now() -> datetime:
    """The time on the wall, in UTC."""
    return datetime.now(UTC)


class Clock:
    """The sandbox's present (aware UTC).

    A `ticking` clock runs with the clock on the `wall` from where it was last set; another stands
    still until it is moved.
    """

    def __init__(
        self, start: datetime, *, ticking: bool, wall: Callable[[], datetime] = utc_now
    ) -> None:
        self._lock = Lock()
        self._wall = wall
        self._base = start.astimezone(UTC)
        self._since = wall()
        self.ticking = ticking

    def now(self) -> datetime:
        """The present."""
        with self._lock:
            if not self.ticking:
                return self._base
            return self._base + (self._wall() - self._since)

    def set(self, moment: datetime) -> None:
        """Go to `moment`, which has to carry a time zone."""
        if moment.tzinfo is None:
            raise ValueError("the sandbox clock needs a time zone, for example 2026-11-01T12:00Z")
        with self._lock:
            self._base = moment.astimezone(UTC)
            self._since = self._wall()

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the one on the wall."""
        return self.now() - self._wall()

    def set_ahead(self, span: timedelta) -> None:
        """Go to a span ahead of the clock on the wall."""
        self.set(self._wall() + span)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move on by a span (or back, by a negative one) and say what the time is now."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.set(self.now() + span)
        return self.now()


def start_clock(start: datetime | None, wall: Callable[[], datetime] = utc_now) -> Clock:
    """A standing clock at `start`, or one that runs with the clock on the wall."""
    if start is not None:
        return Clock(start, ticking=False, wall=wall)
    return Clock(wall(), ticking=True, wall=wall)


def timestamp(moment: datetime) -> str:
    """A moment as Spotify writes dates of adding: whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp_ms(moment: datetime) -> str:
    """A moment as Spotify writes `played_at`: milliseconds, Z."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
