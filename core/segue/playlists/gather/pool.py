"""Gathering: from a recipe's sources to the pool of candidate tracks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from segue.errors import RecipeError
from segue.music.track import Track
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist
from segue.playlists.references import find_playlist
from segue.playlists.text import count
from segue.recipe.sources import (
    FromPlaylist,
    FromRecipe,
    Liked,
    RecentPlays,
    SavedAlbums,
    Source,
    SourceSet,
    TheseTracks,
    TopTracks,
)
from segue.spotify_ids import track_id_in

OriginKind = Literal["liked", "album", "playlist", "top", "plays", "recipe", "named"]

RANGE_WORDS: Mapping[str, str] = {
    "short": "the last four weeks",
    "medium": "the last six months",
    "long": "the last year",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a track comes from, and when it was added there where that is known."""

    kind: OriginKind
    name: str = ""
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates: track ids in the order of the sources, each with where it comes from.

    `text` says how many there are and from where; `notes` name what could not be used.
    """

    origins: Mapping[str, tuple[Origin, ...]]
    tracks: Mapping[str, Track]
    text: str
    notes: tuple[str, ...] = ()

    def added_at(self, track_id: str) -> datetime | None:
        """When the user last added a track, in the sources it comes from; None if unknown."""
        dates = [o.added_at for o in self.origins.get(track_id, ()) if o.added_at is not None]
        return max(dates) if dates else None


def gather(source: Source, inventory: Inventory) -> Pool:
    """Collect the candidates of a source.

    A playlist that is missing or unreadable gives nothing and a note that says why. Raises
    RecipeError where that would let in what was meant to stay out (it is subtracted, or a
    condition for every track), and for a set that names nothing to draw from.
    """
    gathering = _Gathering(inventory)
    origins = gathering.collect(source)
    known = {track_id: origins[track_id] for track_id in origins if gathering.track(track_id)}
    missing = len(origins) - len(known)
    if missing:
        gathering.notes.append(
            f"{count(missing, 'track')} left out: not read from Spotify yet, run `segue sync`"
        )
    tracks = {track_id: gathering.tracks[track_id] for track_id in known}
    return Pool(known, tracks, _pool_text(source, len(known)), tuple(gathering.notes))


_Origins = dict[str, tuple[Origin, ...]]


@dataclass
class _Gathering:
    inventory: Inventory
    tracks: dict[str, Track] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    required: bool = False

    def track(self, track_id: str) -> Track | None:
        track = self.inventory.tracks.get(track_id)
        if track is None:
            return self.tracks.get(track_id)
        self.tracks[track_id] = track
        return track

    def collect(self, source: Source) -> _Origins:
        inventory = self.inventory
        match source:
            case Liked():
                liked = (
                    (s.track_id, Origin("liked", added_at=s.added_at)) for s in inventory.liked
                )
                return _group(liked)
            case SavedAlbums():
                return _group(
                    (track_id, Origin("album", album.name, album.added_at))
                    for album in inventory.albums
                    for track_id in album.track_ids
                )
            case FromPlaylist(reference):
                return self._playlist(find_playlist(reference, inventory), "playlist")
            case TopTracks(span):
                ids = inventory.top.get(span)
                if ids is None:
                    self._unusable(f"your top tracks of {RANGE_WORDS[span]} were not read yet")
                return self._plain(ids or (), Origin("top", RANGE_WORDS[span]))
            case RecentPlays():
                newest_first = [play.track_id for play in reversed(inventory.plays)]
                # An imported history reaches back to tracks that nobody can tell anything about.
                imported = (i for i in inventory.heard if i in inventory.tracks)
                return self._plain([*newest_first, *imported], Origin("plays"))
            case FromRecipe(reference):
                return self._recipe(reference)
            case TheseTracks(ids):
                return self._plain(ids, Origin("named"))
            case SourceSet():
                return self._set(source)

    def _plain(self, ids: Iterable[str], origin: Origin) -> _Origins:
        return dict.fromkeys(ids, (origin,))

    def _recipe(self, reference: str) -> _Origins:
        origin = Origin("recipe", reference)
        planned = self.inventory.planned.get(reference)
        if planned is not None:
            return self._plain(planned, origin)
        playlist_id = self.inventory.recipe_playlists.get(reference)
        if playlist_id is None:
            self._unusable(f"the recipe “{reference}” has not made a playlist yet")
            return {}
        return self._playlist(find_playlist(playlist_id, self.inventory), "recipe", reference)

    def _playlist(self, found: Playlist | str, kind: OriginKind, name: str = "") -> _Origins:
        if isinstance(found, str):
            self._unusable(found)
            return {}
        name = name or found.summary.name
        if not found.complete:
            self._unusable(f"some rows of the playlist “{name}” could not be read")
        pairs: list[tuple[str, Origin]] = []
        for entry in found.entries:
            track_id = track_id_in(entry.uri)
            if entry.kind == "track" and track_id:
                if entry.track is not None:
                    self.tracks.setdefault(track_id, entry.track)
                pairs.append((track_id, Origin(kind, name, entry.added_at)))
        return _group(pairs)

    def _unusable(self, why: str) -> None:
        if self.required:
            raise RecipeError(
                f"{why}; the recipe subtracts it or needs every track to be in it, so nothing "
                "can be chosen safely: make it readable or take it out of the recipe"
            )
        if why not in self.notes:
            self.notes.append(why)

    def _set(self, source: SourceSet) -> _Origins:
        if not source.any_of and not source.all_of:
            raise RecipeError("a set of sources names nothing to draw from; add a source to `any`")
        found: _Origins | None = None
        for part in source.any_of:
            found = _merge(found or {}, self.collect(part))
        required, self.required = self.required, True
        for part in source.all_of:
            other = self.collect(part)
            found = other if found is None else _merge(found, other, common=True)
        without: set[str] = set()
        for part in source.minus:
            without.update(self.collect(part))
        self.required = required
        return {track_id: o for track_id, o in (found or {}).items() if track_id not in without}


def _group(pairs: Iterable[tuple[str, Origin]]) -> _Origins:
    grouped: _Origins = {}
    for track_id, origin in pairs:
        earlier = grouped.get(track_id, ())
        grouped[track_id] = earlier if origin in earlier else (*earlier, origin)
    return grouped


def _merge(first: _Origins, second: _Origins, *, common: bool = False) -> _Origins:
    """The union in order of first appearance, or what is `common`; origins of both are kept."""
    ids = (i for i in first if i in second) if common else dict.fromkeys((*first, *second))
    merged: _Origins = {}
    for track_id in ids:
        ours = first.get(track_id, ())
        merged[track_id] = (*ours, *(o for o in second.get(track_id, ()) if o not in ours))
    return merged


def _pool_text(source: Source, found: int) -> str:
    match source:
        case Liked():
            return f"{found:,} liked"
        case SavedAlbums():
            return f"{found:,} on saved albums"
        case FromPlaylist(reference):
            return f"{found:,} in “{reference}”"
        case TopTracks(span):
            return f"{found:,} top tracks of {RANGE_WORDS[span]}"
        case RecentPlays():
            return f"{found:,} played"
        case FromRecipe(reference):
            return f"{found:,} of the recipe “{reference}”"
        case TheseTracks():
            return f"{found:,} named"
        case SourceSet(any_of=(only,), all_of=(), minus=()):
            return _pool_text(only, found)
        case SourceSet():
            return f"{found:,} in the sources"
