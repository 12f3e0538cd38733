"""What was heard of a playlist, by kept version: which rows, in which order, how far.

Plays under 30 seconds never show in Spotify's API, and a device may tell nothing at all: that a row
was not heard is never concluded from silence. What can be said rests on position: in a sitting that
kept the list's order, a row before the furthest one was passed over (skipped early, jumped past or
unplayable: which, nobody knows), and of the rows behind it nothing is known.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from segue.playlists.inventory import PlayTimes
from segue.playlists.library import Play
from segue.playlists.listening import REASONS, SESSION_GAP_SECONDS, Listening, heard_in

FEWEST = 4
"""With fewer plays in a sitting, any order may be chance."""
SURE = 0.05
"""How rarely chance may look like an order that was kept, or one that was shuffled."""
STEPS_BACK = 0.1
"""The share of steps back that a listener who keeps the order may take."""
_SAME_SECONDS = 245.0


def known_of(listening: Listening) -> dict[str, Any]:
    """What an inventory knows of imported plays, by the names of its fields: what was heard, when,
    and how often each track was skipped."""
    counted = listening.take(listening.counts())
    skipped = listening.track[listening.skipped == 1]
    counts = np.bincount(skipped, minlength=len(listening.track_ids)).tolist()
    return {
        "heard": heard_in(listening),
        "heard_at": PlayTimes(counted.track_ids, counted.track, counted.played_at),
        "skips": {i: n for i, n in zip(listening.track_ids, counts, strict=True) if n},
    }


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it stood from a moment on: `id` of the kept version, `track_ids` by row."""

    id: str
    taken_at: datetime
    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowPlayed:
    """One play of a row (from 0): `skipped`, `ms_played` and `reason` are None where not said."""

    row: int
    track_id: str
    played_at: datetime
    ms_played: int | None = None
    skipped: bool | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sitting:
    """Plays of one list without a longer pause. `shuffled` is None where the order does not tell.

    `reached` is the furthest row as a share of the list, 0..1, of a sitting in order; None of any
    other. `passed` are rows before the furthest that no play tells of, in a sitting in order.
    """

    plays: tuple[RowPlayed, ...]
    shuffled: bool | None
    reached: float | None
    passed: tuple[int, ...] = ()

    @property
    def began(self) -> datetime:
        """When its first play was noted."""
        return self.plays[0].played_at


@dataclass(frozen=True, slots=True)
class HeardVersion:
    """What was heard of one version. `plays` and `skips` are by row; `liked_after` are the rows
    liked after a play of theirs."""

    listed: Listed
    sittings: tuple[Sitting, ...]
    plays: tuple[int, ...]
    skips: tuple[int, ...]
    liked_after: tuple[int, ...]


def passed_over(versions: Iterable[HeardVersion]) -> Iterator[str]:
    """The tracks passed over in sittings in order, once for each time."""
    for version in versions:
        for sitting in version.sittings:
            yield from (version.listed.track_ids[row] for row in sitting.passed)


def unreached(versions: Iterable[HeardVersion]) -> frozenset[str]:
    """The tracks that stood behind the furthest row of every sitting in order with their list and
    were not played from it: nothing says that they were met. The latest list with a track counts;
    `versions` are oldest first.
    """
    found: set[str] = set()
    for version in versions:
        ids = version.listed.track_ids
        ordered = [sitting for sitting in version.sittings if sitting.reached is not None]
        furthest = max((play.row for each in ordered for play in each.plays), default=len(ids))
        behind = {i for row, i in enumerate(ids) if row > furthest and not version.plays[row]}
        found = (found - set(ids)) | behind
    return frozenset(found)


def heard_versions(
    versions: Sequence[Listed],
    plays: Sequence[Play],
    context: str,
    imported: Listening | None,
    liked_at: Mapping[str, datetime],
) -> tuple[HeardVersion, ...]:
    """What was heard of each version, oldest first, from plays whose `context` is the list's URI.

    `imported` adds how long and why a play ended, where it tells of the same play; `liked_at` is
    by track id. A play belongs to the version that stood then, before the first kept one to that.
    """
    ordered = sorted(versions, key=lambda each: each.taken_at)
    if not ordered:
        return ()
    played = [play for play in plays if play.context == context]
    known = _Imported(imported, {play.track_id for play in played})
    moments = [each.taken_at for each in ordered]
    groups: list[list[Play]] = [[] for _ in ordered]
    for play in sorted(played, key=lambda each: each.played_at):
        groups[max(0, bisect_right(moments, play.played_at) - 1)].append(play)
    return tuple(
        _heard(listed, group, known, liked_at)
        for listed, group in zip(ordered, groups, strict=True)
    )


