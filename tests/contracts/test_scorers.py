"""The contract every learner keeps. A learner joins by a subclass that names itself below."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
import pytest

from segue.errors import NotEnoughDataError, StoreError
from segue.models.card import model_card
from segue.models.data import Session, TrainingData, track_table
from segue.models.nextstep.learner import NextStepLearner, NextStepScorer
from segue.models.saving import PackedModel, pack, unpack
from segue.models.scorer import Learner, Query, Scorer
from segue.models.taste.learner import TasteLearner, TasteScorer
from segue.models.vocabulary import Vocabulary

TRAINED_AT = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)


def small_library(
    n_tracks: int = 240, n_artists: int = 40, n_playlists: int = 24, seed: int = 0
) -> TrainingData:
    """Tracks in four styles; playlists, likes and sessions follow a style. A tenth is cold."""
    rng = np.random.default_rng(seed)
    artist_style = np.arange(n_artists) % 4
    artist = rng.integers(0, n_artists, n_tracks)
    style = artist_style[artist]
    centre = rng.uniform(0.2, 0.8, (4, 8))
    abstract = np.clip(centre[style] + rng.normal(0, 0.08, (n_tracks, 8)), 0, 1)
    abstract[:, 5] = -20 + 15 * abstract[:, 5]
    abstract[rng.random(n_tracks) < 0.05] = np.nan
    warm = np.arange(n_tracks) < n_tracks * 9 // 10
    playlists = tuple(
        rng.permutation(np.flatnonzero((style == number % 4) & warm))[:20].astype(np.int32)
        for number in range(n_playlists)
    )
    liked = (style == 1) ^ (rng.random(n_tracks) < 0.1)
    sessions = tuple(
        Session(list_[:8], np.zeros(8, dtype=np.int8), np.arange(8) * 200.0)
        for list_ in playlists[:10]
    )
    return TrainingData(
        vocabulary=Vocabulary(f"track-{row}" for row in range(n_tracks)),
        tracks=track_table(
            n_tracks,
            titles=[f"Song number {row} of style {style[row]}" for row in range(n_tracks)],
            abstract=abstract.astype(np.float32),
            key=rng.integers(-1, 12, n_tracks).astype(np.int8),
            mode=rng.integers(0, 2, n_tracks).astype(np.int8),
            tempo=rng.uniform(70, 180, n_tracks).astype(np.float32),
            duration_ms=rng.uniform(120_000, 300_000, n_tracks).astype(np.float32),
            popularity=rng.uniform(0, 100, n_tracks).astype(np.float32),
            released=rng.uniform(1970, 2026, n_tracks).astype(np.float32),
            artists=[f"artist {number}" for number in artist],
            albums=[f"album {number}-{row % 3}" for row, number in enumerate(artist)],
        ),
        playlists=playlists,
        playlist_ids=tuple(f"list-{number}" for number in range(n_playlists)),
        likes=np.flatnonzero(liked).astype(np.int32),
        liked_at=np.arange(int(liked.sum())) * 86_400.0,
        dislikes=np.flatnonzero(~liked).astype(np.int32),
        sessions=sessions,
    )


def almost_nothing() -> TrainingData:
    """Three tracks and one playlist of two."""
    return TrainingData(
        vocabulary=Vocabulary(["a", "b", "c"]),
        tracks=track_table(3),
        playlists=(np.array([0, 1], dtype=np.int32),),
        likes=np.array([0], dtype=np.int32),
    )


def snapshot(data: TrainingData) -> list[bytes]:
    """Every array of the data, as bytes."""
    columns = [getattr(data.tracks, field.name) for field in fields(data.tracks)]
    arrays = [*columns, *data.playlists, data.likes, data.liked_at, data.dislikes]
    arrays += [session.tracks for session in data.sessions]
    return [array.tobytes() for array in arrays if isinstance(array, np.ndarray)]


class ScorerContract:
    """Inherited by one class a learner, which gives `learner` and the `kind` it fits."""

    learner: ClassVar[Learner]
    kind: ClassVar[type[Scorer]]

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls) -> TrainingData:
        return small_library()

    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls, data: TrainingData) -> Scorer:
        return cls.learner.fit(data, seed=3)

    @pytest.fixture(scope="class")
    @classmethod
    def queries(cls, data: TrainingData) -> list[Query]:
        return [
            Query(),
            Query(seeds=np.array([5], dtype=np.int32)),
            Query(playlist=data.playlists[0][:6]),
            Query(seeds=np.array([len(data.vocabulary) - 1], dtype=np.int32)),
        ]

    def test_it_keeps_the_protocol(self, scorer):
        assert isinstance(scorer, self.kind)
        assert isinstance(scorer, Scorer)
        assert scorer.name == self.learner.name

    def test_every_track_gets_a_finite_float32(self, scorer, queries, data):
        for query in queries:
            scores = scorer.score(query)
            assert scores.shape == (len(data.vocabulary),)
            assert scores.dtype == np.float32
            assert np.isfinite(scores).all()

    def test_scoring_twice_gives_the_same(self, scorer, queries):
        for query in queries:
            np.testing.assert_array_equal(scorer.score(query), scorer.score(query))

    def test_fitting_twice_with_one_seed_gives_the_same(self, scorer, queries, data):
        again = self.learner.fit(data, seed=3)
        for query in queries:
            np.testing.assert_array_equal(again.score(query), scorer.score(query))

    def test_fitting_and_scoring_change_nothing(self, data, queries):
        before, asked = snapshot(data), [(q.seeds.tobytes(), q.playlist.tobytes()) for q in queries]
        fitted = self.learner.fit(data, seed=3)
        for query in queries:
            fitted.score(query)[:] = 0
        assert snapshot(data) == before
        assert [(q.seeds.tobytes(), q.playlist.tobytes()) for q in queries] == asked

    def test_saved_and_loaded_it_scores_the_same(self, scorer, queries, data):
        card = model_card(self.learner.name, seed=3, trained_at=TRAINED_AT, data=data.counts())
        restored, read = unpack(pack(scorer, card), self.kind, "model")
        assert read.name == self.learner.name
        assert restored.notes == scorer.notes
        for query in queries:
            np.testing.assert_array_equal(restored.score(query), scorer.score(query))

    def test_a_changed_byte_is_refused(self, scorer, data):
        card = model_card(self.learner.name, seed=3, trained_at=TRAINED_AT, data=data.counts())
        packed = pack(scorer, card)
        broken = PackedModel(packed.tensors[:-1] + b"\x7f", packed.card)
        with pytest.raises(StoreError, match="segue learn"):
            unpack(broken, self.kind, "model")

    def test_ids_it_does_not_know_are_left_out(self, scorer, data):
        known = Query.of(data.vocabulary, seeds=["track-5"])
        mixed = Query.of(data.vocabulary, seeds=["nobody", "track-5"], playlist=["nothing"])
        np.testing.assert_array_equal(scorer.score(mixed), scorer.score(known))

    def test_too_little_data_is_refused_by_name(self):
        with pytest.raises(NotEnoughDataError, match=self.learner.name):
            self.learner.fit(almost_nothing(), seed=0)

    def test_tracks_without_any_features_do_not_break_it(self, data):
        bare = replace(data, tracks=track_table(len(data.vocabulary)))
        try:
            fitted = self.learner.fit(bare, seed=3)
        except NotEnoughDataError as error:
            assert self.learner.name in str(error)  # noqa: PT017 - both ways out are allowed
            return
        assert np.isfinite(fitted.score(Query(playlist=data.playlists[0][:6]))).all()


class TestTaste(ScorerContract):
    learner = TasteLearner(trees=40)
    kind = TasteScorer


class TestTasteInContext(ScorerContract):
    learner = TasteLearner(context=small_library(seed=8), trees=40)
    kind = TasteScorer


class TestNextStep(ScorerContract):
    learner = NextStepLearner(nets=1, even_without_order=True)
    kind = NextStepScorer


class TestNextStepWithoutOrder(ScorerContract):
    learner = NextStepLearner(nets=1)
    kind = NextStepScorer
