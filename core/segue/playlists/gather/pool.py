"""Gathering: from a recipe's sources to the pool of candidate tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from segue.errors import RecipeError
from segue.music.track import Track
from segue.playlists.gather.sources import GATHERERS, Origin, Origins, Problem, origins_of
from segue.playlists.inventory import Inventory
from segue.playlists.text import count
from segue.recipe.sources import Source, SourceSet


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
    return Pool(known, tracks, f"{len(known):,} {_text(source)}", tuple(gathering.notes))


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

    def collect(self, source: Source) -> Origins:
        if isinstance(source, SourceSet):
            return self._set(source)
        found = GATHERERS[type(source)].collect(source, self.inventory)
        for problem in found.problems:
            self._note(problem)
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
        without: set[str] = set()
        for part in source.minus:
            without.update(self.collect(part))
        self.required = required
        return {track_id: o for track_id, o in (found or {}).items() if track_id not in without}


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
        case SourceSet():
            return "in the sources"
        case _:
            return GATHERERS[type(source)].text(source)
