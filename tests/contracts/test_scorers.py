"""The contract every learner and every baseline keeps: a learner joins by a subclass below."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
import pytest

from segue.errors import NotEnoughDataError, StoreError
from segue.models.baselines import BaselineScorer
from segue.models.data import Session, TrainingData, Vocabulary, track_table
from segue.models.embedding.autoencoder import AutoencoderSettings
from segue.models.embedding.learner import EmbeddingLearner, EmbeddingScorer
from segue.models.learners import LEARNERS
from segue.models.lists.association import AssociationLearner, AssociationScorer
from segue.models.lists.continuation import ContinuationLearner, ContinuationScorer
from segue.models.lists.ranker import RankerSettings
from segue.models.nextstep.learner import NextStepLearner, NextStepScorer
from segue.models.saving import ModelCard, PackedModel, pack, unpack
from segue.models.scorer import Evidence, Learner, Query, Scorer, standings
from segue.models.taste.learner import TasteLearner, TasteScorer
from segue.sequencing.learner import OrderLearner, OrderScorer

QUICK = RankerSettings(hidden=8, epochs=4)
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
    evident: ClassVar[float] = 0.6
    """The least share of the best tracks that something asked or known pulled in."""

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
        again = replace(self.learner).fit(data, seed=3)  # which keeps nothing of the first
        for query in queries:
            np.testing.assert_array_equal(again.score(query), scorer.score(query))

    def test_fitting_and_scoring_change_nothing(self, data, queries):
        before, asked = snapshot(data), [(q.seeds.tobytes(), q.playlist.tobytes()) for q in queries]
        fitted = replace(self.learner).fit(data, seed=3)
        for query in queries:
            fitted.score(query)[:] = 0
        assert snapshot(data) == before
        assert [(q.seeds.tobytes(), q.playlist.tobytes()) for q in queries] == asked

    def test_saved_and_loaded_it_scores_the_same(self, scorer, queries, data):
        card = ModelCard(name=self.learner.name, seed=3, trained_at=TRAINED_AT, data=data.counts())
        restored, read = unpack(pack(scorer, card), self.kind, "model")
        assert read.name == self.learner.name
        assert restored.notes == scorer.notes
        for query in queries:
            np.testing.assert_array_equal(restored.score(query), scorer.score(query))

    def test_a_changed_byte_is_refused(self, scorer, data):
        card = ModelCard(name=self.learner.name, seed=3, trained_at=TRAINED_AT, data=data.counts())
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

    def test_evidence_is_something_asked_or_known_and_its_shares_are_a_whole(
        self, scorer, queries, data
    ):
        tracks = np.arange(len(data.vocabulary), dtype=np.int32)
        for query in queries:
            asked = {*query.seeds.tolist(), *query.playlist.tolist()}
            for track, pieces in zip(tracks, scorer.evidence(query, tracks), strict=True):
                shares = [piece.share for piece in pieces]
                assert shares == sorted(shares, reverse=True)
                assert not pieces or sum(shares) == pytest.approx(1.0)
                for piece in pieces:
                    of_query = piece.kind == "track" and piece.row in asked - {int(track)}
                    assert of_query or (piece.kind == "feature" and piece.name)

    def test_the_best_tracks_have_evidence_and_without_it_their_score_is_lower(
        self, scorer, queries
    ):
        query = queries[2]
        scores = scorer.score(query)
        best = np.setdiff1d(np.argsort(-scores, kind="stable")[:30], query.playlist)[:12]
        found = scorer.evidence(query, best.astype(np.int32))
        assert sum(map(bool, found)) >= len(best) * self.evident
        for track, pieces in zip(best.tolist(), found, strict=True):
            for piece in pieces[:3]:  # those that a reason names
                less = self.without(scorer, query, track, piece)
                assert less < standings(scores)[track]

    def without(self, scorer, query: Query, track: int, piece: Evidence) -> float:
        """Where a track stands had the first piece of evidence not been there."""
        return float(standings(scorer.score(query.without(piece.row)))[track])


class TestTaste(ScorerContract):
    learner = TasteLearner(trees=40, few=0)
    kind = TasteScorer

    def without(self, scorer, query, track, piece):
        forgetting = scorer.tracks.forgetting(piece.name).take(np.array([track]))
        changed = scorer.score(query)
        changed[track] = scorer.predict(forgetting)[0]
        return standings(changed)[track]


class TestTasteInContext(TestTaste):
    learner = TasteLearner(context=small_library(seed=8), trees=40, few=0)


class TestNextStep(ScorerContract):
    learner = NextStepLearner(nets=1, even_without_order=True)
    kind = NextStepScorer


class TestNextStepWithoutOrder(ScorerContract):
    learner = NextStepLearner(nets=1)
    kind = NextStepScorer


class TestContinuation(ScorerContract):
    learner = ContinuationLearner(ranker=QUICK)
    kind = ContinuationScorer


class TestAssociation(ScorerContract):
    learner = AssociationLearner(ranker=QUICK)
    kind = AssociationScorer


class TestEmbedding(ScorerContract):
    learner = EmbeddingLearner(autoencoder=AutoencoderSettings(hidden=16, epochs=3))
    kind = EmbeddingScorer


class TestOrder(ScorerContract):
    learner = OrderLearner()
    kind = OrderScorer


def test_every_learner_of_the_registry_keeps_the_contract():
    kept = {contract.kind for contract in every_contract(ScorerContract)}
    assert {spec.scorer() for spec in LEARNERS.values()} <= kept


def every_contract(kind: type) -> list[type[ScorerContract]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *every_contract(sub))]


@dataclass(frozen=True)
class StandIn:
    """A learner's baseline as a learner, so that it is held to the same contract."""

    of: str

    @property
    def name(self) -> str:
        return self.of

    def fit(self, data: TrainingData, *, seed: int) -> Scorer:
        return LEARNERS[self.of].learner().stand_in(data, "it does no better")


