"""Picking: from candidates, best first, to the members of the playlist."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace

import numpy as np
from numpy.typing import NDArray

from segue.music.track import Recordings, Track
from segue.names import plural
from segue.playlists.text import clock
from segue.recipe.recipe import Recipe

# Filling a duration: which of some tracks, best first, come nearest to a given length.
#
# The best tracks are taken as they come while much is left; the last stretch is an exact knapsack
# over what comes next. If that misses the target, one over all of them is tried.


TOLERANCE_MS = 30_000
"""How far from the target a list may end when it can be helped."""

LAST_STRETCH_MS = 20 * 60_000
_FINEST_STEP_MS = 100
_MOST_STEPS = 40_000
_NEARNESS = 0.01
"""How much of a score (mean over the time, 0..1) is given for being a whole tolerance nearer."""


def fill_duration(
    durations_ms: Sequence[int], values: Sequence[float], target_ms: int
) -> list[int]:
    """Choose tracks whose durations add up to nearly `target_ms`: their indices, ascending.

    Tracks come best first; `values` (n,) are their scores. Within `TOLERANCE_MS` of the target
    the highest mean score over the time wins, and of equals the nearest; if nothing comes that
    near, the nearest. Durations must be positive. Gives all tracks when they do not reach it.
    """
    if sum(durations_ms) <= target_ms:
        return list(range(len(durations_ms)))
    certain, total = 0, 0
    while total + durations_ms[certain] <= target_ms - LAST_STRETCH_MS:
        total += durations_ms[certain]
        certain += 1
    found = _from(certain, durations_ms, values, target_ms - total)
    if certain and abs(_total(found, durations_ms) - target_ms) > TOLERANCE_MS:
        other = _from(0, durations_ms, values, target_ms)
        found = min(found, other, key=lambda f: abs(_total(f, durations_ms) - target_ms))
    return found


def _total(indices: Sequence[int], durations_ms: Sequence[int]) -> int:
    return sum(durations_ms[index] for index in indices)


def _from(
    certain: int, durations_ms: Sequence[int], values: Sequence[float], target_ms: int
) -> list[int]:
    rest = np.array(durations_ms[certain:], dtype=np.int64)
    worth = np.array(values[certain:], dtype=np.float64)
    chosen = _knapsack(rest, worth - worth.min(), target_ms)
    return [*range(certain), *(certain + index for index in chosen)]


def _knapsack(
    durations: NDArray[np.int64], worth: NDArray[np.float64], target_ms: int
) -> list[int]:
    """The best subset near a target, by dynamic programming over total time in small steps.

    A subset's worth is Σ worth · duration: as the total is nearly fixed, that is the mean over
    the time, which favours neither short nor long tracks.
    """
    step = max(_FINEST_STEP_MS, target_ms // _MOST_STEPS)
    weights = np.maximum(np.rint(durations / step).astype(np.int64), 1)
    target = round(target_ms / step)
    width = target + int(weights.max()) + 1
    best = np.full(width, -np.inf)
    best[0] = 0.0
    taken = np.zeros((len(weights), width), dtype=bool)
    for row, weight in enumerate(weights):
        if weight >= width:
            continue
        candidate = best[:-weight] + worth[row] * weight
        better = candidate > best[weight:]
        taken[row, weight:] = better
        best[weight:][better] = candidate[better]
    totals = np.flatnonzero(np.isfinite(best))
    apart = np.abs(totals - target) * (step / TOLERANCE_MS)
    mean = best[totals] / np.maximum(totals, 1)
    preference = np.where(apart <= 1, mean - _NEARNESS * apart, -np.inf)
    # Totals are rounded: look at the real ones, the most preferred first, then the nearest.
    near = totals[np.lexsort((apart, -preference))]
    nearest: list[int] = []
    nearest_off = target_ms
    for total in near[:50]:
        chosen = _trace(taken, weights, int(total))
        off = abs(int(durations[chosen].sum()) - target_ms)
        if off <= TOLERANCE_MS:
            return chosen
        if off < nearest_off:
            nearest, nearest_off = chosen, off
    return nearest


def _trace(taken: NDArray[np.bool_], weights: NDArray[np.int64], total: int) -> list[int]:
    """The subset that reached a total: its indices, ascending."""
    chosen = []
    for row in range(len(weights) - 1, -1, -1):
        if taken[row, total]:
            chosen.append(row)
            total -= int(weights[row])
    return chosen[::-1]


ENOUGH_CANDIDATES = 60
"""How many more than the target holds are looked at to fill a duration."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates by id, best first, with their tracks, scores and genres (the main one first), all
    by id; `shares` are those of each share of the recipe."""

    ids: Sequence[str]
    tracks: Mapping[str, Track]
    scores: Mapping[str, float]
    genres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Picked:
    """The chosen track ids, best first, with how many were passed over as copies or over a cap.

    `short` says in words what there is of what was asked for, where that is less. `share_of` is
    the number of the share that each came for.
    """

    track_ids: tuple[str, ...]
    copies: int = 0
    capped: int = 0
    notes: tuple[str, ...] = ()
    short: str = ""
    share_of: Mapping[str, int] = field(default_factory=dict)


def pick(
    ranked: Ranked,
    recipe: Recipe,
    *,
    members: Sequence[Track] = (),
    kept_out: Sequence[Track] = (),
    other_rows: int = 0,
) -> Picked:
    """Choose new members to a recipe's length or duration, or all that may be in.

    `members` are in already: they count for length, duration, caps and copies, and are never
    passed over themselves. Of a recording in `kept_out` no copy comes in. `other_rows` are rows
    that are no tracks; they count for the length.
    """
    picker = _Picker(ranked, recipe, members, kept_out)
    if recipe.duration_ms is not None:
        filled_ms = sum(member.duration_ms for member in members)
        return _to_duration(picker, ranked, recipe.duration_ms, filled_ms)
    if recipe.length is None:
        return Picked(tuple(picker.admit(ranked.ids)), picker.copies, picker.capped)
    chosen: list[str] = []
    wanted = max(recipe.length - len(members) - other_rows, 0)
    candidates = picker.admit(ranked.ids)
    while len(chosen) < wanted and (candidate := next(candidates, None)) is not None:
        chosen.append(candidate)
    short = ""
    if len(chosen) < wanted:
        there = recipe.length - wanted + len(chosen)
        short = f"{there:,} of the {plural(recipe.length, 'track')} asked for"
    return Picked(tuple(chosen), picker.copies, picker.capped, short=short)


def _to_duration(picker: _Picker, ranked: Ranked, target_ms: int, filled_ms: int) -> Picked:
    tracks, left_ms = ranked.tracks, target_ms - filled_ms
    timed = [track_id for track_id in ranked.ids if tracks[track_id].duration_ms > 0]
    notes = []
    if untimed := len(ranked.ids) - len(timed):
        notes.append(f"{plural(untimed, 'track')} of unknown duration left out")
    good: list[str] = []
    total, enough = 0, ENOUGH_CANDIDATES
    for candidate in picker.admit(timed) if left_ms > 0 else ():
        good.append(candidate)
        if total >= left_ms:
            enough -= 1
        total += tracks[candidate].duration_ms
        if enough == 0:
            break
    durations = [tracks[track_id].duration_ms for track_id in good]
    values = [ranked.scores[i] - picker.turns.get(i, 0) for i in good]
    filled = fill_duration(durations, values, left_ms) if good else []
    chosen = tuple(good[index] for index in filled)
    missing_ms = left_ms - sum(durations[index] for index in filled)
    short = ""
    if missing_ms > 0 and len(chosen) == len(good):
        short = f"{clock(target_ms - missing_ms)} of the {clock(target_ms)} asked for"
    return Picked(chosen, picker.copies, picker.capped, tuple(notes), short)


class _Picker:
    """Lets candidates through that are no copies and under the caps, and counts the others.

    Any subset of what it lets through keeps the caps as well. Where genres take turns, `turns`
    says in which of them, from 0 on, each track came.
    """

    def __init__(
        self,
        ranked: Ranked,
        recipe: Recipe,
        members: Sequence[Track],
        kept_out: Sequence[Track],
    ) -> None:
        self.copies = 0
        self.capped = 0
        self.turns: dict[str, int] = {}
        self._tracks = ranked.tracks
        self._genres = ranked.genres
        self._recipe = recipe
        self._ids = {track.id for track in (*members, *kept_out)}
        self._recordings = Recordings((*members, *kept_out))
        self._artists = Counter(member.artist_key for member in members)
        self._albums = Counter(_album_key(member) for member in members)
        self._in_genre = Counter(self._main_genre(member.id) for member in members)

    def admit(self, ranked: Sequence[str]) -> Iterator[str]:
        """The candidates that may be in, in their order, each decided when it is asked for."""
        recipe = self._recipe
        for track_id in self._in_turn(ranked) if recipe.many_genres else ranked:
            track = self._tracks[track_id]
            if track_id in self._ids:
                continue
            if recipe.unique_recordings and self._recordings.original_of(track) is not None:
                self.copies += 1
                continue
            artist, album = track.artist_key, _album_key(track)
            genre = self._main_genre(track_id)
            if (
                _full(self._artists[artist], recipe.max_per_artist if artist else None)
                or _full(self._albums[album], recipe.max_per_album if album else None)
                or _full(self._in_genre[genre], recipe.max_per_genre if genre else None)
            ):
                self.capped += 1
                continue
            self._ids.add(track_id)
            self._artists[artist] += 1
            self._albums[album] += 1
            self._in_genre[genre] += 1
            if recipe.unique_recordings:
                self._recordings.add(track)
            yield track_id

    def _in_turn(self, ranked: Sequence[str]) -> Iterator[str]:
        """The best left of the genre with the fewest members, again and again.

        Unknown genres are one, and come after the others in each turn.
        """
        left: dict[str, deque[tuple[int, str]]] = {}
        for place, track_id in enumerate(ranked):
            left.setdefault(self._main_genre(track_id), deque()).append((place, track_id))
        heads = [(self._in_genre[g], not g, queue[0][0], g) for g, queue in left.items()]
        heapify(heads)
        while heads:
            turn, unknown, _, genre = heads[0]
            _, track_id = left[genre].popleft()
            self.turns[track_id] = turn
            yield track_id
            if left[genre]:
                head = (self._in_genre[genre], unknown, left[genre][0][0], genre)
                heapreplace(heads, head)
            else:
                heappop(heads)

    def _main_genre(self, track_id: str) -> str:
        """The main genre of a track, or nothing where it is unknown."""
        return next(iter(self._genres.get(track_id, ())), "")


def _full(number: int, cap: int | None) -> bool:
    return cap is not None and number >= cap


def _album_key(track: Track) -> str:
    """What identifies the album: its id, else its name beside the artist; empty if unknown."""
    if track.album is None:
        return ""
    return track.album.id or f"{track.artist_key}\n{track.album.name.casefold()}"
