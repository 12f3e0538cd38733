"""Genres of artists as what taste reads: where they help, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segue.evaluation.datasets import read_genres, with_genres
from segue.evaluation.taste import WITH_GENRES, evaluate_taste
from segue.metrics import auc
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.learners import READABLE, data_digest
from segue.models.scorer import Query
from segue.models.taste.context import genre_context
from segue.models.taste.learner import FOLDS, TasteLearner, judged
from segue.models.taste.learner import _folds as folds_of_judging
from segue.models.taste.model import recordings_of
from segue.music.features import genre_columns
from segue.progress import Fitting

HALF = TasteLearner(trees=50, few=0)
ARTISTS, SONGS = 50, 3


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def listener(
    *, planted: bool, unknown: int = 0, likes_jazz: float = 0.9, seed: int = 3
) -> TrainingData:
    """Who likes jazz and no metal or, unplanted, by chance; of some artists no genre is known."""
    rng = np.random.default_rng(seed)
    jazz = np.arange(ARTISTS) % 2 == 0
    share = likes_jazz if planted else 0.5
    taste = np.where(jazz, share, 1 - share)
    n = ARTISTS * SONGS
    artist = np.arange(n) // SONGS
    liked = rng.random(n) < taste[artist]
    names = [["jazz"] if jazz[a] else ["metal", "rock"] for a in artist.tolist()]
    genres = [name if a >= unknown else [] for name, a in zip(names, artist.tolist(), strict=True)]
    return TrainingData(
        Vocabulary(f"t{row}" for row in range(n)),
        track_table(
            n,
            titles=[f"Song {row}" for row in range(n)],
            abstract=rng.uniform(0, 1, (n, 8)).astype(np.float32),
            artists=[f"Artist {chr(97 + a % 26)}{a}" for a in artist.tolist()],
            genres=genre_columns(genres),
        ),
        likes=np.flatnonzero(liked).astype(np.int32),
        dislikes=np.flatnonzero(~liked).astype(np.int32),
    )


def test_a_track_of_no_known_genre_is_unknown_and_not_without_genre() -> None:
    columns = genre_columns([["jazz"], [], ["metal", "rock"]])
    assert columns is not None
    assert np.isnan(columns[1]).all()
    assert columns[[0, 2]].tolist() == [[1, 0, 0], [0, 1, 1]]
    assert genre_columns([[], []]) is None


def test_artists_of_one_genre_lie_close_and_of_none_nothing_is_known() -> None:
    found = genre_context(listener(planted=True, unknown=4).tracks, seed=0)
    assert found is not None
    assert len(found.artists) == ARTISTS - 4
    vectors, numbers = found.of(listener(planted=True).tracks)
    near = vectors @ vectors.T
    first = [row * SONGS for row in range(4, 10)]
    assert near[first[0], first[2]] > 0.99
    assert near[first[0], first[1]] < 0.1
    assert not vectors[: 4 * SONGS].any()
    assert (numbers == -1).all()


def test_genres_that_all_artists_share_tell_nothing() -> None:
    data = listener(planted=True)
    same = genre_columns([["jazz"]] * len(data.vocabulary))
    assert genre_context(replace(data.tracks, genres=same), seed=0) is None
    assert genre_context(replace(data.tracks, genres=None), seed=0) is None


def test_genres_are_read_where_they_foretell_new_artists_and_only_there() -> None:
    helped = HALF.fit(listener(planted=True), seed=0)
    assert any("genres" in note for note in helped.notes)
    chance = HALF.fit(listener(planted=False), seed=0)
    assert chance.model.encoder.context is None
    assert chance.notes == ()


@pytest.mark.parametrize("few", [0, 400])
def test_a_part_that_is_judged_has_no_say_in_what_is_read_or_who_answers(few: int) -> None:
    data = listener(planted=True, likes_jazz=0.68, seed=4)
    learner = replace(HALF, trees=50 if few == 0 else 10, few=few)
    rows, labels = judged(data)
    fold = folds_of_judging(recordings_of(data.tracks.take(rows)), labels, np.random.default_rng(0))
    predicted, read = np.empty(rows.size), []
    for number in range(FOLDS):
        inside = rows[fold != number]
        alone = replace(
            data, likes=np.intersect1d(data.likes, inside).astype(np.int32),
            dislikes=np.intersect1d(data.dislikes, inside).astype(np.int32),
        )  # fmt: skip
        fitted = learner.fit(alone, seed=0)
        predicted[fold == number] = fitted.model.predict(data.tracks.take(rows[fold == number]))
        read.append(fitted.model.encoder.context is not None)
    # All judgements together would have genres read; some of the parts alone would not.
    assert learner.fit(data, seed=0).model.encoder.context is not None
    assert not all(read)
    assert learner.assess(data, seed=0).value == auc(labels, predicted)


def test_likes_of_new_artists_are_measured_with_and_without_genres() -> None:
    only = ("segue", WITH_GENRES)
    data = listener(planted=True)
    table = evaluate_taste(data, "made up", Fitting(), learner=HALF, splits=2, only=only)
    new = {row.method: row.metrics["auc"] for row in table.rows if row.split.endswith("artists")}
    assert new[WITH_GENRES] > new["segue"] + 0.2


def test_a_model_that_reads_genres_answers_the_same_when_it_is_loaded() -> None:
    data = listener(planted=True)
    fitted = replace(HALF, genres=True).fit(data, seed=0)
    loaded = type(fitted).restored(data.vocabulary, fitted.tensors(), fitted.config())
    assert loaded.notes == fitted.notes
    assert np.array_equal(loaded.predict(data.tracks), fitted.predict(data.tracks))
    assert np.array_equal(loaded.score(Query()), fitted.score(Query()))


def test_learning_begins_anew_when_a_genre_becomes_known() -> None:
    known, less = listener(planted=True), listener(planted=True, unknown=1)
    assert data_digest(known, READABLE, ()) != data_digest(less, READABLE, ())


def test_genres_in_a_file_are_an_artists_where_they_are_not_a_slip(tmp_path) -> None:
    file = tmp_path / "genres.csv"
    rows = ["The Ada,deep house", "The Ada,deep house", "Bo,jazz; soul", *["Cy,metal"] * 6]
    file.write_text("\n".join(["artist,genre", *rows, "Cy,jazz", "Di,", ""]))
    found = read_genres(file)
    assert found["ada"] == ["deep house"]
    assert sorted(found["bo"]) == ["jazz", "soul"]
    assert found["cy"] == ["metal"], "one row of seven is a slip"
    data = TrainingData(
        Vocabulary(["a", "b"]), track_table(2, titles=["A", "B"], artists=["Ada", "Nobody"])
    )
    genres = with_genres(data, found).tracks.genres
    assert genres is not None
    assert genres[0].sum() == 3, "deep house is house and electronic too"
    assert np.isnan(genres[1]).all()
