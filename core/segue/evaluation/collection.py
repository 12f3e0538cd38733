"""Collections of lists as others keep them: slices of the Million Playlist Dataset, and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from segue.errors import DataError
from segue.evaluation.datasets import table_of
from segue.models.data import Indices, TrainingData, Vocabulary
from segue.progress import Progress, silent
from segue.tables.headings import columns_by_meaning, plain
from segue.tables.reading import understood
from segue.tables.sheet import readable


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Many lists: their tracks in order in `data`, ids in `data.playlist_ids`, `names` (n_lists,)
    and the performer of each track as a group number (n_tracks,), by its id where that is known.

    `asked` are lists somebody wants continued, of which the rest is hidden from us too.
    """

    data: TrainingData
    names: tuple[str, ...]
    performers: Indices
    asked: tuple[AskedList, ...] = ()

    @property
    def entries(self) -> int:
        """How many entries all lists have together."""
        return sum(rows.size for rows in self.data.playlists)


@dataclass(frozen=True, slots=True, eq=False)
class AskedList:
    """One list of a challenge set: its id, its name, empty where it has none, and its seeds."""

    id: str
    name: str
    seeds: Indices


CHALLENGE_SET = "challenge_set.json"
_AT_ONCE = 500_000
_TRACK = pl.Struct(
    {
        "pos": pl.Int64,
        "track_uri": pl.String,
        "track_name": pl.String,
        "artist_uri": pl.String,
        "artist_name": pl.String,
        "album_uri": pl.String,
        "duration_ms": pl.Float64,
    }
)
_SLICE = {
    "playlists": pl.List(pl.Struct({"pid": pl.Int64, "name": pl.String, "tracks": pl.List(_TRACK)}))
}
_AS_OURS = {
    "pid": "playlist",
    "name": "list_name",
    "pos": "position",
    "track_uri": "track_id",
    "track_name": "title",
    "artist_uri": "performer",
    "artist_name": "artist",
    "album_uri": "album",
}
_OF_TRACKS = ("track_id", "title", "artist", "performer", "album", "duration_ms")
_LIST_NAMES = ("playlistname", "playlisttitle", "listname", "name")
_PERFORMERS = ("artisturi", "artistid")


def read_collection(folder: Path, progress: Progress = silent) -> Collection:
    """The lists of a folder: slices as the Million Playlist Dataset has them (`*.json`) and Parquet
    files of a row an entry, one file or 500,000 rows at a time.

    What is held of them all is a number an entry, and of each track and list what is known of it.
    A track is what its first entry says. `challenge_set.json` gives `asked`. Raises DataError.
    """
    slices = sorted(path for path in folder.glob("*.json") if path.name != CHALLENGE_SET)
    files = [*slices, *sorted(folder.glob("*.parquet"))]
    if not files:
        raise DataError(
            f"{folder}: neither slices (*.json with a member playlists) nor Parquet files of "
            "playlists; give the folder that holds them"
        )
    gathered = _Gathered()
    for done, path in enumerate(files):
        progress("reading", done, len(files))
        for frame in _slice(path) if path.suffix == ".json" else _parquet(path):
            gathered.add(frame)
    if not gathered.lists:
        raise DataError(f"{folder}: no playlist with any track in {len(files)} files")
    asked = []
    if (folder / CHALLENGE_SET).exists():
        for frame in _slice(folder / CHALLENGE_SET, empty=True):
            asked = gathered.questions(frame)
    progress("reading", len(files), len(files))
    return gathered.collection(tuple(asked))


