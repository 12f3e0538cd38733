"""Ordering: the chosen tracks in a row, by the sequencer or by one property, and how each follows
the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.errors import RecipeError, UsageError
from segue.music.features import UNKNOWN, AudioFeatures, Scaling, tempo_match
from segue.music.keys import camelot, key_match
from segue.music.track import Track
from segue.names import plural, sorting_key
from segue.playlists.gather.pool import Facts
from segue.playlists.library import PlaylistEntry
from segue.playlists.plan import Reason, ReportValue, Transition
from segue.playlists.text import shortened
from segue.recipe.recipe import Recipe, Sort
from segue.recipe.sections import SequenceSettings
from segue.sequencing.methods.greedy import NextFeatures
from segue.sequencing.options import arc_of
from segue.sequencing.problem import LAST, MOST_TRACKS, Settings
from segue.sequencing.report import Ordering, measures_of
from segue.sequencing.report import report as order_report
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs, songs_of
from segue.sequencing.transitions import Passage, explain

_EXPLAINED_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Columns:
    """Tracks, their features, and both as columns for the sequencer."""

    tracks: tuple[Track, ...]
    features: tuple[AudioFeatures, ...]
    songs: Songs

    def __len__(self) -> int:
        return len(self.tracks)

    def take(self, rows: Sequence[int]) -> Columns:
        """Some of the tracks, in the order given."""
        return Columns(
            tuple(self.tracks[row] for row in rows),
            tuple(self.features[row] for row in rows),
            self.songs.take(list(rows)),
        )


def columns_of(
    tracks: Sequence[Track],
    features: Mapping[str, AudioFeatures],
    scaling: Scaling,
    lyrics: Mapping[str, NDArray[np.float32]] | None = None,
) -> Columns:
    """Lay tracks out as columns. `lyrics` are vectors by track id, all of one length."""
    rows = tuple(features.get(track.id, UNKNOWN) for track in tracks)
    songs = songs_of(
        rows,
        artists=[track.artist_key for track in tracks],
        albums=[(track.album.id or track.album.name) if track.album else "" for track in tracks],
        duration_ms=[track.duration_ms for track in tracks],
        lyrics=_lyric_rows(tracks, lyrics or {}),
        scaling=scaling,
    )
    return Columns(tuple(tracks), rows, songs)


def settings_for(tracks: Sequence[Track], wanted: SequenceSettings, opening: int = 0) -> Settings:
    """The sequencer's settings for these tracks; the first `opening` are pinned where they are.

    Raises RecipeError for an arc or pins that cannot be.
    """
    rows = {track.id: row for row, track in enumerate(tracks)}
    pins = {row: row for row in range(opening)}
    for track_id, position in _pins(wanted):
        row = rows.get(track_id)
        if row is not None and row not in pins:
            pins[row] = position
    pairs = [(rows[a], rows[b]) for a, b in wanted.apart if a in rows and b in rows]
    groups = [tuple(rows[i] for i in group if i in rows) for group in wanted.keep_together]
    try:
        return Settings(
            method=wanted.method,
            weights=wanted.weights,
            arc=arc_of(wanted.arc, wanted.arc_of),
            pins=pins,
            forbidden=tuple(pairs),
            together=tuple(group for group in groups if len(group) > 1),
        )
    except UsageError as error:
        raise RecipeError(f"the recipe's [playlist.sequence] cannot be kept: {error}") from error


def arrange(
    columns: Columns,
    wanted: SequenceSettings,
    seed: int,
    opening: int = 0,
    next_features: NextFeatures | None = None,
    effort: float = 1.0,
) -> tuple[list[int], tuple[str, ...]]:
    """Order tracks as wanted: indices into the columns, each once, and notes in words.

    The first `opening` tracks stay where they are and the others follow on from them; `effort` is
    how long is looked, see `sequence`. A list
    longer than the sequencer orders at once is ordered part by part. Raises RecipeError where
    pins contradict each other.
    """
    settings = settings_for(columns.tracks, wanted, opening)
    if len(columns) > MOST_TRACKS:
        if wanted.method == "none":
            return list(range(len(columns))), ()
        return _in_parts(columns, wanted, seed, opening)
    try:
        found = sequence(
            columns.songs, settings, seed=seed, effort=effort, next_features=next_features
        )
    except UsageError as error:
        raise RecipeError(f"the recipe's [playlist.sequence] cannot be kept: {error}") from error
    return [int(row) for row in found.order], found.notes


_SORTED_BY: Mapping[Sort, Callable[[Track, Facts], Any]] = {
    "added": lambda track, facts: facts.added_at(track.id),
    "title": lambda track, _: sorting_key(track.title) if track.title else None,
    "artist": lambda track, _: sorting_key(track.artist) if track.artist else None,
    "album": lambda track, _: (
        sorting_key(track.album.name) if track.album and track.album.name else None
    ),
    "release": lambda track, _: (
        track.album.release_date if track.album and track.album.release_year else None
    ),
    "tempo": lambda track, facts: (
        facts.features_of(track.id).tempo if facts.features_of(track.id).has_tempo else None
    ),
    "duration": lambda track, _: track.duration_ms or None,
    "plays": lambda track, facts: facts.plays(track.id),
    "popularity": lambda track, facts: facts.popularity.get(track.id),
}


def sorted_rows(
    tracks: Sequence[Track], recipe: Recipe, facts: Facts, eligible: Sequence[str]
) -> tuple[list[int], tuple[str, ...]]:
    """Tracks as the recipe sorts them: indices, each once, and notes in words.

    `eligible` are the candidates' ids in the order of their sources, which decides between equals
    in either direction. What is not known of a track puts it last, in either direction too.
    """
    assert recipe.sort is not None
    place = {track_id: index for index, track_id in enumerate(eligible)}
    rows = sorted(range(len(tracks)), key=lambda row: place.get(tracks[row].id, len(place)))
    values: dict[int, Any] = {
        row: place.get(tracks[row].id)
        if recipe.sort == "source"
        else _SORTED_BY[recipe.sort](tracks[row], facts)
        for row in rows
    }
    known = [row for row in rows if values[row] is not None]
    unknown = [row for row in rows if values[row] is None]
    known.sort(key=values.__getitem__, reverse=recipe.descending)
    if not unknown or recipe.sort == "source":
        return [*known, *unknown], ()
    what = "date of adding" if recipe.sort == "added" else recipe.sort
    return [*known, *unknown], (f"{plural(len(unknown), 'track')} of unknown {what} stand last",)


def transitions(
    columns: Columns, order: Sequence[int], wanted: SequenceSettings
) -> list[Transition | None]:
    """How each track of an order follows the one before it; None for the first."""
    if not order:
        return []
    weights = settings_for(columns.tracks, wanted).weights
    found: list[Transition | None] = [None]
    for start in range(0, len(order) - 1, _EXPLAINED_AT_ONCE):
        rows = list(order[start : start + _EXPLAINED_AT_ONCE + 1])
        passages = explain(columns.songs.take(rows), range(len(rows)), weights)
        for (a, b), passage in zip(pairwise(rows), passages, strict=True):
            found.append(_transition(columns.features[a], columns.features[b], passage))
    return found


def _transition(before: AudioFeatures, after: AudioFeatures, passage: Passage) -> Transition:
    return Transition(
        cost=passage.cost,
        key=round(key_match(before.key, before.mode, after.key, after.mode), 6),
        tempo=round(float(tempo_match(before.tempo, after.tempo)), 6),
        text=passage.text,
    )


def _pins(wanted: SequenceSettings) -> list[tuple[str, int]]:
    pins = [(track_id, position - 1) for track_id, position in wanted.at.items()]
    if wanted.first is not None:
        pins.append((wanted.first, 0))
    if wanted.last is not None:
        pins.append((wanted.last, LAST))
    return pins


def unpinned(wanted: SequenceSettings) -> SequenceSettings:
    """The same for a part of a list: its places are those of the whole."""
    return wanted.model_copy(update={"first": None, "last": None, "at": {}})


def _in_parts(
    columns: Columns, wanted: SequenceSettings, seed: int, opening: int
) -> tuple[list[int], tuple[str, ...]]:
    """Order a very long list: the opening as it is, then parts as they came, each in itself."""
    order = list(range(opening))
    size = max(MOST_TRACKS // 4, 2)
    # A curve is of the whole list, as places are: a part could only follow it wrongly.
    plain = unpinned(wanted).model_copy(update={"arc": "flat"})
    # All the parts together take no longer than the longest list that is ordered at once.
    effort = MOST_TRACKS / len(columns)
    for start in range(opening, len(columns), size):
        rows = list(range(start, min(start + size, len(columns))))
        found, _ = arrange(columns.take(rows), plain, seed, effort=effort)
        order += [rows[row] for row in found]
    note = (
        f"{len(columns):,} tracks are more than are ordered at once ({MOST_TRACKS:,}); "
        f"they are ordered in parts of {size}, without a curve or pinned places"
    )
    return order, (note,)


def _lyric_rows(
    tracks: Sequence[Track], lyrics: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float32] | None:
    known = [lyrics[track.id] for track in tracks if track.id in lyrics]
    if not known:
        return None
    nothing = np.full(len(known[0]), np.nan, dtype=np.float32)
    return np.stack([lyrics.get(track.id, nothing) for track in tracks])


def flow_reasons(columns: Columns, slots: Sequence[int | PlaylistEntry]) -> dict[int, Reason]:
    """By row of the columns, which tracks each stands between, with their keys and tempos."""
    found: dict[int, Reason] = {}
    for place, slot in enumerate(slots):
        if isinstance(slot, PlaylistEntry):
            continue
        before = slots[place - 1] if place else None
        after = slots[place + 1] if place + 1 < len(slots) else None
        first = _named(columns, before) if isinstance(before, int) else ""
        second = _named(columns, after) if isinstance(after, int) else ""
        if first and second:
            found[slot] = Reason("flow", f"between {first} and {second}")
        elif first or second:
            found[slot] = Reason("flow", f"after {first}" if first else f"before {second}")
    return found


def _named(columns: Columns, row: int) -> str:
    """A neighbour with its key and tempo: “X” (8A, 122); empty where neither is known."""
    features = columns.features[row]
    key = camelot(features.key, features.mode)
    known = [key] if key != "?" else []
    if features.has_tempo:
        known.append(f"{features.tempo:.0f}")
    title = shortened(columns.tracks[row].title, 16)
    return f"“{title}” ({', '.join(known)})" if known else ""


Report = dict[str, ReportValue | Mapping[str, ReportValue]]


def report(
    columns: Columns, order: list[int], before: Columns, wanted: SequenceSettings, seed: int
) -> Report:
    """Report on an order of `columns`, see `segue.sequencing.report.report`.

    `before` is the list as it stands on the account, in its order, measured in its own right.
    A list too long to be ordered at once is counted, not measured.
    """
    if len(columns) > MOST_TRACKS:
        return {
            "tracks": len(columns),
            "duration_ms": int(columns.songs.duration_ms.sum()),
            "unknown": dict(columns.songs.unknown()),
        }
    wanted = wanted.model_copy(update={"keep_together": ()})  # it is no part of how a list flows
    measured = Ordering.of(columns.songs, settings_for(columns.tracks, wanted))
    found: Report = dict(order_report(measured, order, seed=seed))
    if isinstance(at := found.get("worst_place"), int):
        titles = [columns.tracks[row].title for row in order[at - 1 : at + 1]]
        found["worst_joint"] = f"“{titles[0]}” to “{titles[1]}”: {found['worst_joint']}"
    if 1 < len(before) <= MOST_TRACKS:
        settled = Ordering.of(before.songs, settings_for(before.tracks, wanted))
        found["before"] = measures_of(settled, range(len(before)))
    return found
