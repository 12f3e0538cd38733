"""Importing a listening history: the plays of Spotify's export are added to those before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson

from segue.errors import DataError
from segue.names import TRACK_URI, spotify_id
from segue.playlists.listening import PER_PLAY, REASONS, Listening, concatenated, listening_of
from segued.imports.files import ExportFile, export_files
from segued.inventory.reading import library_ids
from segued.store.history import History, one_line
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class HistoryImported:
    """What an import found: `plays` of tracks in `files`, of them `new`; `others` are rows that
    are no tracks. Of all `tracks` ever imported, `known` are in the library.

    `left_out` counts rows that could not be used, by why; `unread` says which files could not.
    """

    files: int
    plays: int
    new: int
    others: int
    tracks: int
    known: int
    first: float | None
    last: float | None
    left_out: Mapping[str, int]
    unread: tuple[str, ...] = ()


def import_history(file: Path, state: State, now: datetime, *, dry_run: bool) -> HistoryImported:
    """Add the plays of a privacy export to those imported before; a play counts once.

    The caller holds the writer's lock. Raises DataError, with nothing changed.
    """
    export = read_export(file, now)
    imported = export.listening or listening_of(())
    before = state.history.get()
    titles, artists = dict(export.titles), dict(export.artists)
    listening = imported
    if before is not None:
        old = before.listening
        titles |= dict(zip(old.track_ids, before.titles, strict=True))
        artists |= dict(zip(old.track_ids, before.artists, strict=True))
        listening = _united(old, imported)
    history = History(
        listening,
        tuple(one_line(titles[i]) for i in listening.track_ids),
        tuple(one_line(artists[i]) for i in listening.track_ids),
    )
    tracks = state.library.tracks()
    ids = library_ids(history, tracks)
    new = len(listening) - (len(before.listening) if before is not None else 0)
    # An export that is imported once more adds the reasons an earlier release dropped.
    more_known = (
        before is not None and (listening.ended >= 0).sum() > (before.listening.ended >= 0).sum()
    )
    if (new or more_known) and not dry_run:
        state.history.put(history)
    return HistoryImported(
        files=export.files,
        plays=len(imported),
        new=new,
        others=export.others,
        tracks=len(listening.track_ids),
        known=sum(i in tracks for i in ids),
        first=float(imported.played_at[0]) if len(imported) else None,
        last=float(imported.played_at[-1]) if len(imported) else None,
        left_out=dict(export.left_out),
        unread=tuple(export.unread),
    )


def _united(first: Listening, second: Listening) -> Listening:
    """The plays of two imports, one that both hold (same track and moment) once."""
    ids = tuple(dict.fromkeys((*first.track_ids, *second.track_ids)))
    row = {track_id: i for i, track_id in enumerate(ids)}
    parts = []
    for part in (first, second):
        place = np.array([row[track_id] for track_id in part.track_ids], dtype=np.int32)
        parts.append(replace(part, track=place[part.track]) if len(part) else part)
    both = concatenated(ids, parts)
    # Of two rows of one play the one that says more is kept: an earlier release dropped reasons.
    known = sum((getattr(both, name) >= 0).astype(int) for name in ("started", "ended", "shuffled"))
    order = np.lexsort((-np.asarray(known), both.played_at, both.track))
    both = both.take(order)
    same = (np.diff(both.track) == 0) & (np.diff(both.played_at) == 0)
    kept = both.take(np.concatenate([[True], ~same]) if len(both) else np.zeros(0, dtype=bool))
    return kept.take(np.lexsort((kept.track, kept.played_at)))


EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""Spotify was founded in 2006: what is dated before comes from a clock that was wrong."""

_WHICH = (
    "ask for the extended streaming history at spotify.com/account/privacy and give its zip, or "
    "its endsong_*.json or Streaming_History_Audio_*.json"
)
_LONGEST_MS = 2**31 - 1

NO_ID = "without an id"
NO_TIME = "without a time"
NO_LENGTH = "without a length"
TOO_OLD = "dated before 2006"
IN_FUTURE = "dated in the future"
NO_ROW = "that are no rows of a history"


@dataclass(slots=True)
class Export:
    """What was read: plays of tracks, what is known of those, and what was left out.

    `others` counts rows that are no tracks (episodes, videos, local files), `left_out` those that
    cannot be used, by why. `unread` says which files could not be read.
    """

    files: int = 0
    others: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    artists: dict[str, str] = field(default_factory=dict)
    listening: Listening | None = None