class StandInContract(ScorerContract):
    """A baseline learns from whatever there is, and may go by popularity alone."""

    kind = BaselineScorer
    evident = 0.0
    test_too_little_data_is_refused_by_name = None


class TestAssociationStandIn(StandInContract):
    learner = StandIn("association")


class TestContinuationStandIn(StandInContract):
    learner = StandIn("continuation")


class GoesByTheTrackAlone(StandInContract):
    def without(self, scorer, query, track, piece):
        prior = scorer.prior.copy()
        prior[track] = np.median(prior) - 1
        return standings(prior)[track]


class TestEmbeddingStandIn(GoesByTheTrackAlone):
    learner = StandIn("embedding")


class TestTasteStandIn(GoesByTheTrackAlone):
    learner = StandIn("taste")


class TestNextStepStandIn(StandInContract):
    learner = StandIn("nextstep")
    kind = NextStepScorer


class TestOrderStandIn(StandInContract):
    learner = StandIn("order")
    kind = OrderScorer


def test_models_learned_by_every_learner_answer_the_same_where_torch_cannot_be_imported(tmp_path):
    """Learned here and saved; loaded and asked in a process where importing torch raises."""
    data = small_library()
    query = Query(seeds=np.array([5], dtype=np.int32), playlist=data.playlists[0][:6])
    contracts = (
        TestTaste, TestNextStep, TestContinuation, TestAssociation, TestEmbedding, TestOrder
    )  # fmt: skip
    assert {contract.learner.name for contract in contracts} == set(LEARNERS)
    expected = {}
    for contract in contracts:
        name, scorer = contract.learner.name, contract.learner.fit(data, seed=3)
        assert isinstance(scorer, contract.kind)  # the learner's own, no baseline in its place
        card = ModelCard(name=name, seed=3, trained_at=TRAINED_AT, data=data.counts())
        packed = pack(scorer, card)
        (tmp_path / f"{name}.safetensors").write_bytes(packed.tensors)
        (tmp_path / f"{name}.json").write_bytes(packed.card)
        expected[name] = scorer.score(query)
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch here')\n")
    np.save(tmp_path / "seeds.npy", query.seeds)
    np.save(tmp_path / "playlist.npy", query.playlist)
    done = subprocess.run(
        [sys.executable, "-c", ASKED_WITHOUT_TORCH, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, scores in expected.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), scores)


ASKED_WITHOUT_TORCH = """
import sys
from pathlib import Path
import numpy as np
from segue.models.learners import LEARNERS
from segue.models.saving import PackedModel, unpack
from segue.models.scorer import Query
try:
    import torch
except ImportError:
    pass
else:
    sys.exit("torch was imported")
folder = Path(sys.argv[1])
query = Query(seeds=np.load(folder / "seeds.npy"), playlist=np.load(folder / "playlist.npy"))
for name, spec in LEARNERS.items():
    tensors, card = ((folder / f"{name}.{end}").read_bytes() for end in ("safetensors", "json"))
    scorer, _ = unpack(PackedModel(tensors, card), spec.scorer(), name)
    scorer.evidence(query, query.playlist)
    np.save(folder / f"{name}.npy", scorer.score(query))
"""
