"""Listening: the plays Spotify remembers, a file a month, and the imported history as columns."""

from __future__ import annotations

import io
import lzma
import struct
import tokenize
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import NewerSchemaError, StoreError
from segue.playlists.library import Play
from segue.playlists.training import Listening
from segued.store.files.atomic import (
    last_good,
    private_folder,
    read_with_last_good,
    restored_words,
    write_atomically,
)
from segued.store.files.format import decode, encode
from segued.store.files.storage import Documents

UNKNOWN_DURATION_MS = 240_000
"""Four minutes: the tolerance for a track of unknown duration."""
SLACK_MS = 5_000
"""How far the reported start and end of a play may lie apart beyond the track's duration."""


class PlayStore:
    """The files of a folder, `2026-11.json` each. Months are opened when they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, Documents] = {}

    @property
    def warning(self) -> str | None:
        """What had to be repaired when files were opened."""
        found = [month.file.warning for month in self._months.values() if month.file.warning]
        return "; ".join(found) or None

    def add(self, plays: Iterable[Play], durations_ms: Mapping[str, int] | None = None) -> int:
        """Store plays and say how many of them are new.

        `played_at` of one play flips between its start and its end, so that a second answer may
        show it up to the track's duration (`durations_ms` by track id) away. The plays of one
        call are taken as distinct: each may stand for one stored play only, so that a track on
        repeat keeps its plays.
        """
        durations = durations_ms or {}
        by_track: dict[str, set[Play]] = defaultdict(set)
        for play in plays:
            by_track[play.track_id].add(play)
        new = 0
        for track_id, group in by_track.items():
            tolerance = timedelta(
                milliseconds=durations.get(track_id, UNKNOWN_DURATION_MS) + SLACK_MS
            )
            ordered = sorted(group, key=lambda play: play.played_at)
            stored = self._times(track_id, ordered, tolerance)
            for play in _unmatched(stored, ordered, tolerance):
                self._put(play)
                new += 1
        return new

    def all(self) -> tuple[Play, ...]:
        """Every play, oldest first."""
        found = [play for name in self._names() for play in self._read(name)]
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

    def close(self) -> None:
        """Let the documents go; what was not committed is dropped."""
        for month in self._months.values():
            month.close()
        self._months.clear()

    def _times(self, track_id: str, plays: list[Play], tolerance: timedelta) -> list[datetime]:
        first, last = plays[0].played_at - tolerance, plays[-1].played_at + tolerance
        names = [name for name in self._names() if _name(first) <= name <= _name(last)]
        return sorted(
            play.played_at
            for name in names
            for play in self._read(name)
            if play.track_id == track_id and first <= play.played_at <= last
        )

    def _put(self, play: Play) -> None:
        if play.played_at.tzinfo is None:
            raise StoreError(f"a play of {play.track_id} came without a time zone; times are UTC")
        self._month(_name(play.played_at)).documents("plays").put({_key(play): encode(play)})

    def _read(self, name: str) -> list[Play]:
        month = self._month(name)
        documents = month.documents("plays").raw()
        return [decode(Play, document, month.file.path, key) for key, document in documents.items()]

    def _month(self, name: str) -> Documents:
        if name not in self._months:
            self._months[name] = Documents(private_folder(self._folder) / f"{name}.json")
        return self._months[name]

    def _names(self) -> list[str]:
        found = {path.stem for path in self._folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].json")}
        return sorted(found | set(self._months))


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


SCHEMA = 1
_COLUMNS = {
    "track": np.int32,
    "played_at": np.float64,
    "ms_played": np.int32,
    "skipped": np.int8,
}
_DAMAGED = (
    *(OSError, EOFError, LookupError, ValueError, TypeError, ArithmeticError, RuntimeError),
    *(MemoryError, SyntaxError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    tokenize.TokenError,
)
"""What numpy, zipfile and the modules under them raise at bytes that are not what they were."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Imported plays, and the title and first artist of each of `listening.track_ids`."""

    listening: Listening
    titles: tuple[str, ...]
    artists: tuple[str, ...]


class HistoryStore:
    """`history.npz`. A `put` is on disk when it returns, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.warning: str | None = None

    def get(self) -> History | None:
        """The imported history, or None where nothing was imported."""
        history, restored = read_with_last_good(self._path, parsed)
        if restored:
            self.warning = f"{restored_words(self._path)}; import the latest history again"
        return history

    def put(self, history: History) -> None:
        """Replace the imported history.

        Raises StoreError, with the file untouched, where what would be written cannot be read back.
        """
        listening = history.listening
        arrays: dict[str, NDArray[np.generic]] = {
            name: getattr(listening, name).astype(kind) for name, kind in _COLUMNS.items()
        }
        arrays["schema"] = np.array([SCHEMA], dtype=np.int32)
        for name, texts in (
            ("track_ids", listening.track_ids),
            ("titles", history.titles),
            ("artists", history.artists),
        ):
            arrays[name] = np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # its stub knows one kind
        data = packed.getvalue()
        try:
            back = parsed(data)
        except ValueError as error:
            raise StoreError(
                f"{self._path}: cannot be written so that it can be read ({error})"
            ) from error
        if back.listening.track_ids != listening.track_ids:
            raise StoreError(f"{self._path}: an id of a track has a line break or is empty")
        write_atomically(self._path, data)

    def count_before(self, moment: datetime) -> int:
        """How many imported plays are older than a moment."""
        history = self.get()
        if history is None:
            return 0
        return int((history.listening.played_at < moment.timestamp()).sum())

    def drop_before(self, moment: datetime) -> int:
        """Forget plays from before a moment (the retention limit); how many went.

        The copy from before the last write is forgotten too.
        """
        history = self.get()
        if history is None or not (count := self.count_before(moment)):
            return 0
        kept = history.listening.take(history.listening.played_at >= moment.timestamp())
        self.put(replace(history, listening=kept))
        last_good(self._path).unlink(missing_ok=True)
        return count


def one_line(text: str) -> str:
    """A text without line breaks, as the store keeps it."""
    return " ".join(text.split())


def parsed(data: bytes) -> History:
    """The history in the bytes of a file. Raises ValueError where they are damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # numpy stops before the checksum at a member's end; this reads past it.
            if (damaged := archive.testzip()) is not None:
                raise ValueError(f"{damaged} in it is damaged")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            schema = int(arrays["schema"][0])
            if schema > SCHEMA:
                raise NewerSchemaError(
                    f"the imported history was written by a newer Segue (schema {schema}, this "
                    f"one reads up to {SCHEMA}); update Segue"
                )
            ids = _texts(arrays["track_ids"])
            titles, artists = (_texts(arrays[name], ids) for name in ("titles", "artists"))
            columns = {name: arrays[name].astype(kind) for name, kind in _COLUMNS.items()}
    except _DAMAGED as error:
        raise ValueError(f"no listening history in it: {error}") from error
    if not len(ids) == len(titles) == len(artists) > int(columns["track"].max(initial=-1)):
        raise ValueError("its columns do not belong together")
    if columns["track"].min(initial=0) < 0 or not np.isfinite(columns["played_at"]).all():
        raise ValueError("its plays are of no track or of no time")
    if len({column.size for column in columns.values()}) != 1:
        raise ValueError("its columns have different lengths")
    return History(Listening(ids, **columns), titles, artists)


def _texts(array: NDArray[np.uint8], ids: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Lines as texts. Nothing is one empty text where there is an id, else none."""
    text = array.astype(np.uint8).tobytes().decode()
    return tuple(text.split("\n")) if text or ids else ()
