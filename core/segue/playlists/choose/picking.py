"""Choosing: from candidates, best first, to the members of the playlist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segue.music.recordings import Recordings
from segue.music.track import Track
from segue.playlists.choose.duration import fill_duration
from segue.playlists.text import clock, count
from segue.recipe.recipe import Recipe

ENOUGH_CANDIDATES = 60
"""How many more than the target holds are looked at to fill a duration."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The chosen track ids, best first, with how many were passed over as copies or over a cap."""

    track_ids: tuple[str, ...]
    copies: int = 0
    capped: int = 0
    notes: tuple[str, ...] = ()


def pick(
    ranked: Sequence[str],
    tracks: Mapping[str, Track],
    values: Mapping[str, float],
    recipe: Recipe,
    *,
    members: Sequence[Track] = (),
    kept_out: Sequence[Track] = (),
    other_rows: int = 0,
) -> Picked:
    """Choose new members to a recipe's length or duration, or all that may be in.

    `ranked` are candidates, best first, `values` their scores. `members` are in already: they
    count for length, duration, caps and copies, and are never passed over themselves. Of a
    recording in `kept_out` no copy comes in. `other_rows` are rows that are no tracks; they count
    for the length.
    """
    picker = _Picker(tracks, recipe, members, kept_out)
    if recipe.duration_ms is not None:
        return _to_duration(picker, ranked, tracks, values, recipe.duration_ms, members)
    if recipe.length is None:
        chosen = list(picker.admit(ranked))
    else:
        chosen = []
        wanted = max(recipe.length - len(members) - other_rows, 0)
        candidates = picker.admit(ranked)
        while len(chosen) < wanted and (candidate := next(candidates, None)) is not None:
            chosen.append(candidate)
    return Picked(tuple(chosen), picker.copies, picker.capped)


def _to_duration(
    picker: _Picker,
    ranked: Sequence[str],
    tracks: Mapping[str, Track],
    values: Mapping[str, float],
    target_ms: int,
    members: Sequence[Track],
) -> Picked:
    left_ms = target_ms - sum(member.duration_ms for member in members)
    timed = [track_id for track_id in ranked if tracks[track_id].duration_ms > 0]
    notes = []
    if untimed := len(ranked) - len(timed):
        notes.append(f"{count(untimed, 'track')} of unknown duration left out")
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
    filled = fill_duration(durations, [values[i] for i in good], left_ms) if good else []
    chosen = tuple(good[index] for index in filled)
    short = left_ms - sum(durations[index] for index in filled)
    if short > 0 and len(chosen) == len(good):
        reached = clock(target_ms - short)
        notes.append(
            f"{reached} of the {clock(target_ms)} asked for: there was no more to choose from"
        )
    return Picked(chosen, picker.copies, picker.capped, tuple(notes))


class _Picker:
    """Lets candidates through that are no copies and under the caps, and counts the others.

    Any subset of what it lets through keeps the caps as well.
    """

    def __init__(
        self,
        tracks: Mapping[str, Track],
        recipe: Recipe,
        members: Sequence[Track],
        kept_out: Sequence[Track],
    ) -> None:
        self.copies = 0
        self.capped = 0
        self._tracks = tracks
        self._recipe = recipe
        self._ids = {track.id for track in (*members, *kept_out)}
        self._recordings = Recordings((*members, *kept_out))
        self._artists = Counter(member.artist_key for member in members)
        self._albums = Counter(_album_key(member) for member in members)

    def admit(self, ranked: Sequence[str]) -> Iterator[str]:
        """The candidates that may be in, in their order, each decided when it is asked for."""
        recipe = self._recipe
        for track_id in ranked:
            track = self._tracks[track_id]
            if track_id in self._ids:
                continue
            if recipe.unique_recordings and self._recordings.original_of(track) is not None:
                self.copies += 1
                continue
            artist, album = track.artist_key, _album_key(track)
            if _full(self._artists[artist], recipe.max_per_artist if artist else None) or _full(
                self._albums[album], recipe.max_per_album if album else None
            ):
                self.capped += 1
                continue
            self._ids.add(track_id)
            self._artists[artist] += 1
            self._albums[album] += 1
            if recipe.unique_recordings:
                self._recordings.add(track)
            yield track_id


def _full(number: int, cap: int | None) -> bool:
    return cap is not None and number >= cap


def _album_key(track: Track) -> str:
    """What identifies the album: its id, else its name beside the artist; empty if unknown."""
    if track.album is None:
        return ""
    return track.album.id or f"{track.artist_key}\n{track.album.name.casefold()}"
