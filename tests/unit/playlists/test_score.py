"""Scores and their reasons."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics import ranks
from segue.playlists.inventory import LyricFacts, VectorSpace
from segue.playlists.library import Heard
from segue.playlists.score.models import Models, ModelScores
from segue.playlists.score.score import score, steps_of
from segue.playlists.text import LINE, width
from segue.recipe.sources import Liked


def scored(lab, inventory, weights, *, models=None, made=(), freshness=0.25, unreached=()):
    pool, facts = lab.gathered(Liked(), inventory)
    return score(
        list(pool.origins),
        weights,
        facts,
        Models({n: ModelScores(v) for n, v in (models or {}).items()}),
        steps_of(made, unreached),
        freshness,
    )


def by_id(found) -> dict[str, float]:
    return dict(zip(found.track_ids, found.scores.tolist(), strict=True))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 30, 20], [0, 1, 0.5]),
        ([5, 5, 9], [0.25, 0.25, 1]),
        ([1, math.nan, 2], [0, 0.5, 1]),
        ([7], [0.5]),
        ([3, 3], [0.5, 0.5]),
        ([], []),
        ([1, math.inf], [0, 1]),
    ],
)
def test_ranks_run_from_zero_to_one(values, expected) -> None:
    assert ranks(np.array(values, dtype=float)).tolist() == expected


def test_recency_prefers_what_was_added_last(lab) -> None:
    found = by_id(scored(lab, lab.inventory(["t1", "t5", "t9"]), {"recency": 1}))
    assert found == {"t1": 1.0, "t5": 0.5, "t9": 0.0}


def test_novelty_prefers_what_rested_longest_and_most_what_never_played(lab) -> None:
    inventory = lab.inventory(["t1", "t2", "t3"], plays=[("t1", 64), ("t2", 2)])
    assert by_id(scored(lab, inventory, {"novelty": 1})) == {"t1": 0.5, "t2": 0.0, "t3": 1.0}


def test_plays_prefer_what_was_played_most(lab) -> None:
    inventory = lab.inventory(["t1", "t2", "t3"], plays=[("t1", 4), ("t2", 2), ("t2", 3)])
    assert by_id(scored(lab, inventory, {"plays": 2})) == {"t1": 0.5, "t2": 1.0, "t3": 0.0}


def test_due_prefers_what_was_played_often_and_lately_and_least_what_never_was(lab) -> None:
    plays = [("t1", 400), ("t2", 2), ("t3", 90), ("t3", 100), ("t3", 110)]
    found = scored(lab, lab.inventory(["t1", "t2", "t3", "t4"], plays=plays), {"due": 1})
    assert sorted(by_id(found), key=by_id(found).get) == ["t4", "t1", "t3", "t2"]
    reasons = found.reasons(["t3", "t4"])
    assert reasons["t3"][0].text == "comes to mind: 3 plays since Aug 2026, last 90 days ago"
    assert reasons["t4"][0].text == "no play known that could come back"


def test_due_orders_alike_all_day(lab) -> None:
    plays = [("t1", 0.45), ("t2", 3), ("t2", 4), ("t2", 5.2)]
    pool, facts = lab.gathered(Liked(), lab.inventory(["t1", "t2"], plays=plays))
    later = replace(facts, now=facts.now.replace(hour=23, minute=59))
    first, second = (
        score(list(pool.origins), {"due": 1}, each, Models(), (), 0.0).scores.tolist()
        for each in (facts, later)
    )
    assert first == second


def test_a_negative_weight_turns_a_scorer_round(lab) -> None:
    found = by_id(scored(lab, lab.inventory(["t1", "t9"]), {"recency": -1}))
    assert found == {"t1": -1.0, "t9": 0.0}


def test_a_negative_weight_has_its_share_too(lab) -> None:
    inventory = lab.inventory(["t1", "t9"], plays=[("t9", 1)])
    assert by_id(scored(lab, inventory, {"recency": 1, "plays": -3})) == {"t1": 0.25, "t9": -0.75}


def test_weights_blend_by_their_share(lab) -> None:
    inventory = lab.inventory(["t1", "t9"], plays=[("t9", 1)])
    assert by_id(scored(lab, inventory, {"recency": 1, "plays": 3})) == {"t1": 0.25, "t9": 0.75}


def test_a_learner_scores_by_its_name_and_does_not_know_every_track(lab) -> None:
    models = {"taste": {"t1": 0.2, "t2": 0.9}}
    found = scored(lab, lab.inventory(["t1", "t2", "t3"]), {"taste": 1}, models=models)
    assert by_id(found) == {"t1": 0.0, "t2": 1.0, "t3": 0.5}
    reasons = found.reasons(["t2", "t3"])
    assert reasons["t2"][0].text == "suits your taste more than any other does"
    assert reasons["t3"][0].text == "nothing learned of it yet (taste)"


@pytest.mark.parametrize("name", ["taste", "similar", "association", "continuation"])
def test_a_rank_without_evidence_is_said_in_words_that_are_true_and_fit_a_line(lab, name) -> None:
    ids = [f"t{n}" for n in range(1, 13)]
    values = {track_id: float(n // 2) for n, track_id in enumerate(ids)}
    found = scored(lab, lab.inventory(ids), {name: 1}, models={name: values})
    for track_id, (reason,) in found.reasons(ids).items():
        lead, _, rest = reason.text.partition(" more than ")
        assert name not in lead.split() or name == "taste"
        assert width(reason.text) <= LINE
        said = 100 if rest == "any other does" else int(rest.split(" %")[0])
        others = [value for other, value in values.items() if other != track_id]
        below = sum(value < values[track_id] for value in others)
        alike = sum(value == values[track_id] for value in others)
        assert said <= 100 * (below + alike / 2) / len(others)


def test_the_mood_of_lyrics_is_said_with_its_scale(lab) -> None:
    lyrics = {"t1": LyricFacts(mood=0.62), "t2": LyricFacts(mood=-0.5), "t3": LyricFacts(mood=0.1)}
    found = scored(lab, lab.inventory(list(lyrics), lyrics=lyrics), {"mood": 1})
    assert [found.reasons([i])[i][0].text for i in lyrics] == [
        "its lyrics are bright (mood +0.62 of −1 to +1)",
        "its lyrics are dark (mood -0.50 of −1 to +1)",
        "its lyrics are neither bright nor dark (mood +0.10 of −1 to +1)",
    ]


def test_words_and_tracks_are_what_a_track_may_sound_like_and_the_reason_says_how_close(
    lab,
) -> None:
    link, ids = "spotify:track:4uLU6hMCjMI75M1A2tKUQC", ["t1", "t2", "t3", "t4"]
    matrix = np.array([[1, 0], [0.6, 0.8], [0, 1], [0.8, 0.6]], dtype=np.float32)
    rows = {"t1": 0, "t2": 1, "t3": 2, "4uLU6hMCjMI75M1A2tKUQC": 3}
    piano = {"rainy piano": np.array([1, 0], dtype=np.float32)}
    inventory = lab.inventory(ids, sound_space=VectorSpace(rows, matrix, piano))
    by_words = scored(lab, inventory, {"like_sound": {"rainy piano": 1.0}})
    assert by_id(by_words) == {"t1": 1.0, "t2": 0.5, "t3": 0.0, "t4": 0.5}, "t4 is not known"
    assert by_words.reasons(["t2"])["t2"][0].text == "sounds like “rainy piano” (0.60)"
    by_both = scored(lab, inventory, {"like_sound": {link: 1.0, "rainy piano": -1.0}})
    assert max(by_id(by_both), key=by_id(by_both).__getitem__) == "t3"


def test_words_that_were_not_encoded_are_named_and_choose_nothing(lab) -> None:
    inventory = lab.inventory(["t1", "t2"])
    weights = {"recency": 1, "like_sound": {"rainy piano": 1.0}}
    found = scored(lab, inventory, weights)
    assert "rainy piano" in found.notes[0]
    assert "[sound]" in found.notes[0]
    assert by_id(found) == by_id(scored(lab, inventory, {"recency": 1}))


def test_a_learner_that_knows_nothing_drops_out_by_name(lab) -> None:
    found = scored(lab, lab.inventory(["t1", "t9"]), {"recency": 1, "taste": 9})
    assert by_id(found) == {"t1": 1.0, "t9": 0.0}
    assert "`taste`" in found.notes[0]


def test_tracks_of_earlier_versions_step_back_less_the_longer_ago(lab) -> None:
    made = (["t1"], ["t1", "t2"], ["t3"])
    inventory = lab.inventory(["t1", "t2", "t3", "t4"])
    found = by_id(scored(lab, inventory, {}, made=made, freshness=0.4))
    assert found == {"t1": -0.4, "t2": -0.2, "t3": -0.1, "t4": 0.0}


def test_what_nobody_got_to_steps_back_by_half_and_the_reason_says_so(lab) -> None:
    inventory = lab.inventory(["t1", "t2", "t3"])
    made = (["t1", "t2"], ["t3"])
    found = scored(lab, inventory, {}, made=made, freshness=0.4, unreached=["t2", "t3"])
    assert by_id(found) == {"t1": -0.4, "t2": -0.2, "t3": -0.1}
    said = {i: found.reasons([i])[i][0].text for i in ("t1", "t2", "t3")}
    assert said == {
        "t1": "was in the last version",
        "t2": "was in the last version, further down than you heard",
        "t3": "was in it 2 versions ago, further down than you heard",
    }


def test_the_words_say_when_a_track_was_liked_and_how_long_it_rested(lab) -> None:
    inventory = lab.inventory(["t3", "t1"], plays=[("t3", 64)])
    found = scored(lab, inventory, {"recency": 1, "novelty": 1, "plays": 1}).reasons(["t3", "t1"])
    assert {reason.text for reason in found["t3"]} == {
        "liked 3 days ago",
        "last played 64 days ago, the only play known",
        "played 1 time, last 64 days ago",
    }
    assert "no play known, liked 1 day ago" in {reason.text for reason in found["t1"]}


def test_earlier_plays_are_counted_beside_the_last(lab) -> None:
    inventory = lab.inventory(["t1"], plays=[("t1", 400), ("t1", 430), ("t1", 900)])
    (reason,) = scored(lab, inventory, {"novelty": 1}).reasons(["t1"])["t1"]
    assert reason.text == "last played 13 months ago, 2 plays before that"


@given(
    weights=st.dictionaries(
        st.sampled_from(["recency", "novelty", "plays", "taste"]), st.floats(-3, 3), max_size=4
    ),
    made=st.lists(st.lists(st.sampled_from(["t1", "t2", "t3"]), max_size=3), max_size=3),
    freshness=st.floats(0, 1),
)
def test_the_weights_of_the_reasons_sum_to_the_score(lab, weights, made, freshness) -> None:
    inventory = lab.inventory(["t1", "t2", "t3"], plays=[("t1", 4)])
    models = {"taste": {"t2": 1.0, "t3": 2.0}}
    found = scored(lab, inventory, weights, models=models, made=made, freshness=freshness)
    reasons = found.reasons(found.track_ids)
    for track_id, total in zip(found.track_ids, found.scores, strict=True):
        assert sum(r.weight for r in reasons[track_id]) == pytest.approx(total, abs=1e-12)


def test_skips_prefer_what_was_skipped_most_and_one_skip_is_but_a_hint(lab) -> None:
    at = lab.ago(3).timestamp()
    heard = {"t1": Heard.at([at] * 2), "t3": Heard.at([at] * 9)}
    inventory = lab.inventory(
        ["t1", "t2", "t3", "t4"], heard=heard, skips={"t1": 8, "t2": 1, "t3": 1}
    )
    found = by_id(scored(lab, inventory, {"skips": -1}))
    # t2 was skipped the only time it played, t1 eight times of ten; t4 never played.
    assert found == {"t1": -1.0, "t2": -0.5, "t3": 0.0, "t4": -0.5}
