"""Scores by models and from facts: what each says of a recipe's tracks, and why, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from segue.models.baselines import BaselineScorer
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.models.scorer import Query, Scorer
from segue.names import plural, spotify_id, track_id_in
from segue.playlists.gather.collected import StartingTracks, starting_tracks
from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory, Vector, own_playlists
from segue.playlists.library import Playlist
from segue.playlists.score.evidence import (
    Explanation,
    Library,
    Phrases,
    Together,
    Words,
    of_baseline,
    of_features,
    of_tracks,
)
from segue.playlists.text import ago, quoted
from segue.recipe.recipe import Recipe
from segue.recipe.types import ScoreWeight
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
    """What models know for one recipe: scores by name, ŷ, and weights by their keys in a recipe."""

    scores: Mapping[str, ModelScores] = field(default_factory=dict)
    next_features: NextFeatures | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
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
    if not recipe.write.grows or playlist is None:
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
    titles = [inventory.tracks[i].title for i in new if i in inventory.tracks]
    if len(start.seeds) + len(start.playlist) == len(new):
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


@dataclass(frozen=True, slots=True)
class FactScore:
    """A score from plain facts, which is never missing: a track's value, and words for it."""

    value: Callable[[str, Facts], float]
    text: Callable[[str, Facts], str]


def _added_at(track_id: str, facts: Facts) -> float:
    when = facts.added_at(track_id)
    return when.timestamp() if when else math.nan


def _rest(track_id: str, facts: Facts) -> float:
    last = facts.played.last(track_id)
    return math.inf if last is None else -last


def _added(track_id: str, facts: Facts) -> str:
    """When a track was added: "liked 3 days ago", or "added" where that was not by liking."""
    when = facts.added_at(track_id)
    if when is None:
        return "date of adding unknown"
    verb = "liked" if facts.liked_at.get(track_id) == when else "added"
    return f"{verb} {ago(when, facts.now)}"


def _remembered(track_id: str, facts: Facts) -> str:
    """What keeps a track in memory: "comes to mind: 3 plays since Aug 2026, last 9 days ago"."""
    heard = facts.played.heard(track_id)
    if heard is None:
        return "no play known that could come back"
    first = datetime.fromtimestamp(heard.first, tz=UTC)
    since = f" since {first:%b %Y}" if heard.plays > 1 else ""
    return f"comes to mind: {plural(heard.plays, 'play')}{since}, last {ago(heard.last, facts.now)}"


def _last_played(track_id: str, facts: Facts) -> str:
    played = facts.last_played(track_id)
    if played is None:
        return f"no play known, {_added(track_id, facts)}"
    before = facts.plays(track_id) - 1
    earlier = f"{plural(before, 'play')} before that" if before else "the only play known"
    return f"last played {ago(played, facts.now)}, {earlier}"


def _played(track_id: str, facts: Facts) -> str:
    played = facts.last_played(track_id)
    if played is None:
        return "no play known"
    times = plural(facts.plays(track_id), "time")
    return f"played {times}, last {ago(played, facts.now)}"


USUAL_PLAYS = 4
"""How many plays at the usual ratio a ratio of skips is weighed against: one skip is but a hint."""


def _skips(track_id: str, facts: Facts) -> float:
    """(s + 4·m) / (p + 4) for s skips of p plays, m the ratio of all; NaN where it never played."""
    skips, plays = facts.skips(track_id)
    usual = USUAL_PLAYS * facts.played.usual_skip_ratio
    return (skips + usual) / (plays + USUAL_PLAYS) if plays else math.nan


def _skipped(track_id: str, facts: Facts) -> str:
    skips, plays = facts.skips(track_id)
    return f"skipped {skips:,} of {plural(plays, 'time')}" if plays else "no play known"


BUILT_IN: Mapping[str, FactScore] = {
    "recency": FactScore(_added_at, _added),
    "novelty": FactScore(_rest, _last_played),
    "due": FactScore(lambda i, facts: facts.activation(i), _remembered),
    "plays": FactScore(lambda i, facts: facts.plays(i), _played),
    "skips": FactScore(_skips, _skipped),
}
"""Scores from plain facts, by the name a recipe weighs them by."""


def each(text: Callable[[str], str]) -> Explanation:
    """An explanation by a phrase for a track; empty where nothing is known of it."""
    return lambda track_ids: {i: Words(said) for i in track_ids if (said := text(i))}


def moods(facts: Facts) -> ModelScores:
    moods = {i: words.mood for i, words in facts.lyrics.items() if words.mood is not None}
    said = each(lambda i: _mood(moods[i]) if i in moods else "")
    return ModelScores(moods, said, "the mood of none of these tracks' lyrics is known")


def _mood(mood: float) -> str:
    """The mood of lyrics, −1 to 1, in words: a third of the range each."""
    said = "bright" if mood > 1 / 3 else "dark" if mood < -1 / 3 else "neither bright nor dark"
    return f"its lyrics are {said} (mood {mood:+.2f} of −1 to +1)"


def like_sounds(weights: ScoreWeight | None, facts: Facts) -> ModelScores:
    """How close each track's own file sounds to words and tracks: Σ wᵢ·cosineᵢ / Σ |wᵢ|."""
    if not isinstance(weights, Mapping):
        return ModelScores()
    space, targets = facts.sound_space, dict[str, tuple[float, Vector]]()
    for name, weight in weights.items():
        track_id = spotify_id(name, "track")
        vector = space.texts.get(name) if track_id is None else space.of_track(track_id)
        title = known.title if (known := facts.all_tracks.get(track_id or "")) else name
        if vector is None:
            return ModelScores(absent=f"the sound of {quoted((title,))} is unknown, see [sound]")
        targets[title] = (weight, vector)
    total = sum(abs(weight) for weight, _ in targets.values()) or 1.0
    wanted = np.sum([weight / total * vector for weight, vector in targets.values()], axis=0)
    heaviest = max(targets, key=lambda title: abs(targets[title][0]))

    def said(track_id: str) -> str:
        close = space.closeness(track_id, targets[heaviest][1])
        return "" if close is None else f"sounds like {quoted((heaviest,))} ({close:.2f})"

    values = {i: float(space.matrix[row] @ wanted) for i, row in space.rows.items()}
    return ModelScores(values, each(said), "of none of these tracks the sound was encoded")


def genres(weights: ScoreWeight | None, facts: Facts) -> ModelScores:
    """What the genres of each track are worth, 0 where it has none of those that are weighed."""
    tree, named = facts.genre_tree, weights if isinstance(weights, Mapping) else {}
    by_key = {key: each for name, each in named.items() if (key := tree.find(name)) is not None}
    worth = {genres: tree.worth(genres, by_key) for genres in set(facts.genres.values())}

    def said(track_id: str) -> str:
        genres = facts.genres.get(track_id)
        if not genres:
            return "" if genres is None else "of no genre"
        heaviest = worth[genres][1]
        return tree.names[heaviest] if heaviest else f"{tree.names[genres[0]]}, not weighed"

    values = {track_id: worth[genres][0] for track_id, genres in facts.genres.items()}
    none = (
        "the genres of none of these tracks are known; `segue enrich --genres-only` asks for them"
    )
    return ModelScores(values if by_key else {}, each(said), none)
