"""Sentiment heads: their arithmetic, their training, and which vectors they take."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from segue.errors import NewerSchemaError, NotEnoughDataError, StoreError, UsageError
from segue.lyrics.cleaning import BUCKETS, bags
from segue.lyrics.encoder import EncoderCard
from segue.lyrics.sentiment import (
    EncoderIdentity,
    HeadWeights,
    PackedHead,
    SentimentCard,
    SentimentHead,
    gelu,
    pack,
    unpack,
)
from segue.lyrics.sentiment_data import RatedTexts
from segue.lyrics.sentiment_training import (
    HeadNetwork,
    HeadSettings,
    Origin,
    judged,
    merged,
    sentiment_loss,
    train_head,
)
from segue.metrics import macro_f1, pearson_r
from segue.progress import Fitting

DIM = 8
NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDENTITY = EncoderIdentity(name="tiny", revision="r1", pooling="mean", dim=DIM)
QUICK = HeadSettings(hidden=16, members=2, epochs=30, batch=32, rate=5e-3, dropout=0.1)


def card(**changes: object) -> EncoderCard:
    base: dict[str, object] = {
        "name": "tiny", "revision": "r1", "dim": DIM, "window": 16, "overlap": 4,
    }  # fmt: skip
    return EncoderCard(**{**base, **changes})  # type: ignore[arg-type]


def units(n: int, seed: int = 0) -> np.ndarray:
    raw = np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def data(texts: list[str], valence: np.ndarray) -> RatedTexts:
    polarity = (np.sign(valence) * (np.abs(valence) > 0.3)).astype(np.int64)
    return RatedTexts("made", tuple(texts), valence.astype(np.float32), polarity)


def trained(texts: list[str], vectors: np.ndarray, valence: np.ndarray, **more) -> SentimentHead:
    return train_head(
        [data(texts, valence)],
        [vectors],
        Origin(IDENTITY, ("en",), NOW),
        Fitting(3, **more),
        QUICK,
    )


def small_head() -> SentimentHead:
    lexicon = np.zeros((BUCKETS, 2), dtype=np.int8)
    gram = int(bags(["joy"]).buckets[0])
    lexicon[gram] = (0, 100)
    weights = HeadWeights(
        hidden=np.ones((1, DIM), dtype=np.float32),
        hidden_bias=np.zeros(1, dtype=np.float32),
        out=np.array([[0.5], [1.0], [0.0], [-1.0]], dtype=np.float32),
        out_bias=np.array([0.1, 0, 0, 0], dtype=np.float32),
        lexicon=lexicon,
        lexicon_scale=np.array([0.01, 0.02], dtype=np.float32),
        lean=np.array([0.25], dtype=np.float32),
    )
    return SentimentHead(
        weights,
        SentimentCard(
            encoder=IDENTITY, languages=("en",), data={}, split="", seed=0, trained_at=NOW
        ),
    )


def test_a_prediction_is_what_one_computes_by_hand() -> None:
    vector = np.zeros((1, DIM), dtype=np.float32)
    vector[0, 0] = 1.0
    hidden = float(gelu(np.array([math.sqrt(DIM)], dtype=np.float32))[0])
    word = 100 * 0.02 * float(bags(["joy"]).weights[0])
    negative, neutral, positive = hidden, 0.0, -hidden + word
    valence, probabilities = small_head().predict(vector, ["joy"])
    assert valence[0] == pytest.approx(
        math.tanh(0.5 * hidden + 0.1 + 0.25 * (positive - negative)), abs=1e-5
    )
    odds = np.exp([negative, neutral, positive])
    assert np.allclose(probabilities[0], odds / odds.sum(), atol=1e-5)


def test_the_unit_is_the_usual_one() -> None:
    x = np.linspace(-4, 4, 33, dtype=np.float32)
    theirs = torch.nn.functional.gelu(torch.from_numpy(x), approximate="tanh").numpy()
    assert np.allclose(gelu(x), theirs, atol=1e-6)


def test_the_loss_is_what_one_computes_by_hand() -> None:
    sets = [
        RatedTexts("rated", ("a",), np.array([0.5], dtype=np.float32), np.array([1])),
        RatedTexts("classes", ("b",), np.array([np.nan], dtype=np.float32), np.array([-1])),
    ]
    said = judged(sets, rated_weight=2.0, class_only_weight=0.1, class_valence=0.6)
    logits = torch.tensor([[0.0, 0.0, math.log(2)], [0.0, 0.0, 0.0]])
    loss = sentiment_loss(torch.tensor([0.3, 0.0]), logits, said, 4.0)
    rated = 2 * -math.log(2 / 4) + 4 * (0.3 - 0.5) ** 2
    classes = -math.log(1 / 3) + 4 * 0.1 * 0.6**2
    assert float(loss) == pytest.approx((rated + classes) / 2, abs=1e-6)


def test_what_is_trained_and_what_is_kept_say_the_same() -> None:
    torch.manual_seed(0)
    member = HeadNetwork(DIM, HeadSettings(hidden=4)).eval()
    with torch.no_grad():
        member.lexicon.normal_()
    vectors, texts = units(5), ["joy", "rain on me", "", "night", "joy joy"]
    grams = bags(texts)
    words = torch.zeros(5, 2).index_add(
        0,
        torch.from_numpy(grams.rows()),
        member.lexicon.detach()[torch.from_numpy(grams.buckets)]
        * torch.from_numpy(grams.weights)[:, None],
    )
    valence, classes = member(torch.from_numpy(vectors), words)
    head = SentimentHead(merged([member, member]), small_head().card)
    kept, probabilities = head.predict(vectors, texts)
    # The lexicon is rounded to 255 steps.
    assert np.allclose(kept, valence.detach().numpy(), atol=0.05)
    assert np.allclose(probabilities, torch.softmax(classes, 1).detach().numpy(), atol=0.05)


def test_a_signal_planted_in_the_vectors_is_found() -> None:
    vectors = units(600)
    valence = np.clip(vectors[:, 0] * 2, -1, 1)
    texts = [f"w{i}" for i in range(600)]
    head = trained(texts[:400], vectors[:400], valence[:400])
    said, probabilities = head.predict(vectors[400:], texts[400:])
    assert pearson_r(said, valence[400:]) > 0.9
    truth = data(texts[400:], valence[400:]).polarity
    assert macro_f1(truth, probabilities.argmax(axis=1) - 1) > 0.75


def test_a_signal_planted_in_the_words_is_found() -> None:
    rng = np.random.default_rng(5)
    valence = rng.choice([-0.8, 0.0, 0.8], 600)
    word = {-0.8: "gloom", 0.0: "table", 0.8: "delight"}
    texts = [f"{word[v]} n{rng.integers(50)}" for v in valence]
    head = trained(texts[:400], units(600)[:400], valence[:400])
    said, _ = head.predict(units(600)[400:], texts[400:])
    assert pearson_r(said, valence[400:]) > 0.8


def test_where_there_is_no_signal_none_is_found() -> None:
    rng = np.random.default_rng(1)
    valence = rng.uniform(-1, 1, 900)
    texts = [f"w{rng.integers(40)}" for _ in range(900)]
    head = trained(texts[:400], units(900)[:400], valence[:400])
    said, _ = head.predict(units(900)[400:], texts[400:])
    assert abs(pearson_r(said, valence[400:])) < 0.15


def test_the_same_seed_gives_the_same_head() -> None:
    vectors, texts = units(80), [f"w{i}" for i in range(80)]
    first, second = (trained(texts, vectors, vectors[:, 0]) for _ in range(2))
    assert pack(first).tensors == pack(second).tensors


def test_a_head_without_words_judges_by_the_vector_alone() -> None:
    head = small_head()
    vectors = units(3)
    without, _ = head.predict(vectors)
    empty, _ = head.predict(vectors, ["", "", ""])
    assert np.array_equal(without, empty)


def test_a_saved_head_says_the_same() -> None:
    head = small_head()
    kept = unpack(pack(head), "head")
    vectors = units(4)
    texts = ["joy", "a", "b", "joy joy"]
    for ours, other in zip(kept.predict(vectors, texts), head.predict(vectors, texts), strict=True):
        # Dense weights are kept in half precision.
        assert np.allclose(ours, other, atol=2e-3)
    assert kept.card.data == head.card.data


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"revision": "r2"}, {"pooling": "cls"}, {"dim": 9}]
)
def test_another_encoders_card_is_refused(change) -> None:
    with pytest.raises(UsageError, match="segue learn sentiment"):
        small_head().check(card(**change))


def test_how_vectors_are_computed_does_not_matter() -> None:
    small_head().check(card(runtime="fast", window=12, overlap=2))


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(UsageError, match="8 values"):
        small_head().predict(np.zeros((1, 9), dtype=np.float32))


def test_tensors_of_another_training_are_refused() -> None:
    packed = pack(small_head())
    with pytest.raises(StoreError, match="not those of its card"):
        unpack(PackedHead(packed.tensors + b" ", packed.card), "head")


def test_a_card_of_a_newer_segue_is_refused() -> None:
    packed = pack(small_head())
    newer = packed.card.replace(b'"schema_version": 1', b'"schema_version": 2')
    with pytest.raises(NewerSchemaError, match="newer Segue"):
        unpack(PackedHead(packed.tensors, newer), "head")


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"[1]", b'{"schema_version": "x"}'])
def test_anything_else_is_no_card(content: bytes) -> None:
    with pytest.raises(StoreError, match="not the card"):
        unpack(PackedHead(pack(small_head()).tensors, content), "head")


@pytest.mark.parametrize("n", [0, 10])
def test_too_few_texts_are_refused(n: int) -> None:
    with pytest.raises(NotEnoughDataError, match="at least 60"):
        trained([f"w{i}" for i in range(n)], units(n), units(n)[:, 0])
