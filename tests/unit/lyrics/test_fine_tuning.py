"""Fine-tuning an encoder, on a tiny BERT."""

from __future__ import annotations

import random

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.lyrics.encoder import EncoderCard, TextEncoder, torch_forward
from segue.lyrics.fine_tuning import TuningSettings, fine_tune
from segue.lyrics.sentiment_data import RatedTexts
from segue.progress import Fitting

GLAD, SAD, OTHER = ["love", "sing", "lamp"], ["rain", "fire", "road"], ["the", "is", "over", "we"]
SETTINGS = TuningSettings(epochs=6, batch=16, rate=1e-3, outward_rate=1e-2)


def songs(n: int, seed: int) -> RatedTexts:
    rng = random.Random(seed)
    glad = [rng.random() < 0.5 for _ in range(n)]
    texts = tuple(
        " ".join([*rng.choices(OTHER, k=4), rng.choice(GLAD if is_glad else SAD)])
        for is_glad in glad
    )
    valence = np.where(glad, 0.8, -0.8).astype(np.float32)
    return RatedTexts("songs", texts, valence, np.sign(valence).astype(np.int64))


@pytest.fixture
def fresh(tiny_bert_folder):
    from transformers import AutoModel, AutoTokenizer

    return (
        AutoModel.from_pretrained(tiny_bert_folder),
        AutoTokenizer.from_pretrained(tiny_bert_folder),
    )


def spread(model, tokenizer) -> float:
    """How far glad and sad texts lie apart, over how far texts of one kind do."""
    card = EncoderCard("tiny", "r", 32, 16, 4)
    test = songs(60, 9)
    vectors = TextEncoder(torch_forward(model, "cpu"), tokenizer, card).encode(test.texts)
    kinds = [vectors[test.polarity == side] for side in (-1, 1)]
    within = np.mean([kind.std(axis=0).mean() for kind in kinds])
    return float(np.linalg.norm(kinds[0].mean(axis=0) - kinds[1].mean(axis=0)) / within)


def test_afterwards_vectors_tell_moods_apart_that_they_did_not_before(fresh) -> None:
    model, tokenizer = fresh
    before = spread(model, tokenizer)
    fine_tune(model, tokenizer, [songs(120, 1)], Fitting(0), SETTINGS)
    assert spread(model, tokenizer) > 2 * before


def test_the_same_seed_gives_the_same_encoder(tiny_bert_folder, fresh) -> None:
    from transformers import AutoModel

    model, tokenizer = fresh
    again = AutoModel.from_pretrained(tiny_bert_folder)
    losses = [
        fine_tune(encoder, tokenizer, [songs(80, 1)], Fitting(4), TuningSettings(epochs=1))
        for encoder in (model, again)
    ]
    assert losses[0] == losses[1]


def test_too_few_texts_are_refused(fresh) -> None:
    with pytest.raises(NotEnoughDataError, match="at least 60"):
        fine_tune(*fresh, [songs(10, 1)], Fitting())
