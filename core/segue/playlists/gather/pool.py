"""Gathering: from a recipe's sources to the pool of candidate tracks, and what filters and scorers
ask about each, looked up once for a whole build."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from segue.errors import RecipeError
from segue.music.features import UNKNOWN, AudioFeatures
from segue.music.genres import GenreTree, genre_tree
from segue.music.track import Track
from segue.names import plural
from segue.playlists.gather.collected import Origin, Origins, Prepares, Problem, origins_of
from segue.playlists.gather.sources import GATHERERS
from segue.playlists.inventory import SHORTEST_PLAY_MS, Inventory, LyricFacts, VectorSpace
from segue.playlists.library import Heard
from segue.playlists.text import days_between, span
from segue.recipe.sources import Shares, Source, SourceSet


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates: track ids in the order of the sources, each with where it comes from.

    `text` says how many there are and from where; `notes` name what could not be used. `shares`
    are the ids of each share of a recipe that has them, in the order they are taken where the share
    says so, else in that of its source.
    """

    origins: Mapping[str, tuple[Origin, ...]]
    tracks: Mapping[str, Track]
    text: str
    notes: tuple[str, ...] = ()
    shares: tuple[tuple[str, ...], ...] = ()

    def added_at(self, track_id: str) -> datetime | None:
        """When the user last added a track, in the sources it comes from; None if unknown."""
        return _last_added(self.origins.get(track_id, ()))


def _last_added(origins: Sequence[Origin]) -> datetime | None:
    if len(origins) == 1:  # as nearly all
        return origins[0].added_at
    return max((o.added_at for o in origins if o.added_at is not None), default=None)


def gather(source: Source, inventory: Inventory) -> Pool:
    """Collect the candidates of a source.

    A playlist that is missing or unreadable gives nothing and a note that says why. Raises
    RecipeError where that would let in what was meant to stay out (it is subtracted, or a
    condition for every track), and for a set that names nothing to draw from.
    """
    gathering = _Gathering(inventory)
    origins = gathering.collect(source)
    if isinstance(inventory.tracks, Prepares):
        inventory.tracks.prepare(origins)
    tracks = {i: track for i in origins if (track := gathering.track(i)) is not None}
    known = {i: found for i, found in origins.items() if i in tracks}
    missing = len(origins) - len(known)
    if missing:
        gathering.notes.append(
            f"{plural(missing, 'track')} left out: not read from Spotify yet, run `segue sync`"
        )
    text = f"{len(known):,} {_text(source)}"
    shares = tuple(tuple(i for i in share if i in known) for share in gathering.shares)
    return Pool(known, tracks, text, tuple(gathering.notes), shares)


@dataclass
class _Gathering:
    inventory: Inventory
    tracks: dict[str, Track] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    required: bool = False
    shares: list[list[str]] = field(default_factory=list)

    def track(self, track_id: str) -> Track | None:
        return self.inventory.tracks.get(track_id) or self.tracks.get(track_id)

    def collect(self, source: Source) -> Origins:
        if isinstance(source, SourceSet):
            return self._set(source)
        if isinstance(source, Shares):
            return self._shares(source)
        found = GATHERERS[type(source)].collect(source, self.inventory)
        for problem in found.problems:
            self._note(problem)
        self.notes += [note for note in found.notes if note not in self.notes]
        for track_id, track in found.tracks:
            self.tracks.setdefault(track_id, track)
        return origins_of(found.pairs)

    def _note(self, problem: Problem) -> None:
        if problem.reference:  # counted where the pool is made
            return
        if self.required:
            raise RecipeError(
                f"{problem.why}; the recipe subtracts it or needs every track to be in it, so "
                "nothing can be chosen safely: make it readable or take it out of the recipe"
            )
        if problem.why not in self.notes:
            self.notes.append(problem.why)

    def _set(self, source: SourceSet) -> Origins:
        if not source.any_of and not source.all_of:
            raise RecipeError("a set of sources names nothing to draw from; add a source to `any`")
        found: Origins | None = None
        for part in source.any_of:
            found = _merge(found or {}, self.collect(part))
        required, self.required = self.required, True
        for part in source.all_of:
            other = self.collect(part)
            found = other if found is None else _merge(found, other, common=True)
        self.required = required
        return self._without(source.minus, found or {})

    def _without(self, minus: Sequence[Source], found: Origins) -> Origins:
        required, self.required = self.required, True
        without = {track_id for part in minus for track_id in self.collect(part)}
        self.required = required
        return {track_id: o for track_id, o in found.items() if track_id not in without}

    def _shares(self, source: Shares) -> Origins:
        every: Origins = {}
        for share in source.parts:
            origins = self._without(source.minus, self.collect(share.source))
            moments = ((i, _last_added(found)) for i, found in origins.items())
            dates = {i: moment for i, moment in moments if moment is not None and share.first}
            dated = sorted(dates, key=dates.__getitem__, reverse=share.first == "newest")
            self.shares.append([*dated, *(i for i in origins if i not in dates)])
            every = _merge(every, origins)
        return every


def _merge(first: Origins, second: Origins, *, common: bool = False) -> Origins:
    """The union in order of first appearance, or what is `common`; origins of both are kept."""
    ids = (i for i in first if i in second) if common else dict.fromkeys((*first, *second))
    merged: Origins = {}
    for track_id in ids:
        ours = first.get(track_id, ())
        merged[track_id] = (*ours, *(o for o in second.get(track_id, ()) if o not in ours))
    return merged


