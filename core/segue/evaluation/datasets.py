"""Data sets that learners are evaluated on, and how they are split."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from segue.errors import DataError
from segue.models.data import Floats, TrackTable, TrainingData, Vocabulary, track_table
from segue.music.features import ABSTRACT
from segue.tables.reading import read_frame, require


def read_playlists(path: Path, columns: dict[str, str] | None = None) -> TrainingData:
    """Playlists from a file of one row an entry, in the file's order (or by `position`).

    A track is its `track_id`; what its first row says about it holds. A track that stands twice
    in a playlist stays twice here. Raises DataError.
    """
    frame = read_frame(path, columns)
    require(frame, ("playlist",), path)
    frame = _with_ids(frame, path).drop_nulls("playlist")
    if "position" in frame.columns:
        frame = frame.sort("position", maintain_order=True)
    unique = frame.unique("track_id", keep="first", maintain_order=True)
    vocabulary = Vocabulary(unique["track_id"].to_list())
    groups = frame.group_by("playlist", maintain_order=True).agg("track_id")
    return TrainingData(
        vocabulary=vocabulary,
        tracks=table_of(unique),
        playlists=tuple(vocabulary.indices(ids) for ids in groups["track_id"].to_list()),
        playlist_ids=tuple(groups["playlist"].to_list()),
    )


def read_likes(path: Path, columns: dict[str, str] | None = None) -> TrainingData:
    """Likes and dislikes from a file of one row a track with a column `liked` of 1 and 0.

    Each row is a track of its own, so that a title marked twice stays two rows; row numbers are
    never used as features. Raises DataError.
    """
    frame = read_frame(path, columns)
    require(frame, ("liked",), path)
    frame = frame.drop_nulls("liked")
    liked = frame["liked"].to_numpy()
    if not np.isin(liked, (0.0, 1.0)).all():
        raise DataError(f"{path}: column for liked must hold 1 or 0 in every row")
    return TrainingData(
        vocabulary=Vocabulary(f"row-{row}" for row in range(frame.height)),
        tracks=table_of(frame),
        likes=np.flatnonzero(liked == 1).astype(np.int32),
        dislikes=np.flatnonzero(liked == 0).astype(np.int32),
    )


def _with_ids(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    if "track_id" in frame.columns:
        return frame.drop_nulls("track_id")
    if {"title", "artist"} <= set(frame.columns):
        joined = pl.concat_str(pl.col("title"), pl.col("artist"), separator=" \u2013 ")
        return frame.with_columns(joined.str.to_lowercase().alias("track_id")).drop_nulls(
            "track_id"
        )
    raise DataError(
        f"{path}: no column for track_id, nor title and artist to tell tracks apart; "
        "name one with --columns track_id=THEIRS"
    )


def table_of(frame: pl.DataFrame) -> TrackTable:
    """A `TrackTable` of the rows of a frame with canonical columns."""
    key = _numbers(frame, "key")
    tempo = _numbers(frame, "tempo")
    tempo[~(tempo > 0)] = np.nan
    albums = "album_id" if "album_id" in frame.columns else "album"
    return track_table(
        frame.height,
        titles=_words(frame, "title"),
        abstract=np.stack([_numbers(frame, name) for name in ABSTRACT], axis=1),
        key=_codes(key, 11),
        mode=_codes(_numbers(frame, "mode"), 1),
        tempo=tempo,
        duration_ms=_numbers(frame, "duration_ms"),
        popularity=_numbers(frame, "popularity"),
        released=np.array([years(date) for date in _words(frame, "released")], dtype=np.float32),
        artists=_words(frame, "artist"),
        albums=_words(frame, albums),
    )


def years(date: str) -> float:
    """An ISO date (year, year-month or year-month-day) as a year with fraction, NaN unknown."""
    parts = date.strip()[:10].split("-")
    if not all(part.isdigit() for part in parts) or int(parts[0]) == 0:
        return float("nan")
    month = int(parts[1]) - 1 if len(parts) > 1 else 0
    day = int(parts[2]) - 1 if len(parts) > 2 else 0
    return int(parts[0]) + month / 12 + day / 365


def _numbers(frame: pl.DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(frame.height, np.nan, dtype=np.float32)
    return frame[name].fill_null(float("nan")).to_numpy().astype(np.float32)


def _words(frame: pl.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * frame.height
    return [word or "" for word in _strings(frame[name])]


def _strings(column: pl.Series) -> Iterable[str | None]:
    return column.to_list()


def _codes(values: Floats, highest: int) -> NDArray[np.int8]:
    known = np.isfinite(values) & (values >= 0) & (values <= highest)
    return np.where(known, np.nan_to_num(values), -1).astype(np.int8)


Rows = NDArray[np.int64]


def group_folds(groups: ArrayLike, k: int, rng: np.random.Generator) -> list[Rows]:
    """The test rows of each of k folds; all rows of a group stand in one fold.

    Groups come in random order, each goes to the fold that is smallest so far: folds are as
    even as whole groups allow. Raises ValueError where there are fewer groups than folds.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if names.size < k:
        raise ValueError(f"{names.size} groups cannot be dealt into {k} folds")
    sizes = np.bincount(member)
    fold_of = np.empty(names.size, dtype=np.int64)
    filled = np.zeros(k, dtype=np.int64)
    for group in rng.permutation(names.size):
        fold = int(np.argmin(filled))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    return [np.flatnonzero(fold_of[member] == fold) for fold in range(k)]


def group_split(groups: ArrayLike, test_share: float, rng: np.random.Generator) -> Rows:
    """The test rows of one random split: whole groups until `test_share` of rows is reached."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    order = rng.permutation(names.size)
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = order[before < test_share * member.size]
    return np.flatnonzero(np.isin(member, chosen))


def others(n: int, rows: Rows) -> Rows:
    """All of 0..n−1 that are not in `rows`, in order."""
    kept = np.ones(n, dtype=bool)
    kept[rows] = False
    return np.flatnonzero(kept)
