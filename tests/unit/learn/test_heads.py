"""Sentiment heads on disk, and the one that is shipped."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from segue.errors import StoreError
from segue.lyrics.encoder import EncoderCard
from segue.lyrics.sentiment import EncoderIdentity
from segued.learn.sentiment import find_head, read_head, save_head, shipped_folder
from segued.providers.encoders.loading import PACKAGED, EncoderChoice, load_encoder, packaged_folder

GLAD = "I'm so happy today, what a wonderful and beautiful morning, I love you"
SAD = "I hate this, everything is broken and I am crying alone in misery"


def shipped_card() -> EncoderCard:
    (path,) = shipped_folder().glob("*.json")
    encoder = json.loads(path.read_text(encoding="utf-8"))["encoder"]
    return EncoderCard(window=256, overlap=32, **encoder)


def test_the_shipped_head_is_small_and_says_how_well_it_does(tmp_path) -> None:
    head = find_head(shipped_card(), tmp_path)
    assert head is not None
    assert set(head.card.held_out) >= {"tweets", "movieReviewSnippets", "goemotions_dev"}
    assert head.card.data["goemotions_dev"] == 0
    assert head.card.data["tweets"] > 3000
    assert sum(path.stat().st_size for path in shipped_folder().iterdir()) < 600_000


@pytest.mark.parametrize("change", [{"name": "x"}, {"revision": "x"}, {"pooling": "cls"}])
def test_there_is_no_head_for_another_encoder(tmp_path, change) -> None:
    assert find_head(replace(shipped_card(), **change), tmp_path) is None


def test_ones_own_head_goes_before_the_shipped_one(tmp_path) -> None:
    head = find_head(shipped_card(), tmp_path)
    assert head is not None
    own = type(head)(head.weights, head.card.model_copy(update={"seed": 99}))
    save_head(own, tmp_path / "own")
    found = find_head(shipped_card(), tmp_path / "own")
    assert found is not None
    assert found.card.seed == 99


def test_a_head_whose_tensors_are_gone_is_named(tmp_path) -> None:
    head = find_head(shipped_card(), tmp_path)
    assert head is not None
    save_head(head, tmp_path)
    key = EncoderIdentity.of(shipped_card()).key
    (tmp_path / f"{key}.safetensors").unlink()
    with pytest.raises(StoreError, match="segue learn sentiment"):
        read_head(tmp_path, key)


@pytest.mark.skipif(packaged_folder() is None, reason="the packaged encoder is not installed")
def test_the_packaged_encoder_has_a_head_that_tells_glad_from_sad(tmp_path) -> None:
    encoder = load_encoder(EncoderChoice(PACKAGED, revision=None), tmp_path)
    head = find_head(encoder.card, tmp_path)
    assert head is not None
    vectors = encoder.encode([GLAD, SAD])
    glad, sad = head.moods(vectors, [GLAD, SAD])
    assert (glad.polarity, sad.polarity) == ("positive", "negative")
    assert glad.valence > 0.3 > -0.3 > sad.valence
    # The vectors alone agree, if less surely.
    valence, _ = head.predict(vectors)
    assert np.sign(valence).tolist() == [1, -1]
