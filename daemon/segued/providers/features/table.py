"""The user's own tables of audio features: by Spotify id, by ISRC, or by title and artist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from segue.errors import DataError
from segue.music.features import ABSTRACT, FEATURE_NAMES, AudioFeatures
from segue.music.track import ISRC, Track, normalised_artist, normalised_title, plain_isrc
from segued.providers.features.source import Found, features_of, filled

if TYPE_CHECKING:
    from polars import DataFrame

    from segue.tables.reading import TrackTable

COLUMNS = ("track_id", "isrc", "title", "artist", *FEATURE_NAMES)
_ID = re.compile(r"[0-9A-Za-z]{22}")


class Table:
    """One table: its rows by whatever tells their tracks.

    A row may be identified by any of id, ISRC, and title with artist; of rows identified alike the
    first holds. `usable` counts the rows that tell a track and a feature of it.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._rows: dict[str, AudioFeatures] = {}
        self.usable = 0
        for row in frame.iter_rows(named=True):
            values = features_of(row)
            keys = tuple(_row_keys(row))
            if values is None or not keys:
                continue
            self.usable += 1
            for key in keys:
                self._rows.setdefault(key, values)

    def features(self, track: Track) -> AudioFeatures | None:
        """What the table says of a track, or None."""
        return next((self._rows[key] for key in _track_keys(track) if key in self._rows), None)


class Tables:
    """The source "table": one table or several, what one leaves open taken from the next.

    `load` gives the rows of tables, and is called when the source is first asked.
    """

    name = "table"
    batch_size = 10_000
    at_once = 1

    def __init__(
        self, load: Callable[[], Iterable[DataFrame]] = tuple, tables: Iterable[Table] = ()
    ) -> None:
        self._load: Callable[[], Iterable[DataFrame]] = load
        self._tables = list(tables)

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. Raises DataError where a table cannot be read."""
        self._tables += [Table(_known_columns(frame)) for frame in self._load()]
        self._load = tuple
        found: dict[str, Found] = {}
        for track in tracks:
            for table in self._tables:
                values = table.features(track)
                if values is not None:
                    before = found.get(track.id)
                    found[track.id] = Found(filled(before.values, values) if before else values)
        return found


def feature_rows(table: TrackTable) -> DataFrame:
    """The columns of a table that tell tracks and their features.

    Raises DataError, naming the columns found and those wanted, when it has none of either.
    """
    has = set(table.frame.columns)
    if not ({"track_id", "isrc"} & has or {"title", "artist"} <= has):
        raise DataError(
            f"{table.path}: no column tells which track a row is: a Spotify id or link (Track "
            "URI, Track ID), an ISRC, or a title and an artist (Track Name, Artist Name). The file "
            f"has {table.headings()}; name one with --columns track_id=THEIRS"
        )
    if not {*ABSTRACT, "tempo", "key"} & has:
        raise DataError(
            f"{table.path}: no column holds an audio feature ({', '.join(ABSTRACT)}, key, tempo). "
            f"The file has {table.headings()}; name them with --columns energy=THEIRS"
        )
    return table.frame.select([name for name in COLUMNS if name in has])


def _known_columns(frame: DataFrame) -> DataFrame:
    """A table as Segue keeps it, without what another version may have kept with it."""
    return frame.select([name for name in COLUMNS if name in frame.columns])


def _row_keys(row: Mapping[str, object]) -> Iterator[str]:
    track_id, isrc = row.get("track_id"), row.get("isrc")
    if isinstance(track_id, str) and _ID.fullmatch(track_id):
        yield f"id:{track_id}"
    if isinstance(isrc, str) and ISRC.fullmatch(plain_isrc(isrc)):
        yield f"isrc:{plain_isrc(isrc)}"
    title, artist = row.get("title"), row.get("artist")
    if isinstance(title, str) and isinstance(artist, str):
        yield _name_key(title, artist)
        first = re.split(r"(?<!\\),|;", artist)[0].replace("\\,", ",")
        yield _name_key(title, first)


def _track_keys(track: Track) -> Iterator[str]:
    yield f"id:{track.id}"
    if track.isrc:
        yield f"isrc:{plain_isrc(track.isrc)}"
    yield _name_key(track.title, track.artist_line)
    yield _name_key(track.title, track.artist)


def _name_key(title: str, artist: str) -> str:
    return f"name:{normalised_title(title)}\n{normalised_artist(artist)}"
