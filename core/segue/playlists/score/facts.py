"""Scores from facts: when a track was added and played, how its lyrics feel, of which genre it is.

No model is asked. Plain facts are never missing; moods and genres are known of some tracks only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segue.playlists.gather.pool import Facts, added, remembered
from segue.playlists.score.evidence import Explanation, Words
from segue.playlists.score.models import ModelScores
from segue.playlists.text import ago, count
from segue.recipe.types import ScoreWeight


@dataclass(frozen=True, slots=True)
class FactScore:
    """A score from plain facts, which is never missing: a track's value, and words for it."""

    value: Callable[[str, Facts], float]
    text: Callable[[str, Facts], str]


def _added_at(track_id: str, facts: Facts) -> float:
    when = facts.added_at(track_id)
    return when.timestamp() if when else math.nan


def _rest(track_id: str, facts: Facts) -> float:
    played = facts.last_played(track_id)
    return -played.timestamp() if played else math.inf


def _last_played(track_id: str, facts: Facts) -> str:
    played = facts.last_played(track_id)
    if played is None:
        return f"no play known, {added(track_id, facts)}"
    before = facts.plays(track_id) - 1
    earlier = f"{count(before, 'play')} before that" if before else "the only play known"
    return f"last played {ago(played, facts.now)}, {earlier}"


def _played(track_id: str, facts: Facts) -> str:
    played = facts.last_played(track_id)
    if played is None:
        return "no play known"
    times = count(facts.plays(track_id), "time")
    return f"played {times}, last {ago(played, facts.now)}"


USUAL_PLAYS = 4
"""How many plays at the usual ratio a ratio of skips is weighed against: one skip is but a hint."""


def _skips(track_id: str, facts: Facts) -> float:
    """(s + 4·m) / (p + 4) for s skips of p plays, m the ratio of all; NaN where it never played."""
    skips, plays = facts.skips(track_id)
    usual = USUAL_PLAYS * facts.usual_skip_ratio
    return (skips + usual) / (plays + USUAL_PLAYS) if plays else math.nan


def _skipped(track_id: str, facts: Facts) -> str:
    skips, plays = facts.skips(track_id)
    return f"skipped {skips:,} of {count(plays, 'time')}" if plays else "no play known"


BUILT_IN: Mapping[str, FactScore] = {
    "recency": FactScore(_added_at, added),
    "novelty": FactScore(_rest, _last_played),
    "due": FactScore(lambda i, facts: facts.activation(i), remembered),
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
