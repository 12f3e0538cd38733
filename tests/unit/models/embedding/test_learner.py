"""What a track is near to: the parts that are learned from."""

from __future__ import annotations

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.embedding.autoencoder import AutoencoderSettings
from segue.models.embedding.learner import LEAST_TRACKS, EmbeddingLearner
from segue.models.scorer import Query

COUNT = 80
LEARNER = EmbeddingLearner(autoencoder=AutoencoderSettings(hidden=16, epochs=4))


def sounding(known: int) -> TrainingData:
    """Tracks of which only the sound of a file is known, of two kinds in turn."""
    rng = np.random.default_rng(1)
    kinds = np.eye(8)[np.arange(COUNT) % 2] + rng.normal(0, 0.1, (COUNT, 8))
    sound = np.where(np.arange(COUNT)[:, None] < known, kinds, np.nan).astype(np.float32)
    ids = Vocabulary([f"t{n:02}" for n in range(COUNT)])
    return TrainingData(vocabulary=ids, tracks=track_table(COUNT, sound=sound))


def test_tracks_are_near_to_those_whose_files_sound_alike_where_nothing_else_is_known() -> None:
    scores = LEARNER.fit(sounding(COUNT), seed=0).score(Query(seeds=np.array([0], np.int32)))
    assert scores[2::2].min() > scores[1::2].max()


def test_the_sound_of_too_few_files_is_not_learned_from() -> None:
    with pytest.raises(NotEnoughDataError, match=f"{LEAST_TRACKS - 1} with the sound of their"):
        LEARNER.fit(sounding(LEAST_TRACKS - 1), seed=0)
