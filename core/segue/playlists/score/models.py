"""Scores by models: what each says of every track for one recipe, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from segue.models.baselines import BaselineScorer
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.models.scorer import Query, Scorer
from segue.names import track_id_in
from segue.playlists.gather.collected import StartingTracks, starting_tracks
from segue.playlists.inventory import Inventory, own_playlists
from segue.playlists.library import Playlist
from segue.playlists.score.evidence import (
    Explanation,
    Library,
    Phrases,
    Together,
    of_baseline,
    of_features,
    of_tracks,
)
from segue.playlists.text import quoted
from segue.recipe.recipe import Recipe
from segue.sequencing.methods.greedy import NextFeatures


class Lookup(Protocol):
    """Where fitted models are had from."""

    def __call__(self, learner: str) -> Scorer | str:
        """The scorer of a learner, or in words why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What one model says: a score by track id, higher is better, and its words for tracks.

    `absent` says why there is no model; the blend then goes on without.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    explain: Explanation | None = None
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
        scores[name], said = _scores(name, scorer, start, inventory)
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
    name: str, scorer: Scorer, start: StartingTracks, inventory: Inventory
) -> tuple[ModelScores, list[str]]:
    vocabulary, library = scorer.vocabulary, Library(inventory)
    if isinstance(scorer, BaselineScorer) and scorer.asked == "nothing":
        explain = of_baseline(scorer, Query(), library)
        return ModelScores(_by_id(scorer, Query()), explain), list(scorer.notes)
    if name == "taste":
        return ModelScores(_by_id(scorer, Query()), of_features(scorer, library)), []
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
        explain = of_baseline(scorer, query, library)
        return ModelScores(_by_id(scorer, query), explain), [*notes, *scorer.notes]
    spec = LEARNERS[LEARNER_OF[name]]
    phrases = Phrases(spec.near, spec.far, start.seeds)
    beside = _beside(start, inventory) if name == "association" else {}
    explain = of_tracks(scorer, query, phrases, library, beside)
    return ModelScores(_by_id(scorer, query), explain), notes


def _by_id(scorer: Scorer, query: Query) -> dict[str, float]:
    return dict(zip(scorer.vocabulary.ids, scorer.score(query).tolist(), strict=True))


def _beside(start: StartingTracks, inventory: Inventory) -> Together:
    """For each track the seeds it stands with in lists of the user's own, and these lists."""
    asked = dict.fromkeys((*start.seeds, *start.playlist[-3:]))
    together: dict[str, dict[str, list[str]]] = {}
    for playlist in own_playlists(inventory):
        if not isinstance(playlist, Playlist):
            continue
        ids = {i for uri in playlist.uris if (i := track_id_in(uri)) is not None}
        for seed in asked:
            if seed in ids and seed in inventory.tracks:
                for track_id in ids - {seed}:
                    found = together.setdefault(track_id, {})
                    found.setdefault(seed, []).append(playlist.summary.name)
    return together
