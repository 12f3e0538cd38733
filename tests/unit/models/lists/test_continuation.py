"""With planted signal the learners beat their baselines on held-out parts; with none, none does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segue.models.baselines import INPUTS, BaselineScorer
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.embedding.autoencoder import AutoencoderSettings
from segue.models.embedding.learner import EmbeddingLearner
from segue.models.learners import LEARNERS as SPECS
from segue.models.lists.association import AssociationLearner
from segue.models.lists.continuation import ContinuationLearner
from segue.models.lists.ranker import RankerSettings
from segue.models.scorer import Query
from segue.music.features import ABSTRACT

QUICK = RankerSettings(hidden=8, epochs=6)
LEARNERS = [
    ContinuationLearner(ranker=QUICK),
    AssociationLearner(ranker=QUICK),
    EmbeddingLearner(autoencoder=AutoencoderSettings(hidden=16, epochs=4)),
]
STYLES = 5


def parted(n_lists=40, length=18, seed=0):
    """Lists that share no song, two of each style: only what the songs are tells what belongs."""
    rng = np.random.default_rng(seed)
    n, styles = n_lists * length, n_lists // 2
    style = rng.permutation(np.arange(n) % styles)
    centres = rng.uniform(0.2, 0.8, (styles, 8))
    abstract = np.clip(centres[style] + rng.normal(0, 0.05, (n, 8)), 0, 1).astype(np.float32)
    halves = [np.array_split(rng.permutation(np.flatnonzero(style == s)), 2) for s in range(styles)]
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(n, abstract=abstract, artists=[f"artist {row}" for row in range(n)]),
        playlists=tuple(half.astype(np.int32) for two in halves for half in two),
    )


def library(planted, n=300, n_lists=40, seed=0, known="everything"):
    """Lists of one style each, a style being a place among the features; or of no style."""
    rng = np.random.default_rng(seed)
    style = rng.integers(0, STYLES, n)
    centres = rng.uniform(0.2, 0.8, (STYLES, 8))
    abstract = np.clip(centres[style] + rng.normal(0, 0.05, (n, 8)), 0, 1).astype(np.float32)
    lists = tuple(
        rng.permutation(np.flatnonzero(style == place % STYLES) if planted else n)[:18].astype(
            np.int32
        )
        for place in range(n_lists)
    )
    columns = {
        "everything": {"abstract": abstract, "artists": [f"artist {row}" for row in range(n)]},
        "artists": {"artists": [f"artist {style[row]}-{row % 4}" for row in range(n)]},
        "ids": {},
    }[known]
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(n, **columns),
        playlists=lists,
    ), style


def planted_for(learner):
    """A style that no simple rule can find as well: its seven features are all the same."""
    data = library(planted=True)[0] if learner.name == "embedding" else parted()
    abstract = data.tracks.abstract.copy()
    abstract[:, [name in INPUTS for name in ABSTRACT]] = 0.5
    return replace(data, tracks=replace(data.tracks, abstract=abstract))


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda each: each.name)
def test_a_planted_style_beats_the_baseline(learner):
    assert learner.assess(planted_for(learner), seed=0).beats_baseline


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda each: each.name)
def test_lists_drawn_by_chance_do_not(learner):
    assert not learner.assess(library(planted=False)[0], seed=0).beats_baseline


@pytest.mark.parametrize("known", ["artists", "ids"])
def test_continuation_works_with_less_known(known):
    data, style = library(planted=True, known=known)
    fitted = LEARNERS[0].fit(data, seed=0)
    query = data.playlists[0][:6]
    scores = fitted.score(Query(playlist=query))
    scores[query] = -np.inf
    assert (style[np.argsort(-scores)[:10]] == style[query[0]]).mean() >= 0.8


def test_different_playlists_get_different_answers():
    data, _ = library(planted=True)
    fitted = LEARNERS[0].fit(data, seed=0)
    firsts = {int(fitted.score(Query(playlist=rows[:6])).argmax()) for rows in data.playlists[:5]}
    assert len(firsts) == 5


def test_a_track_in_no_list_is_found_by_its_features():
    data, style = library(planted=True)
    cold = np.arange(280, 300)
    lists = tuple(rows[~np.isin(rows, cold)] for rows in data.playlists)
    bare = TrainingData(vocabulary=data.vocabulary, tracks=data.tracks, playlists=lists)
    fitted = LEARNERS[0].fit(bare, seed=0)
    right = []
    for rows in lists[:10]:
        scores = fitted.score(Query(playlist=rows[:8]))[cold]
        best = cold[np.argsort(-scores)[:2]]
        right.append((style[best] == style[rows[0]]).mean())
    # by popularity, which is 0 for all of them, or by chance: one in five
    assert np.mean(right) > 0.6


def test_an_empty_query_gets_the_popularity_of_lists():
    data, _ = library(planted=True)
    scores = LEARNERS[0].fit(data, seed=0).score(Query())
    counts = np.bincount(np.concatenate(data.playlists), minlength=300)
    assert scores.argmax() == counts.argmax()
    assert scores.max() == pytest.approx(1.0)


def test_scored_in_blocks_a_track_has_the_score_it_has_among_all():
    data, _ = library(planted=True)
    fitted = ContinuationLearner(ranker=QUICK).fit(data, seed=0)
    query = data.playlists[0][:6]
    (whole,) = fitted.model.scores(("library",), query)
    (blocks,) = fitted.model.scores(("library",), query, block=70)
    np.testing.assert_allclose(blocks, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("learner", LEARNERS[:2], ids=lambda each: each.name)
def test_practice_on_some_of_the_lists_still_finds_a_planted_style(learner):
    few = replace(learner, practice_lists=15)
    assert few.assess(planted_for(few), seed=0).beats_baseline
    assert not few.assess(library(planted=False)[0], seed=0).beats_baseline


def strangers(n_lists=30, seed=2):
    """Each list draws from artists of one style, of whom it holds no track twice: other lists
    tell which artists go together, the list's own artists do not."""
    rng = np.random.default_rng(seed)
    artist = np.arange(600) % 200
    style = artist % STYLES
    lists = []
    for place in range(n_lists):
        chosen = rng.permutation(np.unique(artist[style == place % STYLES]))[:18]
        lists.append((chosen + 200 * rng.integers(0, 3, chosen.size)).astype(np.int32))
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(600)),
        tracks=track_table(600, artists=[f"artist {number}" for number in artist]),
        playlists=tuple(lists),
    )


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda each: each.name)
def test_what_sounds_alike_stands_in_where_that_finds_most_and_is_saved_as_it_is(learner):
    data = parted()
    simple = learner.stand_in(data, "it does no better")
    assert simple.label.endswith("nearest in seven features")
    restored = BaselineScorer.restored(simple.vocabulary, simple.tensors(), simple.config())
    query = Query(seeds=data.playlists[0][:1])
    np.testing.assert_array_equal(restored.score(query), simple.score(query))
    unknown = data.tracks.abstract.copy()
    unknown[5] = np.nan
    blank = replace(data, tracks=replace(data.tracks, abstract=unknown))
    assert np.isfinite(learner.stand_in(blank, "").score(query)).all()


@pytest.mark.parametrize("learner", LEARNERS[:2], ids=lambda each: each.name)
def test_of_a_handful_of_lists_the_plainest_rule_stands_in(learner):
    data = parted()
    plain = learner.stand_in(replace(data, playlists=data.playlists[:4]), "")
    assert plain.label == SPECS[learner.name].baseline


def test_the_simple_rule_that_finds_more_of_the_ends_stands_in():
    learner = ContinuationLearner()
    assert learner.stand_in(strangers(), "").label == "artists that share lists, times popularity"
    by_artists = library(planted=True, known="artists")[0]
    alone = replace(by_artists, playlists=by_artists.playlists[:1])
    assert learner.stand_in(alone, "").label == "artist match plus popularity"


def test_a_stand_in_by_artists_that_share_lists_scores_the_same_once_it_is_restored():
    scorer = ContinuationLearner().stand_in(strangers(), "it does no better")
    again = BaselineScorer.restored(scorer.vocabulary, scorer.tensors(), scorer.config())
    query = Query(playlist=strangers().playlists[3][:6])
    np.testing.assert_allclose(again.score(query), scorer.score(query), rtol=1e-5)
    assert np.unique(scorer.score(query)).size > 2
