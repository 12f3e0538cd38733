"""Coverage: one plan over all playlists, so that every liked song returns in time to one of them
and no song stands in two in one week.

Songs are dealt out by the earliest deadline, each to the list and period that can take it and is
least full so far: so every list has its even share of them, and the rest of it is its recipe's own
choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from segue.music.track import Track
from segue.playlists.plan import Coverage
from segue.playlists.text import ago, days_between, span
from segue.recipe.recipe import Recipe

WEEK = timedelta(days=7)
"""For so long a song that has left one list stays out of the others."""
MARGIN = 0.9
"""The part of the time within which a song is to return; the rest is for what goes otherwise."""

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stood:
    """Which recipe's list a song stood in last, and until when (UTC)."""

    recipe_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taker:
    """A list of the plan: what it `takes` of the songs, and how many in each of its periods.

    `starts` are when its periods begin (UTC), the current one first; `given` are the songs that
    were dealt to it in the current one, None before its list was made; `standing` those in it now.
    """

    recipe: Recipe
    takes: AbstractSet[str]
    places: int
    starts: tuple[datetime, ...]
    given: tuple[str, ...] | None = None
    standing: frozenset[str] = frozenset()

    @property
    def holds(self) -> frozenset[str]:
        """What it holds, or is to hold in this period."""
        return self.standing.union(self.given or ())


@dataclass(frozen=True, slots=True)
class Term:
    """Since when there is a plan (UTC), from where a song counts that no list had yet, and within
    what time every song returns."""

    since: datetime
    within: timedelta


@dataclass(frozen=True, slots=True)
class Song:
    """How a liked song stands: when it was in a list last (None: never since there is a plan), by
    when it is to return and is planned to, and the list and period it is dealt to, if any;
    `standing` where it is in a list now."""

    track_id: str
    last: datetime | None
    planned_by: datetime
    by: datetime
    recipe_id: str | None = None
    at: datetime | None = None
    standing: bool = False

    @property
    def in_time(self) -> bool:
        """Whether it returns by then."""
        return self.at is not None and self.at <= self.by


@dataclass(frozen=True, slots=True)
class Dealt:
    """The plan: what each list gets now, and every song's next turn, the most urgent first."""

    coverage: Coverage
    songs: tuple[Song, ...] = ()
    takers: tuple[Taker, ...] = ()


class _Table:
    """The periods of all lists that songs can be dealt to, (n,) each: whose, and when they begin
    (Unix seconds). The current one is there only of a list that was not made in it."""

    def __init__(self, takers: Sequence[Taker], stood: Mapping[str, Stood], now: datetime) -> None:
        self._takers, self._stood, self._now = takers, stood, now
        self.holders: dict[str, list[int]] = {}
        for number, each in enumerate(takers):
            for track_id in each.holds:
                self.holders.setdefault(track_id, []).append(number)
        periods = [
            (number, start.timestamp())
            for number, each in enumerate(takers)
            for start in each.starts[each.given is not None :]
            if each.places
        ]
        self._whose = np.array([number for number, _ in periods], dtype=np.int32)
        self._start = np.array([start for _, start in periods], dtype=np.float64)
        self._room = np.array([each.places for each in takers], dtype=np.float64)[self._whose]
        self._load = np.zeros(len(periods))
        self._caps = {
            name: np.array([getattr(each.recipe, f"max_per_{name}") or np.inf for each in takers])
            for name in ("artist", "album")
        }
        self._counts: dict[tuple[str, str], Times] = {}

    def deal(self, song: Song, track: Track) -> Song:
        """A song with the list and period that it goes to, whose room it takes; as it is where no
        list can take it."""
        ready = self._ready(song.track_id)
        if not len(self._whose) or np.isposinf(ready).all():
            return song
        keys = {"artist": track.artist_key, "album": (track.album.id or "") if track.album else ""}
        able = (self._load < self._room) & (self._start >= ready[self._whose])
        for each in keys.items():
            if each[1] and each in self._counts:
                able &= self._counts[each] < self._caps[each[0]][self._whose]
        chosen = self._best(able, song.planned_by.timestamp())
        if chosen is None:
            return song
        self._load[chosen] += 1
        for each in keys.items():
            self._counts.setdefault(each, np.zeros(len(self._whose)))[chosen] += 1
        at = datetime.fromtimestamp(float(self._start[chosen]), tz=UTC)
        recipe = self._takers[self._whose[chosen]].recipe
        return replace(song, recipe_id=recipe.id, at=max(at, self._now))

    def _best(self, able: NDArray[np.bool_], deadline: float) -> int | None:
        """Of the periods that can take a song: in time the least full, of equals the first; else
        the first."""
        if not able.any():
            return None
        in_time = able & (self._start <= deadline)
        if not in_time.any():
            return int(np.argmin(np.where(able, self._start, np.inf)))
        full = np.where(in_time, self._load / self._room, np.inf)
        least = np.flatnonzero(full == full.min())
        return int(least[np.argmin(self._start[least])])

    def _ready(self, track_id: str) -> Times:
        """From when on each list may hold a song, in Unix seconds; never is ∞: (n_takers,)."""
        left = self._stood.get(track_id)
        holders = self.holders.get(track_id, [])
        ready = np.full(len(self._takers), np.inf)
        for number, each in enumerate(self._takers):
            if track_id in each.takes:
                ready[number] = -np.inf
                if left is not None and left.recipe_id != each.recipe.id:
                    ready[number] = (left.at + WEEK).timestamp()
                if any(holder != number for holder in holders):
                    ready[number] = (self._now + WEEK).timestamp()
        return ready


