"""Scores by models: what they start from, what they say, and who is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from segue.models.baselines import BaselineScorer
from segue.models.data import Vocabulary
from segue.models.learners import LEARNER_OF
from segue.models.scorer import Query, from_query
from segue.playlists.score.models import model_scores
from segue.playlists.score.score import score
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sources import Liked


@dataclass(frozen=True)
class Near:
    """A scorer that likes rows near those it is asked about; without any, the later rows."""

    name: str
    vocabulary: Vocabulary
    asked: list[Query]
    notes: tuple[str, ...] = ()

    def score(self, query: Query):
        self.asked.append(query)
        rows = np.concatenate([query.seeds, query.playlist])
        every = np.arange(len(self.vocabulary), dtype=np.float32)
        if not rows.size:
            return every / max(len(every), 1)
        return np.mean([1 / (1 + abs(every - row)) for row in rows], axis=0).astype(np.float32)

    def evidence(self, query: Query, tracks):
        return from_query(self.score, query, tracks)


class Lookup:
    def __init__(self, *ids: str, absent: dict[str, str] | None = None) -> None:
        self.vocabulary = Vocabulary(ids)
        self.absent = absent or {}
        self.asked: list[Query] = []
        self.names: list[str] = []

    def __call__(self, learner: str):
        self.names.append(learner)
        return self.absent.get(learner) or Near(learner, self.vocabulary, self.asked)


IDS = [f"t{n}" for n in range(9)]
EVERY = dict.fromkeys(LEARNER_OF, 1.0)


def recipe(**changes) -> Recipe:
    return Recipe(id="r", name="R", source=Liked(), **changes)


def test_a_recipe_that_asks_no_model_loads_none(lab) -> None:
    lookup = Lookup(*IDS)
    wanted = recipe(score={"recency": 1.0, "taste": 0.0})
    assert model_scores(wanted, lab.inventory(IDS), lookup).scores == {}
    assert lookup.names == []


def test_models_start_from_the_seeds(lab) -> None:
    lookup = Lookup(*IDS)
    wanted = recipe(score={"similar": 1.0}, seeds=("Song t4 - Artist t4",))
    found = model_scores(wanted, lab.inventory(IDS), lookup)
    assert max(found.scores["similar"].values, key=found.scores["similar"].values.get) == "t4"
    assert all(query.seeds.tolist() == [4] for query in lookup.asked)


def said(scores, track_id: str) -> str:
    """The phrase of a score for one track."""
    assert scores.explain is not None
    return scores.explain([track_id])[track_id].text


def test_the_words_name_the_seeds_that_pulled_a_track_in(lab) -> None:
    wanted = recipe(score=EVERY, seeds=("Song t0 - Artist t0", "Song t8 - Artist t8"))
    inventory = lab.inventory(IDS, [lab.playlist("p", ["t0", "t2", "t8"])])
    scores = model_scores(wanted, inventory, Lookup(*IDS)).scores
    assert {name: said(each, "t1") for name, each in scores.items()} == {
        "taste": "11 % likely to please",
        "similar": "close to the seed “Song t0”",
        "association": "goes with the seed “Song t0”",
        "continuation": "goes on from “Song t0”",
    }
    assert said(scores["association"], "t2") == "stands beside “Song t0” in “p”"
    assert said(scores["association"], "t8") == "is one of the seeds"
    assert scores["similar"].explain(["t4"]) == {}, "neither pulled in what is far from both"


def test_a_playlist_is_gone_on_from_in_order(lab) -> None:
    lookup = Lookup(*IDS)
    inventory = lab.inventory(IDS, [lab.playlist("p", ["t5", "t3"], "Road")])
    wanted = recipe(score={"continuation": 1.0}, seeds=("playlist:Road",))
    found = model_scores(wanted, inventory, lookup).scores["continuation"]
    assert lookup.asked[0].playlist.tolist() == [5, 3]
    assert said(found, "t1") == "goes on from “Song t3”"
    assert found.explain(["t4"])["t4"].detail == "“Song t3” (50 %), “Song t5” (50 %)"


def test_an_appending_recipe_goes_on_from_what_stands(lab) -> None:
    lookup = Lookup(*IDS)
    inventory = lab.inventory(IDS, [lab.playlist("p", ["t2", "t7"])], recipe_playlists={"r": "p"})
    wanted = recipe(score={"continuation": 1.0}, write=WritePolicy(mode="append"))
    model_scores(wanted, inventory, lookup)
    assert lookup.asked[0].playlist.tolist() == [2, 7]


def test_what_the_recipe_itself_made_is_not_started_from(lab) -> None:
    lookup = Lookup(*IDS)
    before = lab.inventory(IDS)
    after = replace(lab.inventory(IDS, [lab.playlist("p", ["t8"])]), recipe_playlists={"r": "p"})
    wanted = recipe(score=EVERY)
    first, second = (model_scores(wanted, each, lookup).scores for each in (before, after))
    assert {n: s.values for n, s in first.items()} == {n: s.values for n, s in second.items()}


def test_who_is_absent_is_named_with_the_reason_and_the_others_blend(lab) -> None:
    inventory = lab.inventory(IDS)
    lookup = Lookup(*IDS, absent={"taste": "no better than chance", "embedding": "too little"})
    known = model_scores(recipe(score=EVERY), inventory, lookup)
    _, facts = lab.gathered(Liked(), inventory)
    found = score(IDS, EVERY, facts, known, (), 0.0)
    assert found.notes == (
        "`taste` was left out of the score: no better than chance",
        "`similar` was left out of the score: too little",
    )
    assert {part.kind for part in found.parts} == {"association", "continuation"}


def test_a_seed_newer_than_the_learning_is_said(lab) -> None:
    inventory = lab.inventory([*IDS, "t9"])
    seeds = ("Song t9 - Artist t9",)
    only = model_scores(recipe(score={"similar": 1}, seeds=seeds), inventory, Lookup(*IDS))
    assert "run `segue learn`" in only.scores["similar"].absent
    both = (*seeds, "Song t1 - Artist t1")
    some = model_scores(recipe(score={"similar": 1}, seeds=both), inventory, Lookup(*IDS))
    assert not some.scores["similar"].absent
    assert "“Song t9”" in some.notes[0]


@pytest.mark.parametrize("weight", [1.0, -2.0])
def test_the_reasons_of_a_blend_sum_to_the_score(lab, weight) -> None:
    inventory = lab.inventory(IDS)
    weights = {**EVERY, "recency": 0.5, "taste": weight, "mood": 1.0}
    known = model_scores(recipe(score=weights), inventory, Lookup(*IDS[:6]))
    _, facts = lab.gathered(Liked(), inventory)
    found = score(IDS, weights, facts, known, ({"t1": 1.0},), 0.25)
    reasons = found.reasons(IDS)
    for track_id, total in zip(found.track_ids, found.scores, strict=True):
        assert sum(r.weight for r in reasons[track_id]) == pytest.approx(total, abs=1e-12)
    assert "`mood` was left out" in found.notes[0]


def stand_in(asked: str) -> BaselineScorer:
    """By the artists of every other track, and rising with the row."""
    artist = np.array([row % 3 for row in range(len(IDS))], dtype=np.int32)
    return BaselineScorer(
        Vocabulary(IDS),
        name="continuation",
        label="artist match plus popularity",
        artist=artist,
        prior=np.arange(len(IDS), dtype=np.float32) / 100,
        asked=asked,
        notes=("artist match plus popularity stands in for continuation: too few lists",),
    )


@pytest.mark.parametrize("asked", ["list", "seeds", "nothing"])
def test_a_baseline_scores_in_the_place_of_its_learner_and_is_named(lab, asked) -> None:
    wanted = recipe(score={"continuation": 1.0}, seeds=("Song t1 - Artist t1",))
    found = model_scores(wanted, lab.inventory(IDS), lambda _: stand_in(asked))
    scores = found.scores["continuation"]
    best = sorted(scores.values, key=scores.values.get, reverse=True)[:3]
    assert best == (["t8", "t7", "t6"] if asked == "nothing" else ["t7", "t4", "t1"])
    words = scores.explain(["t7"])["t7"]
    assert words.detail == "by artist match plus popularity"
    alike = "in 0 playlists of yours" if asked == "nothing" else "by Artist t7, like “Song t1”"
    assert words.text == alike
    assert found.notes == (
        "artist match plus popularity stands in for continuation: too few lists",
    )