def read_export(path: Path, now: datetime) -> Export:
    """Read a file of the export, a zip or a folder of them; a play listed twice counts once.

    A row that cannot be used is counted, and so is a file where another can be read. Raises
    DataError where no file can be read, or none of the rows.
    """
    export = Export()
    latest = (now + timedelta(days=1)).timestamp()
    plays: set[tuple[int, *_Row]] = set()
    number: dict[str, int] = {}
    rows = 0
    for file in export_files(path):
        try:
            for row in _rows(file):
                rows += 1
                play = _play(row, export, latest)
                if play is not None:
                    plays.add((number.setdefault(play[0], len(number)), *play[1:]))
        except DataError as error:
            export.unread.append(str(error))
        else:
            export.files += 1
    if not export.files:
        reason = (
            export.unread[0] if export.unread else f"{path}: there is no streaming history in it"
        )
        raise DataError(f"{reason}; {_WHICH}")
    if rows and not plays and not export.others:
        raise DataError(
            f"{path}: no play in it can be used: {described(export.left_out)}; {_WHICH}"
        )
    export.listening = _columns(tuple(number), sorted(plays, key=lambda play: (play[1], play[0])))
    return export


def described(left_out: Counter[str]) -> str:
    """What was left out, as a phrase: "3 rows without an id, 1 row without a time"."""
    return ", ".join(f"{n:,} {'row' if n == 1 else 'rows'} {why}" for why, n in left_out.items())


_Row = tuple[float, int, int, int, int, int]
"""A play: moment, milliseconds, skipped, why it began and ended (`REASONS`), shuffle mode."""


def _play(row: object, export: Export, latest: float) -> tuple[str, *_Row] | None:
    """Track id and the play; None where it is no play."""
    if not isinstance(row, dict):
        export.left_out[NO_ROW] += 1
        return None
    uri = row.get("spotify_track_uri")
    uri = uri.strip() if isinstance(uri, str) else ""
    track_id = spotify_id(uri, "track") if uri.startswith(TRACK_URI) else None
    if track_id is None:
        if (uri and not uri.startswith(TRACK_URI)) or _is_other(row):
            export.others += 1
        else:
            export.left_out[NO_ID] += 1
        return None
    moment, ms_played = _moment(row.get("ts")), _milliseconds(row.get("ms_played"))
    why = (
        NO_TIME if moment is None
        else NO_LENGTH if ms_played is None
        else TOO_OLD if moment < EARLIEST.timestamp()
        else IN_FUTURE if moment > latest
        else ""
    )  # fmt: skip
    if moment is None or ms_played is None or why:
        export.left_out[why] += 1
        return None
    export.titles.setdefault(track_id, _text(row.get("master_metadata_track_name")))
    export.artists.setdefault(track_id, _text(row.get("master_metadata_album_artist_name")))
    started, ended = _reason(row.get("reason_start")), _reason(row.get("reason_end"))
    shuffle = row.get("shuffle")
    shuffled = int(shuffle) if isinstance(shuffle, bool) else -1
    return track_id, moment, ms_played, _skip(row), started, ended, shuffled


def _is_other(row: dict[str, object]) -> bool:
    """Whether a row without a track's URI is of something else than a track."""
    names = ("spotify_episode_uri", "episode_name", "audiobook_uri", "audiobook_title")
    return any(row.get(name) for name in names)


def _columns(ids: tuple[str, ...], rows: list[tuple[int, *_Row]]) -> Listening:
    kinds = (np.int32, np.float64, np.int32, *(np.int8,) * (len(PER_PLAY) - 2))
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    track, *rest = (np.array(part, dtype=k) for part, k in zip(columns, kinds, strict=True))
    return Listening(ids, track, *rest)


def _reason(text: object) -> int:
    if not isinstance(text, str) or not text.strip():
        return -1
    plain = text.strip().casefold()
    return REASONS.index(plain if plain in REASONS else "other")


def _rows(file: ExportFile) -> Iterator[object]:
    if file.problem:
        raise DataError(f"{file.name}: cannot be read: {file.problem}")
    rows = _parsed(file)
    if not isinstance(rows, list):
        raise DataError(f"{file.name}: holds no list of plays")
    objects = [row for row in rows if isinstance(row, dict)]
    if objects and all("endTime" in row for row in objects):
        raise DataError(f"{file.name}: is the short history of the last year, without ids")
    yield from rows


def _parsed(file: ExportFile) -> object:
    """The JSON of a file: a list, or one object a line."""
    content = file.content.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        problem = error
    lines = content.splitlines()
    if len(lines) > 1 and lines[0].lstrip().startswith(b"{"):
        return [_line(line) for line in lines if line.strip()]
    try:
        return json.loads(content)  # which takes half a surrogate pair in a title
    except (ValueError, RecursionError):
        raise DataError(f"{file.name}: is not JSON, or was cut short ({problem})") from problem


def _line(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _moment(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    plain = text.strip()
    if plain.casefold().endswith(("utc", "gmt")):
        plain = plain[:-3].rstrip()
    try:
        moment = datetime.fromisoformat(plain)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _milliseconds(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:20])
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(min(max(value, 0), _LONGEST_MS))


def _text(value: object) -> str:
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _skip(row: dict[str, object]) -> int:
    """Whether a play was skipped; exports of some years say so only by the reason it ended."""
    if isinstance(row.get("skipped"), bool):
        return int(bool(row["skipped"]))
    return {"fwdbtn": 1, "trackdone": 0}.get(str(row.get("reason_end")), -1)
