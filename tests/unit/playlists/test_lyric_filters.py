"""Filters on lyrics: what they ask, the unknown, what is needed for them, and their reasons."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from segue.playlists.filter.apply import apply_where
from segue.playlists.inventory import LyricFacts, VectorSpace
from segue.playlists.score.score import source_reasons
from segue.recipe.recipe import Recipe
from segue.recipe.sections import LikeSound, LikeText, LikeTrack, SequenceSettings, Where
from segue.recipe.sources import Liked
from segue.recipe.values import Range

RAIN = "rain on the window"


@pytest.fixture
def library(lab):
    """t1 sung in English and dark, t2 in French and bright, t3 instrumental, t4 unknown."""
    matrix = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)
    text = np.array([0.8, 0.6], dtype=np.float32)
    return lab.inventory(
        ["t1", "t2", "t3", "t4"],
        lyrics={
            "t1": LyricFacts(language="en", mood=-0.5),
            "t2": LyricFacts(language="fr", mood=0.5),
            "t3": LyricFacts(instrumental=True),
        },
        lyric_space=VectorSpace({"t1": 0, "t2": 1}, matrix, {RAIN: text}),
    )


@pytest.mark.parametrize(
    ("where", "kept", "dropped"),
    [
        (Where(mood=Range(0.0, 1.0)), "t2 t3 t4", "t2"),
        (Where(language=("EN",)), "t1 t4", "t1"),
        (Where(not_language=("en",)), "t2 t3 t4", "t2 t3"),
        (Where(instrumental=True), "t3 t4", "t3"),
        (Where(instrumental=False), "t1 t2 t4", "t1 t2"),
        (Where(like_text=LikeText(text=RAIN, at_least=0.9)), "t2 t4", "t2"),
        (Where(like_text=LikeText(text=RAIN, at_least=0.8)), "t1 t2 t4", "t1 t2"),
        (Where(like_text=LikeText(text="never encoded", at_least=0.1)), "t1 t2 t4", ""),
        (Where(like_track=LikeTrack.model_construct(track="t1", at_least=0.7)), "t1 t4", "t1"),
        (
            Where(like_track=LikeTrack.model_construct(track="t1", at_least=0.5)),
            "t1 t2 t4",
            "t1 t2",
        ),
        (Where(like_track=LikeTrack.model_construct(track="t4", at_least=0.5)), "t1 t2 t4", ""),
        (Where(none_of=(Where(language=("fr",)),)), "t1 t3 t4", "t1 t3"),
    ],
)
def test_each_filter_keeps_or_drops_the_unknown_as_configured(
    lab, library, where, kept, dropped
) -> None:
    for unknown, expected in (("keep", kept), ("drop", dropped)):
        filters = Where(any_of=(where,), unknown_features=unknown)
        pool, facts = lab.gathered(Liked(), library)
        left = list(apply_where(filters, list(pool.origins), facts, library).passed)
        assert left == expected.split(), unknown


def test_a_stage_says_what_it_asked_and_how_many_are_unknown(lab, library) -> None:
    where = Where(
        like_text=LikeText(text=RAIN, at_least=0.9), mood=Range(0, None), unknown_features="drop"
    )
    pool, facts = lab.gathered(Liked(), library)
    stages = apply_where(where, list(pool.origins), facts, library).stages
    assert [stage.text for stage in stages] == [
        "1 with mood ≥ 0 (2 unknown, dropped)",
        "1 with lyrics close to “rain on the window” (at least 0.9)",
    ]


def test_reasons_tell_how_close_and_how_bright_the_lyrics_are(lab, library) -> None:
    where = Where(
        like_text=LikeText(text=RAIN, at_least=0.1),
        like_track=LikeTrack.model_construct(track="t1", at_least=0.1),
        mood=Range(0.0, None),
        not_language=("de",),
        unknown_features="drop",
    )
    recipe = Recipe(id="r", name="R", source=Liked(), where=where)
    (item,) = lab.build(recipe, library).items
    said = {(reason.kind, reason.text) for reason in item.reasons}
    assert {
        ("lyrics", "lyrics close to “rain on the window” (0.96)"),
        ("lyrics", "lyrics close to “Song t1” (0.60)"),
        ("mood", "mood +0.50"),
        ("language", "sung in “fr”"),
    } <= said


def test_a_filter_on_lyrics_needs_those_that_are_unknown(lab, library) -> None:
    unordered = SequenceSettings(method="none")
    wanted = Where(
        none_of=(Where(like_text=LikeText(text="snow")),),
        like_track=LikeTrack.model_construct(track="t4"),
    )
    found = lab.needs(
        Recipe(id="r", name="R", source=Liked(), where=wanted, sequence=unordered), library
    )
    assert (found.lyrics, found.texts) == (("t4",), ("snow",))
    plain = lab.needs(Recipe(id="r", name="R", source=Liked(), sequence=unordered), library)
    assert plain.nothing
    assert (plain.lyrics, plain.texts) == ((), ())


def test_words_without_a_vector_are_needed_only_to_compare(lab, library) -> None:
    heard = {**library.lyrics, "t4": LyricFacts(language="en")}
    inventory = lab.inventory(
        ["t3", "t4"], lyrics=heard, lyric_space=VectorSpace(texts=library.lyric_space.texts)
    )
    language = Recipe(id="r", name="R", source=Liked(), where=Where(language=("en",)))
    close = Recipe(id="r", name="R", source=Liked(), where=Where(like_text=LikeText(text=RAIN)))
    assert lab.needs(language, inventory).lyrics == ()
    assert lab.needs(close, inventory).lyrics == ("t4",)


def test_songs_of_like_lyrics_stand_together(lab) -> None:
    ids = ["t1", "t2", "t3", "t4", "t5", "t6"]
    matrix = np.array([[1, 0], [0, 1]] * 3, dtype=np.float32)
    space = VectorSpace({track_id: row for row, track_id in enumerate(ids)}, matrix)
    draft = lab.build(
        Recipe(id="r", name="R", source=Liked()), lab.inventory(ids, lyric_space=space)
    )
    sides = [int(matrix[space.rows[track_id], 0]) for track_id in draft.track_ids]
    assert sum(a != b for a, b in pairwise(sides)) == 1


def test_a_filter_on_sound_keeps_what_sounds_like_a_track_and_says_how_close(lab) -> None:
    matrix = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], dtype=np.float32)
    space = VectorSpace({"t1": 0, "t2": 1, "t3": 2}, matrix)
    inventory = lab.inventory(["t1", "t2", "t3", "t4"], sound_space=space)
    where = Where(like_sound=LikeSound.model_construct(track="t1", at_least=0.7))
    pool, facts = lab.gathered(Liked(), inventory)
    for unknown, expected in (("keep", "t1 t2 t4"), ("drop", "t1 t2")):
        filters = Where(any_of=(where,), unknown_features=unknown)
        left = list(apply_where(filters, list(pool.origins), facts, inventory).passed)
        assert left == expected.split(), unknown
    said = [reason.text for reason in source_reasons("t2", facts, where)]
    assert f"sounds like “{inventory.tracks['t1'].title}” (0.80)" in said
