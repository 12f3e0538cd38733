"""Moods of lyrics: known where the encoder has a head, unknown and said so where it has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from segue.lyrics.sentiment_data import RatedTexts
from segue.progress import Fitting
from segued.enrich.lyrics import NO_MOOD
from segued.inventory.reading import choice_of
from segued.learn.sentiment import FOLDER, encoded, judge_again, learn_sentiment, load, save_head
from segued.providers.encoders.loading import PACKAGED, packaged_folder

if TYPE_CHECKING:
    from conftest import House

packaged = pytest.mark.skipif(packaged_folder() is None, reason="no packaged encoder here")


def moods(house: House):
    found = (record for record in house.state.lyrics.records().values() if record.status == "found")
    return [(record.valence, record.polarity, record.head) for record in found]


@packaged
def test_lyrics_of_the_packaged_encoder_have_a_mood(house: House) -> None:
    house.lyrics = {"encoder": PACKAGED, "revision": "main"}
    outcome = house.enrich(house.tracks(8), "lyrics")
    assert outcome.lyrics is not None
    assert outcome.lyrics.mood_note is None
    records = house.state.lyrics.records().values()
    english = [record for record in records if record.status == "found" and record.language == "en"]
    assert english
    assert all(record.valence is not None and -1 <= record.valence <= 1 for record in english)
    assert len({record.valence for record in english}) > 1
    others = [record for record in records if record.language not in ("en", None)]
    assert all(record.valence is None and record.head is None for record in others)


@packaged
def test_moods_of_an_earlier_head_are_judged_again_when_more_lyrics_are_encoded(
    house: House,
) -> None:
    house.lyrics = {"encoder": PACKAGED, "revision": "main"}
    house.enrich(house.tracks(8), "lyrics")
    records = house.state.lyrics.records()
    before = {i: record.valence for i, record in records.items() if record.head}
    house.state.lyrics.put(
        {i: replace(records[i], valence=0.123, head="an-earlier-head") for i in before}
    )
    house.enrich(house.tracks(16), "lyrics")
    after = house.state.lyrics.records()
    assert before
    assert {i: after[i].valence for i in before} == pytest.approx(before, abs=0.25)
    assert "an-earlier-head" not in {record.head for record in after.values()}


def test_without_a_head_mood_is_unknown_and_said_to_be(
    house: House, tiny_bert_folder: Path
) -> None:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    outcome = house.enrich(house.tracks(8), "lyrics")
    assert outcome.lyrics is not None
    assert outcome.lyrics.mood_note == NO_MOOD
    assert set(moods(house)) == {(None, None, None)}


def test_a_head_learned_later_judges_the_vectors_that_are_there(
    house: House, tiny_bert_folder: Path
) -> None:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    house.enrich(house.tracks(8), "lyrics")
    encoder = load(choice_of(house.settings), house.folder)
    texts = [f"{'love' if i % 2 else 'rain'} the moon {i}" for i in range(200)]
    valence = np.array([0.8 if i % 2 else -0.8 for i in range(200)], dtype=np.float32)
    sets = [RatedTexts("made", tuple(texts), valence, np.sign(valence).astype(np.int64))]
    head = learn_sentiment(
        sets,
        encoded(sets, encoder, lambda *_: None),
        encoder.card,
        languages=("en",),
        now=house.now,
        how=Fitting(),
    )
    kept = save_head(head, house.folder / FOLDER)
    done = judge_again(house.state, kept, encoder.card.key)
    house.reopen()
    known = [mood for mood in moods(house) if mood[0] is not None]
    assert done.judged == len(known) > 0
    assert {head for _, _, head in known} == {kept.card.key}
    # And those that come later are judged as they are encoded.
    outcome = house.enrich(house.tracks(8, start=8), "lyrics")
    assert outcome.lyrics is not None
    assert outcome.lyrics.mood_note is None
