"""Reading a file of tracks somebody gives: CSV, CSV.gz or Parquet, whatever its columns' names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from segue.errors import DataError, UsageError

TEXT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "track_id": ("track_id", "id", "spotify_id", "track_uri", "uri", "trackid"),
    "isrc": ("isrc", "track_isrc", "isrc_code"),
    "title": ("title", "track_name", "song_title", "name", "track", "song"),
    "artist": ("artist", "track_artist", "artist_name", "artists", "artist_names"),
    "album": ("album", "track_album_name", "album_name"),
    "album_id": ("album_id", "track_album_id"),
    "released": ("released", "track_album_release_date", "release_date", "album_release_date",
                 "year", "release_year"),
    "playlist": ("playlist", "playlist_id", "playlist_uri", "playlist_name", "pid"),
    "lyrics": ("lyrics", "lyric", "text"),
}  # fmt: skip
"""Canonical text columns and the names they go by; the first name present wins."""

NUMBER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "acousticness": ("acousticness",),
    "danceability": ("danceability",),
    "energy": ("energy",),
    "instrumentalness": ("instrumentalness",),
    "liveness": ("liveness",),
    "loudness": ("loudness",),
    "speechiness": ("speechiness",),
    "valence": ("valence",),
    "key": ("key",),
    "mode": ("mode",),
    "tempo": ("tempo", "bpm"),
    "duration_ms": ("duration_ms", "track_duration_ms", "duration"),
    "popularity": ("popularity", "track_popularity"),
    "position": ("position", "pos", "track_position"),
    "liked": ("liked", "target", "like"),
}
"""Canonical columns of numbers and the names they go by."""

_ALL = {**TEXT_COLUMNS, **NUMBER_COLUMNS}


def parse_columns(text: str) -> dict[str, str]:
    """`canonical=theirs,…` as a mapping.

    Raises UsageError where a part is not of that form or names no canonical column.
    """
    chosen: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        canonical, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not equals or not theirs:
            raise UsageError(f"--columns: {part!r} is not of the form canonical=theirs")
        if canonical not in _ALL:
            raise UsageError(f"--columns: {canonical!r} is not one of {', '.join(_ALL)}")
        chosen[canonical] = theirs
    return chosen


def read_frame(path: Path, columns: Mapping[str, str] | None = None) -> pl.DataFrame:
    """The rows of a file in its order, with canonical column names only.

    Text columns are String (null where empty), number columns Float64 (null where not a finite
    number). `columns` maps canonical names to the file's own and goes before the usual names.
    Raises DataError where the file cannot be read or a named column is missing, and where a
    number column holds something that is neither a number nor empty.
    """
    raw = _raw(path)
    if raw.height == 0:
        raise DataError(f"{path}: the file has no rows")
    taken = dict(columns or {})
    for canonical, theirs in taken.items():
        if theirs not in raw.columns:
            raise DataError(
                f"{path}: there is no column {theirs!r} (asked for as {canonical}); "
                f"it has {', '.join(raw.columns)}"
            )
    lowered = {name.strip().casefold(): name for name in reversed(raw.columns)}
    for canonical, usual in _ALL.items():
        found = next((lowered[name] for name in usual if name in lowered), None)
        if canonical not in taken and found is not None:
            taken[canonical] = found
    texts = [_text(raw[theirs], name) for name, theirs in taken.items() if name in TEXT_COLUMNS]
    numbers = [
        _number(raw[theirs], name, path) for name, theirs in taken.items() if name in NUMBER_COLUMNS
    ]
    return pl.DataFrame([*texts, *numbers])


def require(frame: pl.DataFrame, names: tuple[str, ...], path: Path) -> None:
    """Raise DataError where one of the canonical columns is missing, saying how to name it."""
    for name in names:
        if name not in frame.columns:
            raise DataError(
                f"{path}: no column for {name} (looked for {', '.join(_ALL[name])}); "
                f"name it with --columns {name}=THEIRS"
            )


def _raw(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as CSV, CSV.gz or Parquet: {reason}") from error


def _text(column: pl.Series, name: str) -> pl.Series:
    stripped = column.cast(pl.String).str.strip_chars()
    return stripped.set(stripped == "", None).alias(name)


def _number(column: pl.Series, name: str, path: Path) -> pl.Series:
    given = _text(column, name) if column.dtype == pl.String else column
    numbers = given.cast(pl.Float64, strict=False)
    if column.dtype == pl.String:
        words = given.str.to_lowercase().is_in(["nan", "null", "none", "na", "n/a", "-"])
        wrong = (given.is_not_null() & numbers.is_null() & ~words).arg_true()
        if wrong.len():
            row = int(wrong[0])
            raise DataError(
                f"{path}: row {row + 1}, column {column.name!r}: {given[row]!r} is not a number"
            )
    return numbers.set(numbers.is_infinite() | numbers.is_nan(), None).alias(name)
