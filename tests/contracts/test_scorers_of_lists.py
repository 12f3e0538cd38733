"""Continuation, association and embedding keep the contract of every learner."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from segue.evaluation.originals import NetSettings, SevenFeatureLearner, SevenFeatureScorer
from segue.models.embedding.autoencoder import AutoencoderSettings
from segue.models.embedding.learner import EmbeddingLearner
from segue.models.embedding.scorer import EmbeddingScorer
from segue.models.lists.association import AssociationLearner, AssociationScorer
from segue.models.lists.continuation import ContinuationLearner, ContinuationScorer
from segue.models.lists.ranker import RankerSettings

_spec = importlib.util.spec_from_file_location(
    "scorer_contract", Path(__file__).with_name("test_scorers.py")
)
assert _spec is not None
assert _spec.loader is not None
_contract = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_contract)

QUICK = RankerSettings(hidden=8, epochs=4)


class TestContinuation(_contract.ScorerContract):
    learner = ContinuationLearner(ranker=QUICK)
    kind = ContinuationScorer


class TestAssociation(_contract.ScorerContract):
    learner = AssociationLearner(ranker=QUICK)
    kind = AssociationScorer


class TestFeedForwardAssociation(_contract.ScorerContract):
    learner = SevenFeatureLearner(NetSettings(steps=20))
    kind = SevenFeatureScorer


class TestRecurrentAssociation(_contract.ScorerContract):
    learner = SevenFeatureLearner(NetSettings(cross_talk=2, steps=20))
    kind = SevenFeatureScorer


class TestEmbedding(_contract.ScorerContract):
    learner = EmbeddingLearner(autoencoder=AutoencoderSettings(hidden=16, epochs=3))
    kind = EmbeddingScorer