def deal(
    liked: Mapping[str, datetime],
    tracks: Mapping[str, Track],
    takers: Sequence[Taker],
    stood: Mapping[str, Stood],
    term: Term,
    now: datetime,
) -> Dealt:
    """Deal every liked song to one period of one list, and say what each list is to hold now.

    `liked` are the songs by id with when they were liked, `stood` those that have left a list.
    """
    table = _Table(takers, stood, now)
    songs = [
        table.deal(song, tracks[song.track_id])
        for song in _most_urgent_first(liked, takers, stood, term, now)
    ]
    by_id = {song.track_id: song for song in songs}
    due: dict[str, list[Song]] = {
        each.recipe.id: [by_id[i] for i in each.given or () if i in by_id] for each in takers
    }
    current = {each.recipe.id: max(each.starts[0], now) for each in takers if each.given is None}
    for song in songs:
        if song.recipe_id is not None and song.at == current.get(song.recipe_id):
            due[song.recipe_id].append(song)
    given = {name: frozenset(song.track_id for song in found) for name, found in due.items()}
    words = {
        name: {song.track_id: _words(song, liked[song.track_id], now) for song in found}
        for name, found in due.items()
    }
    elsewhere = {each.recipe.id: _elsewhere(each, takers, given, stood) for each in takers}
    return Dealt(Coverage(words, elsewhere), tuple(songs), tuple(takers))


def _most_urgent_first(
    liked: Mapping[str, datetime],
    takers: Sequence[Taker],
    stood: Mapping[str, Stood],
    term: Term,
    now: datetime,
) -> list[Song]:
    """The songs by when they have to return; of equals first those that the fewest lists take."""
    held = frozenset[str]().union(*(each.holds for each in takers))
    songs = []
    for track_id, liked_at in liked.items():
        left = stood.get(track_id)
        last = now if track_id in held else left.at if left is not None else None
        since = last or max(term.since, liked_at)
        planned_by, by = since + MARGIN * term.within, since + term.within
        songs.append(Song(track_id, last, planned_by, by, standing=track_id in held))
    ways = {i: sum(i in each.takes for each in takers) for i in liked}
    return sorted(
        songs, key=lambda s: (s.planned_by, ways[s.track_id], liked[s.track_id], s.track_id)
    )


def _elsewhere(
    own: Taker,
    takers: Sequence[Taker],
    given: Mapping[str, frozenset[str]],
    stood: Mapping[str, Stood],
) -> frozenset[str]:
    """The songs that another list holds, is to hold now, or held within the week before a list's
    period began."""
    others = (each for each in takers if each is not own)
    held = frozenset[str]().union(*(each.holds | given[each.recipe.id] for each in others))
    left = {
        track_id
        for track_id, each in stood.items()
        if each.recipe_id != own.recipe.id and each.at > own.starts[0] - WEEK
    }
    return held | left


def _words(song: Song, liked_at: datetime, now: datetime) -> str:
    if song.last is None:
        return f"its turn: liked {ago(liked_at, now)}, in no list yet"
    days = days_between(song.last, now)
    return f"its turn: in no list for {span(days)}" if days >= 1 else "its turn in this period"
