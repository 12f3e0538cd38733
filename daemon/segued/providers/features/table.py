"""The user's own table of audio features: by Spotify id, by ISRC, or by title and artist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DataError
from segue.music.features import ABSTRACT, FEATURE_NAMES, AudioFeatures
from segue.music.recordings import normalised_artist, normalised_title
from segue.music.track import Track
from segued.providers.features.source import Found, features_of

if TYPE_CHECKING:
    from polars import DataFrame

_COLUMNS = ("track_id", "isrc", "title", "artist", *FEATURE_NAMES)


class Table:
    """The source "table": features read from a file once and looked up in memory."""

    name = "table"
    batch_size = 10_000

    def __init__(self, rows: Mapping[str, AudioFeatures], usable: int) -> None:
        self._rows = rows
        self.usable = usable

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a table whose columns have usual names. Raises as `read_table` and `of` do."""
        return cls.of(read_table(path), path)

    @classmethod
    def of(cls, frame: DataFrame, path: Path) -> Table:
        """Look a frame's rows up. `usable` counts those that tell a track and a feature of it.

        A row may be told by any of id, ISRC, and title with artist; of rows told alike the first
        holds. Raises DataError, naming `path`, for features on another scale than 0 to 1.
        """
        for column in set(ABSTRACT) - {"loudness"}:
            _check_scale(frame[column].to_list() if column in frame.columns else [], column, path)
        rows: dict[str, AudioFeatures] = {}
        usable = 0
        for row in frame.iter_rows(named=True):
            values = features_of(row)
            keys = tuple(_row_keys(row))
            if values is None or not keys:
                continue
            usable += 1
            for key in keys:
                rows.setdefault(key, values)
        return cls(rows, usable)

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`."""
        found: dict[str, Found] = {}
        for track in tracks:
            values = next(
                (self._rows[key] for key in _track_keys(track) if key in self._rows), None
            )
            if values is not None:
                found[track.id] = Found(values)
        return found


def read_table(path: Path, columns: Mapping[str, str] | None = None) -> DataFrame:
    """The columns of a table that tell tracks and their features, under canonical names.

    `columns` maps canonical names to the file's own. Raises DataError when the file cannot be
    read, tells no tracks, or has no features.
    """
    from segue.evaluation.reading import read_frame

    frame = read_frame(path, columns)
    if not ({"track_id", "isrc"} & set(frame.columns) or {"title", "artist"} <= set(frame.columns)):
        raise DataError(
            f"{path}: no column tells which track a row is; it needs a Spotify id, an ISRC, "
            "or a title and an artist (name them with --columns track_id=THEIRS)"
        )
    if not {*ABSTRACT, "tempo", "key"} & set(frame.columns):
        raise DataError(
            f"{path}: no column holds an audio feature ({', '.join(ABSTRACT)}, key, tempo); "
            "name them with --columns energy=THEIRS"
        )
    return frame.select([name for name in _COLUMNS if name in frame.columns])


def _check_scale(values: Sequence[float | None], column: str, path: Path) -> None:
    """Features are 0..1. A table in percent would be read as nothing known, so say it."""
    known = [value for value in values if value is not None]
    if known and max(known) > 1.5:
        raise DataError(
            f"{path}: the column for {column} goes up to {max(known):g}, but features are 0 to 1; "
            "divide it by its full scale and import it again"
        )


def _row_keys(row: Mapping[str, object]) -> Iterator[str]:
    track_id, isrc = row.get("track_id"), row.get("isrc")
    if isinstance(track_id, str):
        yield f"id:{track_id.rstrip('/').rsplit('/', 1)[-1].rsplit(':', 1)[-1].split('?')[0]}"
    if isinstance(isrc, str):
        yield f"isrc:{_plain_isrc(isrc)}"
    title, artist = row.get("title"), row.get("artist")
    if isinstance(title, str) and isinstance(artist, str):
        yield _name_key(title, artist)
        first = artist.replace(";", ",").split(",")[0]
        yield _name_key(title, first)


def _track_keys(track: Track) -> Iterator[str]:
    yield f"id:{track.id}"
    if track.isrc:
        yield f"isrc:{_plain_isrc(track.isrc)}"
    yield _name_key(track.title, track.artist_line)
    yield _name_key(track.title, track.artist)


def _name_key(title: str, artist: str) -> str:
    return f"name:{normalised_title(title)}\n{normalised_artist(artist)}"


def _plain_isrc(isrc: str) -> str:
    return isrc.replace("-", "").strip().upper()
