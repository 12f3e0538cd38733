"""Listening: the plays Spotify remembers, a file a month."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from segue.errors import StoreError
from segue.music.track import Track
from segue.playlists.library import Play
from segued.store.files.atomic import private_folder
from segued.store.files.format import decode, decode_all, encode
from segued.store.files.storage import Documents

UNKNOWN_DURATION_MS = 240_000
"""Four minutes: the tolerance for a track of unknown duration."""
SLACK_MS = 5_000
"""How far the reported start and end of a play may lie apart beyond the track's duration."""
_NOTED, _TAKEN = "noted.jsonl", "noted-taken.jsonl"


class PlayStore:
    """The files of a folder, `2026-11.json` each. Months are opened when they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, Documents] = {}
        self._took, self._damaged = False, 0

    @property
    def warning(self) -> str | None:
        """What had to be repaired when files were opened."""
        found = [month.file.warning for month in self._months.values() if month.file.warning]
        if self._damaged:
            found.append(f"{self._damaged} of the plays heard live could not be read; left out")
        return "; ".join(found) or None

    def add(self, plays: Iterable[Play], durations_ms: Mapping[str, int] | None = None) -> int:
        """Store plays and say how many of them are new.

        `played_at` of one play flips between its start and its end, so that a second answer may
        show it up to the track's duration (`durations_ms` by track id) away. The plays of one
        call are taken as distinct: each may stand for one stored play only, so that a track on
        repeat keeps its plays.
        """
        durations = durations_ms or {}
        by_track: dict[str, dict[datetime, Play]] = defaultdict(dict)
        for play in plays:
            by_track[play.track_id].setdefault(play.played_at, play)
        new = 0
        for track_id, group in by_track.items():
            tolerance = timedelta(
                milliseconds=durations.get(track_id, UNKNOWN_DURATION_MS) + SLACK_MS
            )
            ordered = [group[moment] for moment in sorted(group)]
            stored = self._near(track_id, ordered, tolerance)
            unmatched = _unmatched([play.played_at for play in stored], ordered, tolerance)
            for play in unmatched:
                self._put(play)
                new += 1
            matched = [play for play in ordered if play not in unmatched]
            for play in _with_more(stored, matched, tolerance):
                self._put(play)
        return new

    def note(self, play: Play) -> None:
        """Keep a play heard just now, beside the months: another process may have those open.

        The next sync adds it.
        """
        line = b"\n" + orjson.dumps(play)  # in front, so that a line cut short ends there
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with self._noting():
            descriptor = os.open(self._folder / _NOTED, flags, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)

    def noted(self) -> tuple[Play, ...]:
        """The plays that were noted and not yet added. A damaged line costs its play."""
        new, taken = self._folder / _NOTED, self._folder / _TAKEN
        if not taken.exists():
            if not new.exists():
                return ()
            with self._noting():
                new.rename(taken)
        lines = [line for line in taken.read_bytes().splitlines() if line]
        found = []
        for number, line in enumerate(lines, 1):
            with contextlib.suppress(orjson.JSONDecodeError, StoreError):
                found.append(decode(Play, orjson.loads(line), taken, f"line {number}"))
        self._damaged = len(lines) - len(found)
        return tuple(found)

    def add_noted(self, tracks: Callable[[], Mapping[str, Track]]) -> int:
        """Store the plays that were noted, `tracks` telling how long each is; how many are new.

        `commit` forgets them.
        """
        plays = self.noted()
        self._took = bool(plays or self._damaged)
        found = tracks() if plays else {}
        known = {each.track_id: found.get(each.track_id) for each in plays}
        return self.add(plays, {i: t.duration_ms for i, t in known.items() if t and t.duration_ms})

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """Only one process at a time notes or takes."""
        with (private_folder(self._folder) / "noted.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def all(self) -> tuple[Play, ...]:
        """Every play, oldest first."""
        found = [play for name in self._names() for play in self._read(name)]
        return tuple(sorted(found, key=lambda play: (play.played_at, play.track_id)))

    def since(self, moment: datetime) -> tuple[Play, ...]:
        """The plays at or after a moment, oldest first; earlier months are not opened."""
        names = [name for name in self._names() if name >= _name(moment)]
        found = [p for name in names for p in self._read(name) if p.played_at >= moment]
        return tuple(sorted(found, key=lambda play: (play.played_at, play.track_id)))

    def drop_before(self, moment: datetime) -> int:
        """Forget plays before a moment (the retention limit); how many went."""
        dropped = 0
        for name in self._names():
            old = [_key(play) for play in self._read(name) if play.played_at < moment]
            self._month(name).documents("plays").drop(old)
            dropped += len(old)
        return dropped

    def commit(self) -> None:
        """Write every month that changed, each in one write."""
        for month in self._months.values():
            month.commit()
        if self._took:
            (self._folder / _TAKEN).unlink(missing_ok=True)
            self._took = False

    def close(self) -> None:
        """Let the documents go; what was not committed is dropped."""
        for month in self._months.values():
            month.close()
        self._months.clear()

    def _near(self, track_id: str, plays: list[Play], tolerance: timedelta) -> list[Play]:
        """The stored plays of a track in the time of these, oldest first."""
        first, last = plays[0].played_at - tolerance, plays[-1].played_at + tolerance
        names = [name for name in self._names() if _name(first) <= name <= _name(last)]
        found = (
            play
            for name in names
            for play in self._read(name)
            if play.track_id == track_id and first <= play.played_at <= last
        )
        return sorted(found, key=lambda play: play.played_at)

    def _put(self, play: Play) -> None:
        if play.played_at.tzinfo is None:
            raise StoreError(f"a play of {play.track_id} came without a time zone; times are UTC")
        self._month(_name(play.played_at)).documents("plays").put({_key(play): encode(play)})

    def _read(self, name: str) -> list[Play]:
        month = self._month(name)
        documents = month.documents("plays").raw()
        return decode_all(Play, documents, month.file.path, "play")

    def _month(self, name: str) -> Documents:
        if name not in self._months:
            self._months[name] = Documents(private_folder(self._folder) / f"{name}.json")
        return self._months[name]

    def _names(self) -> list[str]:
        found = {path.stem for path in self._folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].json")}
        return sorted(found | set(self._months))


def _with_more(stored: Sequence[Play], later: Sequence[Play], tolerance: timedelta) -> list[Play]:
    """The stored plays that learn from a later answer what they lack: the nearest play's context,
    how long it lasted and whether it was skipped."""
    left = list(stored)
    found = []
    for play in later:
        lacking = [each for each in left if _more(each, play) != each]
        if not lacking or any(_same(each, play) for each in stored):
            continue
        near = min(lacking, key=lambda each: abs(each.played_at - play.played_at))
        if abs(near.played_at - play.played_at) <= tolerance:
            left.remove(near)
            found.append(_more(near, play))
    return found


def _more(play: Play, later: Play) -> Play:
    """A play with what only a later answer says of it."""
    return replace(
        play,
        context=later.context if play.context is None else play.context,
        ms_played=later.ms_played if play.ms_played is None else play.ms_played,
        skipped=later.skipped if play.skipped is None else play.skipped,
    )


def _same(play: Play, later: Play) -> bool:
    """Whether a stored play is just this one, with nothing to learn."""
    return play.played_at == later.played_at and _more(play, later) == play


def _unmatched(
    stored: Sequence[datetime], plays: Sequence[Play], tolerance: timedelta
) -> list[Play]:
    """The plays no stored time can stand for, so that the fewest are new.

    Two ways to pair are tried: equal times first, or simply the earliest with the earliest (when
    all flipped alike, equal times belong to neighbouring plays).
    """
    equal = set(stored) & {play.played_at for play in plays}
    rest = [play for play in plays if play.played_at not in equal]
    equal_first = _pair([time for time in stored if time not in equal], rest, tolerance)
    in_order = _pair(stored, plays, tolerance)
    if len(equal_first) <= len(in_order):
        return equal_first
    taken = set(stored)
    return [play for play in in_order if play.played_at not in taken]


def _pair(stored: Sequence[datetime], plays: Sequence[Play], tolerance: timedelta) -> list[Play]:
    left = list(stored)
    unmatched: list[Play] = []
    for play in plays:
        while left and left[0] < play.played_at - tolerance:
            left.pop(0)
        if left and left[0] <= play.played_at + tolerance:
            left.pop(0)
        else:
            unmatched.append(play)
    return unmatched


def _name(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m}"


def _key(play: Play) -> str:
    return f"{play.played_at.astimezone(UTC).isoformat(timespec='milliseconds')} {play.track_id}"