@dataclass(slots=True)
class _Gathered:
    """Number of each track and list, the pieces of lists in the order read, and track columns."""

    tracks: dict[str, int] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    pieces: list[list[Indices]] = field(default_factory=list)
    known: list[pl.DataFrame] = field(default_factory=list)

    def add(self, frame: pl.DataFrame) -> None:
        frame = frame.filter(pl.col("track_id").is_not_null() & pl.col("playlist").is_not_null())
        for key, name, rows in self._numbered(frame):
            if key not in self.lists:
                self.lists[key] = len(self.lists)
                self.names.append(name)
                self.pieces.append([])
            self.pieces[self.lists[key]].append(rows)

    def questions(self, frame: pl.DataFrame) -> list[AskedList]:
        return [AskedList(*each) for each in self._numbered(frame)]

    def _numbered(self, frame: pl.DataFrame) -> Iterator[tuple[str, str, Indices]]:
        """Each list of a frame: id, name, the numbers of its tracks; new tracks are kept."""
        first = frame.drop_nulls("track_id").unique("track_id", keep="first", maintain_order=True)
        new = [track_id not in self.tracks for track_id in first["track_id"].to_list()]
        fresh = first.filter(pl.Series(new, dtype=pl.Boolean))
        self.known.append(fresh.select(_OF_TRACKS))
        for track_id in fresh["track_id"].to_list():
            self.tracks[track_id] = len(self.tracks)
        grouped = frame.group_by("playlist", maintain_order=True).agg("list_name", "track_id")
        for key, names, ids in grouped.iter_rows():
            rows = [self.tracks[track_id] for track_id in ids if track_id is not None]
            yield str(key), names[0] or "", np.array(rows, dtype=np.int32)

    def collection(self, asked: tuple[AskedList, ...]) -> Collection:
        known = pl.concat(self.known)
        performer = known["performer"].fill_null(known["artist"]).fill_null(known["track_id"])
        data = TrainingData(
            vocabulary=Vocabulary(self.tracks),
            tracks=table_of(known),
            playlists=tuple(np.concatenate(pieces) for pieces in self.pieces),
            playlist_ids=tuple(self.lists),
        )
        numbers = performer.rank("dense").to_numpy().astype(np.int32) - 1
        return Collection(data, tuple(self.names), numbers, asked)


def _slice(path: Path, *, empty: bool = False) -> Iterator[pl.DataFrame]:
    """The entries of one slice; with `empty` also a row for each list of no entry."""
    with readable(path):
        read = pl.read_json(path, schema=_SLICE).explode("playlists").unnest("playlists")
    if read["tracks"].null_count() == read.height:
        raise DataError(f"{path}: no member playlists that hold tracks")
    tracks = read.filter(pl.col("tracks").list.len() > 0).explode("tracks").unnest("tracks")
    rows = tracks.sort("pid", "pos", maintain_order=True)
    if empty:
        lone = read.filter(pl.col("tracks").list.len().fill_null(0) == 0).drop("tracks")
        rows = pl.concat([rows, lone], how="diagonal").sort("pid", maintain_order=True)
    ids = pl.col("track_id").str.strip_prefix("spotify:track:")
    yield rows.rename(_AS_OURS).with_columns(ids)


def _parquet(path: Path) -> Iterator[pl.DataFrame]:
    """The entries of a file in its order, some at a time."""
    with readable(path):
        scanned = pl.scan_parquet(path)
        headings = scanned.collect_schema().names()
    wanted = columns_by_meaning(headings)
    for name in ("playlist", "track_id"):
        if name not in wanted:
            raise DataError(f"{path}: no column for {name}; it has {', '.join(headings)}")
    title = headings[wanted["title"][0]] if "title" in wanted else ""
    others = {plain(heading): heading for heading in headings if heading != title}
    more = {
        ours: next((others[name] for name in names if name in others), None)
        for ours, names in (("list_name", _LIST_NAMES), ("performer", _PERFORMERS))
    }
    offset = 0
    while True:
        with readable(path):
            block = scanned.slice(offset, _AT_ONCE).collect()
        if block.height == 0:
            return
        offset += block.height
        yield _canonical(block, wanted, more)


def _canonical(
    block: pl.DataFrame, wanted: Mapping[str, Sequence[int]], more: Mapping[str, str | None]
) -> pl.DataFrame:
    texts = block.cast(pl.String)
    read = {
        name: [(texts.columns[place], texts.to_series(place)) for place in places]
        for name, places in wanted.items()
        if name in (*_OF_TRACKS, "playlist")
    }
    frame, _, _ = understood(read)
    given = {name: texts[theirs] for name, theirs in more.items() if theirs is not None}
    frame = frame.with_columns(series.alias(name) for name, series in given.items())
    unknown = [name for name in ("list_name", *_OF_TRACKS) if name not in frame.columns]
    return frame.with_columns(
        pl.lit(None, pl.Float64 if name == "duration_ms" else pl.String).alias(name)
        for name in unknown
    )