def _heard(
    listed: Listed, plays: Sequence[Play], known: _Imported, liked_at: Mapping[str, datetime]
) -> HeardVersion:
    sittings: list[Sitting] = []
    gap = timedelta(seconds=SESSION_GAP_SECONDS)
    part: list[Play] = []
    for play in plays:
        if part and play.played_at - part[-1].played_at > gap:
            sittings += _sitting(listed, part, known)
            part = []
        part.append(play)
    sittings += _sitting(listed, part, known)
    rows = [each for sitting in sittings for each in sitting.plays]
    counted, skipped = [0] * len(listed.track_ids), [0] * len(listed.track_ids)
    liked: dict[int, None] = {}
    for each in rows:
        counted[each.row] += 1
        skipped[each.row] += each.skipped is True
        added = liked_at.get(each.track_id)
        if added is not None and added >= each.played_at:
            liked[each.row] = None
    return HeardVersion(
        listed, tuple(sittings), tuple(counted), tuple(skipped), tuple(sorted(liked))
    )


def _sitting(listed: Listed, plays: Sequence[Play], known: _Imported) -> list[Sitting]:
    """The plays as one sitting; none where no track of them is in the list."""
    places: dict[str, list[int]] = {}
    for row, track_id in enumerate(listed.track_ids):
        places.setdefault(track_id, []).append(row)
    found: list[RowPlayed] = []
    for play in plays:
        rows = places.get(play.track_id)
        if rows is None:
            continue
        # A track that is listed several times: the next of its rows.
        last = found[-1].row if found else -1
        row = next((each for each in rows if each > last), rows[0])
        found.append(known.of(row, play))
    if not found:
        return []
    heard = [each.row for each in found]
    shuffled = known.shuffled(plays)
    if shuffled is None:
        shuffled = order_tells(heard)
    if shuffled is not False:
        return [Sitting(tuple(found), shuffled, None)]
    furthest = max(heard)
    passed = tuple(row for row in range(min(heard), furthest) if row not in set(heard))
    return [Sitting(tuple(found), False, (furthest + 1) / len(listed.track_ids), passed)]


def order_tells(rows: Sequence[int]) -> bool | None:
    """Whether rows, in the order heard, were shuffled; None where the order does not tell.

    Of k rows in random order the number of steps forward has the Eulerian distribution; of a
    listener who keeps the order, each step goes back with the chance `STEPS_BACK`. Either is said
    where what was seen is rarer than `SURE` under the other.
    """
    steps = [b > a for a, b in pairwise(rows) if a != b]
    k, forward = len(steps) + 1, sum(steps)
    if k < FEWEST:
        return None
    chance = _eulerian(k)
    if sum(chance[forward:]) < SURE:
        return False
    back = len(steps) - forward
    kept = sum(
        math.comb(len(steps), n) * STEPS_BACK**n * (1 - STEPS_BACK) ** (len(steps) - n)
        for n in range(back, len(steps) + 1)
    )
    return True if kept < SURE else None


def _eulerian(k: int) -> list[float]:
    """The chance of 0 … k − 1 steps forward in a random order of k."""
    row = [1.0]
    for n in range(2, k + 1):
        old = [*row, 0.0]
        row = [((m + 1) * old[m] + (n - m) * (old[m - 1] if m else 0.0)) / n for m in range(n)]
    return row


class _Imported:
    """What an imported history says of single plays of these tracks."""

    def __init__(self, listening: Listening | None, track_ids: Collection[str]) -> None:
        self._by_track: dict[str, list[int]] = {}
        self._listening = listening
        if listening is not None:
            wanted = [i for i, known in enumerate(listening.track_ids) if known in track_ids]
            for row in np.flatnonzero(np.isin(listening.track, wanted)).tolist():
                track_id = listening.track_ids[listening.track[row]]
                self._by_track.setdefault(track_id, []).append(row)

    def _row(self, play: Play) -> int | None:
        """The imported play nearest to this one; none beyond a play's length."""
        if self._listening is None:
            return None
        rows = self._by_track.get(play.track_id, [])
        moment, at = play.played_at.timestamp(), self._listening.played_at
        near = min(rows, key=lambda i: abs(float(at[i]) - moment), default=None)
        return near if near is not None and abs(at[near] - moment) <= _SAME_SECONDS else None

    def of(self, row: int, play: Play) -> RowPlayed:
        """The play with all that is known of it."""
        at, ms, skipped, reason = self._row(play), play.ms_played, play.skipped, None
        if at is not None and self._listening is not None:
            known = self._listening
            ms = int(known.ms_played[at]) if ms is None and known.ms_played[at] >= 0 else ms
            if skipped is None and known.skipped[at] >= 0:
                skipped = bool(known.skipped[at])
            reason = REASONS[known.ended[at]] if known.ended[at] >= 0 else None
        return RowPlayed(row, play.track_id, play.played_at, ms, skipped, reason)

    def shuffled(self, plays: Sequence[Play]) -> bool | None:
        """Whether shuffle mode was on, where the import says so of any of these plays."""
        known = [row for play in plays if (row := self._row(play)) is not None]
        if self._listening is None or not known:
            return None
        said = [int(self._listening.shuffled[row]) for row in known]
        said = [each for each in said if each >= 0]
        return sum(said) * 2 > len(said) if said else None
