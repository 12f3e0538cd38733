"""Scores by models: what each says of every track for one recipe, and why, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from segue.models.baselines import BaselineScorer
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.models.scorer import Query, Scorer
from segue.playlists.gather.starting_tracks import StartingTracks, starting_tracks
from segue.playlists.inventory import Inventory, own_playlists
from segue.playlists.library import Playlist
from segue.playlists.text import quoted
from segue.recipe.recipe import Recipe
from segue.sequencing.methods.greedy import NextFeatures
from segue.spotify_ids import track_id_in

MOST_TOLD_APART = 12
"""Of more seeds than this the words do not say which is meant: each costs a scoring."""

Explanation = Callable[[str], str]


class Lookup(Protocol):
    """Where fitted models are had from."""

    def __call__(self, learner: str) -> Scorer | str:
        """The scorer of a learner, or in words why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What one model says: a score by track id, higher is better, and its words for a track.

    `absent` says why there is no model; the blend then goes on without.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    text: Explanation | None = None
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Models:
    """What models know for one recipe: scores by name, and ŷ, what should sound next."""

    scores: Mapping[str, ModelScores] = field(default_factory=dict)
    next_features: NextFeatures | None = None
    notes: tuple[str, ...] = ()


NO_MODELS = Models()


def asks_models(recipe: Recipe) -> tuple[str, ...]:
    """The scores of a recipe that a learner stands behind."""
    return tuple(name for name, weight in recipe.score.items() if weight and name in LEARNER_OF)


def model_scores(recipe: Recipe, inventory: Inventory, lookup: Lookup) -> Models:
    """Score every track of the library by each model that a recipe weighs.

    Models start from the recipe's seeds, and an appending recipe's also from what is already in its
    playlist. Nothing is loaded for a recipe that asks no model.
    """
    wanted = asks_models(recipe)
    if not wanted:
        return NO_MODELS
    start = _with_list_so_far(starting_tracks(recipe.seeds, inventory), recipe, inventory)
    scores: dict[str, ModelScores] = {}
    notes = list(start.notes) if set(wanted) - {"taste"} else []
    for name in wanted:
        scorer = lookup(LEARNER_OF[name])
        if isinstance(scorer, str):
            scores[name] = ModelScores(absent=scorer)
            continue
        scores[name], said = _scores(name, scorer, start, recipe, inventory)
        notes += said
    return Models(scores, notes=tuple(dict.fromkeys(notes)))


def _with_list_so_far(
    start: StartingTracks, recipe: Recipe, inventory: Inventory
) -> StartingTracks:
    playlist = inventory.playlists.get(inventory.recipe_playlists.get(recipe.id, ""))
    if recipe.write.mode != "append" or playlist is None:
        return start
    stands = [i for uri in playlist.uris if (i := track_id_in(uri)) is not None]
    if not stands:
        return start
    before = start.playlist if recipe.seeds else ()
    words = f"{start.label} and what stands" if before else "what stands in the playlist"
    return StartingTracks(
        start.seeds, tuple(dict.fromkeys((*before, *stands))), words, start.missing
    )


def _scores(
    name: str, scorer: Scorer, start: StartingTracks, recipe: Recipe, inventory: Inventory
) -> tuple[ModelScores, list[str]]:
    vocabulary = scorer.vocabulary
    if isinstance(scorer, BaselineScorer) and scorer.asked == "nothing":
        return ModelScores(_by_id(scorer, Query()), lambda _: scorer.label), list(scorer.notes)
    if name == "taste":
        values = _by_id(scorer, Query())
        return ModelScores(values, lambda i: f"sounds like what you like ({values[i]:.2f})"), []
    new = [i for i in (*start.seeds, *start.playlist) if i not in vocabulary]
    known = len(start.seeds) + len(start.playlist) - len(new)
    titles = [inventory.tracks[i].title for i in new if i in inventory.tracks]
    if not known:
        which = quoted(titles, "and") if titles else "what it should start from"
        return ModelScores(absent=f"{which} came after the last learning; run `segue learn`"), []
    notes = []
    if start.seeds and any(seed in new for seed in start.seeds):
        which = quoted([inventory.tracks[i].title for i in start.seeds if i in new], "and")
        notes.append(f"`{name}` does not know the seed {which} yet: run `segue learn`")
    query = Query.of(vocabulary, start.seeds, start.playlist)
    if isinstance(scorer, BaselineScorer):
        return ModelScores(_by_id(scorer, query), lambda _: scorer.label), [*notes, *scorer.notes]
    nearest = _nearest_seed(scorer, start, inventory) if name != "continuation" else None
    beside = _beside(start, inventory) if name == "association" else {}
    return ModelScores(
        _by_id(scorer, query), _words(name, start, nearest, beside, recipe, inventory)
    ), notes


def _by_id(scorer: Scorer, query: Query) -> dict[str, float]:
    return dict(zip(scorer.vocabulary.ids, scorer.score(query).tolist(), strict=True))


def _words(
    name: str,
    start: StartingTracks,
    nearest: Mapping[str, str] | None,
    beside: Mapping[str, str],
    recipe: Recipe,
    inventory: Inventory,
) -> Explanation:
    spec = LEARNERS[LEARNER_OF[name]]
    seeds = [inventory.tracks[i].title for i in start.seeds if i in inventory.tracks]
    whole = quoted(seeds, "and") if seeds else start.label
    if seeds and start.playlist and recipe.seeds and start.label:
        whole = f"{whole} and {start.label}"

    def text(track_id: str) -> str:
        if track_id in start.seeds:
            return "is one of the seeds" if len(start.seeds) > 1 else "is the seed"
        if name == "association" and track_id in beside:
            return f"stands beside “{beside[track_id]}” in your playlists"
        if nearest is not None and track_id in nearest:
            return f"{spec.near} “{nearest[track_id]}”"
        return f"{spec.far} {whole}"

    return text


def _nearest_seed(
    scorer: Scorer, start: StartingTracks, inventory: Inventory
) -> Mapping[str, str] | None:
    """The title of the seed that each track scores highest for; None without a few seeds."""
    known = [seed for seed in start.seeds if seed in scorer.vocabulary]
    if not 0 < len(known) <= MOST_TOLD_APART:
        return None
    rows = [scorer.score(Query.of(scorer.vocabulary, seeds=[seed])) for seed in known]
    best = np.argmax(np.stack(rows), axis=0)
    titles = [inventory.tracks[seed].title for seed in known]
    return {i: titles[row] for i, row in zip(scorer.vocabulary.ids, best.tolist(), strict=True)}


def _beside(start: StartingTracks, inventory: Inventory) -> Mapping[str, str]:
    """For each track, the title it starts from that it shares most of the user's lists with."""
    asked = dict.fromkeys((*start.seeds, *start.playlist[-3:]))
    shared: dict[str, Counter[str]] = {}
    for playlist in own_playlists(inventory):
        if not isinstance(playlist, Playlist):
            continue
        ids = {i for uri in playlist.uris if (i := track_id_in(uri)) is not None}
        for seed in asked:
            if seed in ids and seed in inventory.tracks:
                for track_id in ids - {seed}:
                    shared.setdefault(track_id, Counter())[inventory.tracks[seed].title] += 1
    return {
        track_id: min(counts, key=lambda title: (-counts[title], title))
        for track_id, counts in shared.items()
    }