def _text(source: Source) -> str:
    match source:
        case SourceSet(any_of=(only,), all_of=(), minus=()):
            return _text(only)
        case SourceSet() | Shares():
            return "in the sources"
        case _:
            return GATHERERS[type(source)].text(source)


@dataclass(frozen=True)
class PlayFacts:
    """What an inventory knows of plays, worked out when first asked for: many recipes never ask.
    Skipped and very short plays do not count as plays."""

    inventory: Inventory

    @cached_property
    def _moments(self) -> Mapping[str, list[datetime]]:
        moments: dict[str, list[datetime]] = defaultdict(list)
        for play in self.inventory.plays:
            ran = play.ms_played
            if not play.skipped and (ran is None or ran >= SHORTEST_PLAY_MS):
                moments[play.track_id].append(play.played_at)
        return moments

    @cached_property
    def skips(self) -> Mapping[str, int]:
        """How often each track was skipped, by id."""
        counts = Counter(play.track_id for play in self.inventory.plays if play.skipped)
        counts.update(self.inventory.skips)
        return counts

    @cached_property
    def usual_skip_ratio(self) -> float:
        """The share of skips in all plays and skips, 0..1."""
        skipped = sum(self.skips.values())
        imported = sum(each.plays for each in self.inventory.heard.values())
        plays = skipped + imported + sum(map(len, self._moments.values()))
        return skipped / plays if plays else 0.0

    def heard(self, track_id: str) -> Heard | None:
        """How often and when a track was played; None where no play is known."""
        imported = self.inventory.heard.get(track_id)
        moments = self._moments.get(track_id)
        if moments is None:
            return imported
        latest = Heard.at([each.timestamp() for each in sorted(moments, reverse=True)])
        return latest if imported is None else latest.joined(imported)

    def last(self, track_id: str) -> float | None:
        """When a track was played last, in Unix seconds; None where no play is known."""
        imported = self.inventory.heard.get(track_id)
        moments = self._moments.get(track_id)
        if moments is None:
            return None if imported is None else imported.recent[0]
        last = max(moments).timestamp()
        return last if imported is None else max(last, imported.recent[0])

    def times(self, track_id: str) -> int:
        """How often a track was played."""
        imported = self.inventory.heard.get(track_id)
        recent = len(self._moments.get(track_id, ()))
        return recent if imported is None else recent + imported.plays


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the tracks of a pool. `now` is the moment days are counted from;
    `all_tracks` are all that are known, in the pool or not."""

    now: datetime
    pool: Pool
    tracks: Mapping[str, Track]
    all_tracks: Mapping[str, Track]
    features: Mapping[str, AudioFeatures]
    liked_at: Mapping[str, datetime]
    played: PlayFacts
    lyrics: Mapping[str, LyricFacts]
    lyric_space: VectorSpace
    sound_space: VectorSpace = field(default_factory=VectorSpace)
    genres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    genre_tree: GenreTree = field(default_factory=genre_tree)
    popularity: Mapping[str, int] = field(default_factory=dict)

    def features_of(self, track_id: str) -> AudioFeatures:
        """The audio features of a track; all unknown where there are none."""
        return self.features.get(track_id, UNKNOWN)

    def skips(self, track_id: str) -> tuple[int, int]:
        """How many of a track's plays were skipped, and of how many; one not known as skipped is
        not."""
        skips = self.played.skips.get(track_id, 0)
        return skips, skips + self.plays(track_id)

    def last_played(self, track_id: str) -> datetime | None:
        """When a track was played last; None where no play is known."""
        last = self.played.last(track_id)
        return None if last is None else datetime.fromtimestamp(last, tz=UTC)

    def plays(self, track_id: str) -> int:
        """How often a track was played."""
        return self.played.times(track_id)

    def activation(self, track_id: str) -> float:
        """How present a track is in memory at the end of the day; −∞ where no play is known."""
        heard = self.played.heard(track_id)
        return -math.inf if heard is None else heard.activation(day_ends(self.now).timestamp())

    def added_at(self, track_id: str) -> datetime | None:
        """When a track was last added to its sources, else when it was liked; None if unknown."""
        return self.pool.added_at(track_id) or self.liked_at.get(track_id)


def look_up(pool: Pool, inventory: Inventory, now: datetime) -> Facts:
    """Collect the facts of a pool."""
    return Facts(
        now=now,
        pool=pool,
        tracks=pool.tracks,
        all_tracks=inventory.tracks,
        features=inventory.features,
        liked_at={saved.track_id: saved.added_at for saved in inventory.liked},
        played=PlayFacts(inventory),
        lyrics=inventory.lyrics,
        lyric_space=inventory.lyric_space,
        sound_space=inventory.sound_space,
        genres=inventory.genres,
        genre_tree=inventory.genre_tree,
        popularity=inventory.popularity,
    )


def day_ends(now: datetime) -> datetime:
    """When the day (UTC) ends: activation is that of this moment, so that time alone changes no
    order within a day."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def rested(track_id: str, facts: Facts) -> str:
    """How long a track has not been played: "not played for 64 days"."""
    played = facts.last_played(track_id)
    if played is None:
        return "no play known"
    days = days_between(played, facts.now)
    return f"not played for {span(days)}" if days >= 1 else "played less than a day ago"
