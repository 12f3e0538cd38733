"""The learners, as one table: how each is made, and what its saved models are read as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.models.scorer import Learner, Scorer


@dataclass(frozen=True, slots=True)
class Kind:
    """One learner. `make` takes the effort (0..1] and imports torch where it is needed; `scorer`
    is the class of what it fits."""

    make: Callable[[float], Learner]
    scorer: Callable[[], type[Scorer]]


def _association(effort: float) -> Learner:
    from segue.models.lists.association import AssociationLearner
    from segue.models.lists.ranker import RankerSettings

    default = RankerSettings()
    return AssociationLearner(
        seeds_per_list=max(1, round(3 * effort)),
        session_episodes=round(AssociationLearner().session_episodes * effort),
        ranker=RankerSettings(epochs=max(6, round(default.epochs * effort))),
    )


def _association_scorer() -> type[Scorer]:
    from segue.models.lists.association import AssociationScorer

    return AssociationScorer


def _continuation(effort: float) -> Learner:
    from segue.models.lists.continuation import ContinuationLearner
    from segue.models.lists.ranker import RankerSettings

    shares = ContinuationLearner().hidden_shares
    default = RankerSettings()
    return ContinuationLearner(
        hidden_shares=shares[: max(1, round(len(shares) * effort))],
        ranker=RankerSettings(epochs=max(6, round(default.epochs * effort))),
    )


def _continuation_scorer() -> type[Scorer]:
    from segue.models.lists.continuation import ContinuationScorer

    return ContinuationScorer


def _embedding(effort: float) -> Learner:
    from segue.models.embedding.autoencoder import AutoencoderSettings
    from segue.models.embedding.learner import EmbeddingLearner

    default = AutoencoderSettings()
    settings = AutoencoderSettings(epochs=max(5, round(default.epochs * effort)))
    return EmbeddingLearner(autoencoder=settings)


def _embedding_scorer() -> type[Scorer]:
    from segue.models.embedding.scorer import EmbeddingScorer

    return EmbeddingScorer


def _taste(effort: float) -> Learner:
    from segue.models.taste.learner import TasteLearner

    return TasteLearner(trees=max(50, round(TasteLearner().trees * effort)))


def _taste_scorer() -> type[Scorer]:
    from segue.models.taste.learner import TasteScorer

    return TasteScorer


def _nextstep(effort: float) -> Learner:
    from segue.models.nextstep.learner import NextStepLearner

    return NextStepLearner(nets=max(1, round(NextStepLearner().nets * effort)))


def _nextstep_scorer() -> type[Scorer]:
    from segue.models.nextstep.learner import NextStepScorer

    return NextStepScorer


KINDS: Mapping[str, Kind] = {
    "taste": Kind(_taste, _taste_scorer),
    "association": Kind(_association, _association_scorer),
    "continuation": Kind(_continuation, _continuation_scorer),
    "embedding": Kind(_embedding, _embedding_scorer),
    "nextstep": Kind(_nextstep, _nextstep_scorer),
}
"""By name, in the order they are trained. A learner that is not here is not installed."""
