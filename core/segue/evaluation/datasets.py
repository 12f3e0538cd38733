"""Data sets that learners are evaluated on, and how they are split: by list, row, date."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from segue.errors import DataError
from segue.models.data import Floats, Indices, TrackTable, TrainingData, Vocabulary, track_table
from segue.models.taste.context import credits_of
from segue.music.features import ABSTRACT, genre_columns
from segue.music.genres import LEAST_SHARE, genre_tree
from segue.music.track import normalised_artist
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


def read_genres(path: Path) -> Mapping[str, list[str]]:
    """The genres of artists, by normalised name, in a file of a row a track or artist: those in a
    fifth as many of an artist's rows as its most frequent one, at least. Raises DataError."""
    frame = read_frame(path)
    require(frame, ("artist", "genre"), path)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for artist, genres in frame.select("artist", "genre").drop_nulls().iter_rows():
        named = filter(None, map(str.strip, re.split(r"[,;|/\n]", genres)))
        counts[normalised_artist(artist)].update(named)
    return {
        artist: [name for name, n in known.items() if n >= LEAST_SHARE * max(known.values())]
        for artist, known in counts.items()
    }


def with_genres(data: TrainingData, by_artist: Mapping[str, Sequence[str]]) -> TrainingData:
    """The same with the genres of each track's artist, and what these are part of."""
    tree = genre_tree(name for names in by_artist.values() for name in names)
    above = {
        artist: tree.every(key for name in names if (key := tree.find(name)))
        for artist, names in by_artist.items()
    }
    names = [row[0] if row else "" for row in credits_of(data.tracks)]
    genres = genre_columns([above.get(name, frozenset()) for name in names])
    return replace(data, tracks=replace(data.tracks, genres=genres))


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
    return [word or "" for word in frame[name].to_list()]


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


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What was known of a listener by a date, and what they liked later.

    `data` is as of that date. `engines` are the rows that each engine had named by then, the
    likeliest first; `later` are the rows liked after it.
    """

    data: TrainingData
    engines: Mapping[str, Indices]
    later: Indices

    @property
    def candidates(self) -> Indices:
        """Everything an engine named, the first of each by turns, less what was liked by then."""
        turns = chain.from_iterable(zip_longest(*(rows.tolist() for rows in self.engines.values())))
        liked = set(self.data.likes.tolist())
        rows = dict.fromkeys(row for row in turns if row is not None and row not in liked)
        return np.array(list(rows), dtype=np.int32)


_CASES = 12


def dated_cases(
    data: TrainingData, engines: Mapping[str, Indices], dates: int = _CASES
) -> tuple[Case, ...]:
    """A case for each of some dates, at which equally many of the later half of the likes lie."""
    at = np.sort(data.liked_at[np.isfinite(data.liked_at)])
    if at.size < 2:
        return ()
    moments = np.quantile(at, np.linspace(0.5, 0.95, dates))
    return tuple(_as_of(data, engines, float(moment)) for moment in np.unique(moments))


def _as_of(data: TrainingData, engines: Mapping[str, Indices], moment: float) -> Case:
    """Likes and plays up to a moment, and lists without what was liked later."""
    before = data.liked_at <= moment
    later = data.likes[data.liked_at > moment]
    known = replace(
        data,
        likes=data.likes[before],
        liked_at=data.liked_at[before],
        playlists=tuple(rows[~np.isin(rows, later)] for rows in data.playlists),
        sessions=tuple(s for s in data.sessions if np.all(s.played_at <= moment)),
    )
    return Case(known, engines, later)


def made_up_cases(
    seed: int, *, planted: bool = True, listeners: int = _CASES, songs: int = 1200
) -> tuple[Case, ...]:
    """Listeners with a taste for sounds, genres and artists; without `planted`, with none.

    They know half of the songs, and like or dislike those by their taste; of the other half three
    engines name songs: by sound beside their likes, by the genres of these, and by popularity. The
    tenth of all those that they would like best is liked later.
    """
    return tuple(_made_up_case(seed + n, songs, planted=planted) for n in range(listeners))


def _made_up_case(seed: int, n: int, *, planted: bool) -> Case:
    rng = np.random.default_rng([seed, 3])
    artists, genres, features = n // 10, 12, len(ABSTRACT)
    artist = rng.integers(0, artists, n)
    genre = artist % genres
    sound = 0.7 * rng.normal(0, 1, (genres, features))[genre] + rng.normal(0, 0.8, (n, features))
    by_name = rng.normal(0, 0.7, genres)[genre] + rng.normal(0, 0.7, artists)[artist]
    taste = sound @ rng.normal(0, features**-0.5, features) + by_name
    liking = taste * planted + rng.normal(0, 0.5, n)
    popularity = rng.uniform(0, 100, n)
    known = rng.permutation(n)[: n // 2]
    best = known[np.argsort(-liking[known])]
    likes, dislikes = best[: n // 8], best[-n // 12 :]
    unknown = np.setdiff1d(np.arange(n), known)
    apart = np.linalg.norm(sound[unknown][:, None] - sound[likes][None], axis=2).min(axis=1)
    often = np.bincount(genre[likes], minlength=genres)[genre[unknown]]
    named_by = {
        "sound": np.argsort(apart),
        "crowd": np.argsort(-often * rng.uniform(0.5, 1.5, unknown.size)),
        "charts": np.argsort(-popularity[unknown]),
    }
    engines = {name: unknown[rows[: n // 8]].astype(np.int32) for name, rows in named_by.items()}
    named = np.unique(np.concatenate(list(engines.values())))
    later = named[np.argsort(-liking[named])][: named.size // 10]
    sounds = 1 / (1 + np.exp(-sound))
    sounds[:, ABSTRACT.index("loudness")] = -8 + 3 * sound[:, ABSTRACT.index("loudness")]
    tracks = track_table(
        n,
        abstract=sounds.astype(np.float32),
        popularity=popularity.astype(np.float32),
        artists=[f"Artist {number}" for number in artist.tolist()],
    )
    data = TrainingData(
        Vocabulary(f"{number:022d}" for number in range(n)),
        tracks,
        likes=likes.astype(np.int32),
        dislikes=dislikes.astype(np.int32),
    )
    return Case(data, engines, later.astype(np.int32))
