"""Spotify's privacy export: the extended streaming history, as files of JSON or a zip of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from segue.errors import DataError
from segue.playlists.listening import Listening

_PREFIX = "spotify:track:"
_LARGEST_FILE_BYTES = 512 * 1024 * 1024
_WHICH = (
    "ask for the extended streaming history at spotify.com/account/privacy and give its zip, or "
    "its endsong_*.json or Streaming_History_Audio_*.json"
)


@dataclass(slots=True)
class Export:
    """What was read: plays of tracks, what is known of those, and how many rows were left out.

    `others` counts rows that are no tracks: episodes, videos, local files.
    """

    files: int = 0
    others: int = 0
    titles: dict[str, str] = field(default_factory=dict)
    artists: dict[str, str] = field(default_factory=dict)
    listening: Listening | None = None


def read_export(path: Path) -> Export:
    """Read a file of the export, a zip or a folder of them; a play listed twice counts once.

    Raises DataError naming the file and the row that cannot be used.
    """
    export = Export()
    rows: list[tuple[int, float, int, int]] = []
    number: dict[str, int] = {}
    for name, content in _files(path):
        export.files += 1
        for place, row in enumerate(_rows(name, content)):
            uri = row.get("spotify_track_uri")
            if not isinstance(uri, str) or not uri.startswith(_PREFIX):
                export.others += 1
                continue
            track_id = uri.removeprefix(_PREFIX)
            try:
                moment = _moment(row["ts"])
                ms_played = int(row["ms_played"])  # type: ignore[call-overload]  # tried here
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{name}, row {place + 1}: a play needs `ts` (like 2023-04-05T06:07:08Z) and "
                    f"`ms_played`, and one of them is missing or wrong ({error}); {_WHICH}"
                ) from error
            if track_id not in number:
                number[track_id] = len(number)
                export.titles[track_id] = str(row.get("master_metadata_track_name") or "")
                export.artists[track_id] = str(row.get("master_metadata_album_artist_name") or "")
            rows.append((number[track_id], moment, min(max(ms_played, 0), 2**31 - 1), _skip(row)))
    if not export.files:
        raise DataError(f"{path}: there is no streaming history in it; {_WHICH}")
    export.listening = _columns(tuple(number), sorted(set(rows), key=lambda row: (row[1], row[0])))
    return export


def _columns(ids: tuple[str, ...], rows: list[tuple[int, float, int, int]]) -> Listening:
    track, moment, played, skipped = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Listening(
        ids,
        np.array(track, dtype=np.int32),
        np.array(moment, dtype=np.float64),
        np.array(played, dtype=np.int32),
        np.array(skipped, dtype=np.int8),
    )


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*.json")):
                if _is_history(file.name):
                    yield str(file), file.read_bytes()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for entry in sorted(archive.infolist(), key=lambda one: one.filename):
                    if not _is_history(Path(entry.filename).name):
                        continue
                    if entry.file_size > _LARGEST_FILE_BYTES:
                        raise DataError(f"{path}: {entry.filename} is too large to be a history")
                    yield f"{path}/{entry.filename}", archive.read(entry)
        else:
            yield str(path), path.read_bytes()
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{path}: cannot be read ({error}); {_WHICH}") from error


def _is_history(name: str) -> bool:
    folded = name.casefold()
    return folded.endswith(".json") and folded.startswith(("endsong", "streaming_history_audio"))


def _rows(name: str, content: bytes) -> list[dict[str, object]]:
    try:
        rows = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DataError(f"{name}: is not JSON, or was cut short ({error}); {_WHICH}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{name}: holds no list of plays; {_WHICH}")
    if rows and all("endTime" in row for row in rows):
        raise DataError(f"{name}: is the short history of the last year, without ids; {_WHICH}")
    return rows


def _moment(text: object) -> float:
    if not isinstance(text, str):
        raise TypeError("`ts` is not text")
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _skip(row: dict[str, object]) -> int:
    """Whether a play was skipped; exports of some years say so only by the reason it ended."""
    if isinstance(row.get("skipped"), bool):
        return int(bool(row["skipped"]))
    return {"fwdbtn": 1, "trackdone": 0}.get(str(row.get("reason_end")), -1)
