"""Scoring: how much a recipe wants each candidate, as a sum whose parts are the reasons.

Every scorer's values become ranks among the candidates, 0 for the lowest to 1 for the highest,
equal values sharing the mean of their ranks: so scorers of any unit weigh alike. A candidate that
a scorer knows nothing about has the middle rank, 0.5. The score is Σ wᵢ·rankᵢ / Σ |wᵢ|, less what
freshness takes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from segue.errors import NoScoreError
from segue.metrics import ranks
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.playlists.filter.apply import filter_reasons
from segue.playlists.gather.pool import Facts
from segue.playlists.gather.sources import origin_reasons
from segue.playlists.library import PlaylistEntry
from segue.playlists.plan import Reason
from segue.playlists.score.evidence import Explanation, Words
from segue.playlists.score.models import (
    BUILT_IN,
    Models,
    ModelScores,
    each,
    genres,
    like_sounds,
    moods,
)
from segue.playlists.text import LARGEST_SHARE, LINE, ago, shortened, width
from segue.recipe.sections import Where
from segue.recipe.types import GENRE, LIKE_SOUND, ScoreWeight

FADING = 0.5
"""What remains, one period further back, of a track's stepping back."""


UNREACHED = 0.5
"""How far a track steps back that nobody got to: perhaps it was not met, perhaps it was."""

SCORES: tuple[str, ...] = (*BUILT_IN, "mood", GENRE, LIKE_SOUND, *LEARNER_OF)
"""Everything a recipe may weigh."""


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of every score: its name, its weights (n,), and its words for track ids."""

    kind: str
    weights: NDArray[np.float64]
    explain: Explanation


@dataclass(frozen=True, slots=True)
class Scored:
    """The candidates with their scores, (n,) float64, and the parts these are sums of."""

    track_ids: tuple[str, ...]
    scores: NDArray[np.float64]
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()

    def reasons(self, track_ids: Sequence[str]) -> dict[str, tuple[Reason, ...]]:
        """The reasons of some candidates, heaviest first; their weights sum to the score of each.

        All are asked for at once, since evidence costs a model as much for one track as for many.
        """
        place = {track_id: index for index, track_id in enumerate(self.track_ids)}
        found: dict[str, list[Reason]] = {track_id: [] for track_id in track_ids}
        for part in self.parts:
            words = part.explain(track_ids)
            for track_id in track_ids:
                weight = float(part.weights[place[track_id]])
                if part.kind != "freshness" or weight:
                    said = words.get(track_id) or Words(_unknown(part.kind))
                    found[track_id].append(Reason(part.kind, said.text, weight, said.detail))
        return {
            track_id: tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))
            for track_id, reasons in found.items()
        }


def score(
    track_ids: Sequence[str],
    weights: Mapping[str, ScoreWeight],
    facts: Facts,
    models: Models,
    made: Sequence[Mapping[str, float]],
    freshness: float,
) -> Scored:
    """Score candidates by weighted scorers, and let those of earlier periods step back.

    `made` holds earlier periods' versions, newest first, and how far each track of them steps back
    (`steps_of`): of the newest it loses that of `freshness`, one period further back `FADING` of
    it, and so on. A scorer of which
    nothing is known is left out of the blend, by name in the notes. Raises NoScoreError where that
    leaves none of those asked for: chance alone would choose. Genres weigh as much as the heaviest
    of them.
    """
    parts: list[Part] = []
    notes: list[str] = []
    total = 0.0
    looked_up = {
        "mood": moods(facts),
        GENRE: genres(weights.get(GENRE), facts),
        LIKE_SOUND: like_sounds(weights.get(LIKE_SOUND), facts),
    }
    models = replace(models, scores={**models.scores, **looked_up})
    for name, asked in weights.items():
        weight = asked if isinstance(asked, int | float) else max(map(abs, asked.values()))
        if weight == 0:
            continue
        values, explain = _scorer(name, track_ids, facts, models)
        if name not in BUILT_IN and not np.isfinite(values).any():
            notes.append(f"`{name}` was left out of the score: {_absence(name, models)}")
            continue
        total += abs(weight)
        parts.append(Part(name, weight * ranks(values), explain))
    if notes and not parts and track_ids:
        raise NoScoreError(
            f"chance alone would choose, so nothing is written: {'; '.join(notes)}. "
            "Do what is said there, or give the recipe's [playlist.score] something else to weigh"
        )
    scaled = [Part(part.kind, part.weights / total, part.explain) for part in parts]
    stepping = _stepping_back(track_ids, made, freshness)
    if stepping.weights.any():
        scaled.append(stepping)
    scores = (
        np.sum([part.weights for part in scaled], axis=0) if scaled else np.zeros(len(track_ids))
    )
    return Scored(
        tuple(track_ids), np.asarray(scores, dtype=np.float64), tuple(scaled), tuple(notes)
    )


def _scorer(
    name: str, track_ids: Sequence[str], facts: Facts, models: Models
) -> tuple[NDArray[np.float64], Explanation]:
    plain = BUILT_IN.get(name)
    if plain is not None:
        said = each(lambda i: plain.text(i, facts))
        return _values(track_ids, lambda i: plain.value(i, facts)), said
    known = models.scores.get(name, ModelScores())
    values = _values(track_ids, lambda i: known.values.get(i, math.nan))
    rank = dict(zip(track_ids, ranks(values).tolist(), strict=True))

    def explain(ids: Sequence[str]) -> Mapping[str, Words]:
        found = dict(known.explain(ids)) if known.explain is not None else {}
        often = Counter(words.text for words in found.values())
        for i in (i for i in ids if i in known.values):
            words = found.get(i)
            if words is None:
                found[i] = Words(_ranked(name, rank[i]))
            elif often[words.text] > max(len(ids) // LARGEST_SHARE, 1):
                place = f"(no. {_place(rank[i], len(values)):,} of {len(values):,})"
                said = shortened(words.text, LINE - width(place) - 1)
                found[i] = replace(words, text=f"{said} {place}")
        return found

    return values, explain


def _ranked(name: str, rank: float) -> str:
    """What a rank in 0..1 means where no piece of evidence stands out."""
    others = "any other does" if rank == 1 else f"{int(100 * rank)} % of the others do"
    spec = LEARNERS.get(LEARNER_OF.get(name, ""))
    return f"{spec.ranked if spec else name} more than {others}"


def _unknown(name: str) -> str:
    return f"nothing learned of it yet ({name})" if name in LEARNER_OF else f"{name} unknown"


def _place(rank: float, number: int) -> int:
    """The place, from 1 for the best, of a rank in 0..1 among a number of candidates."""
    return round((1 - rank) * (number - 1)) + 1


def _absence(name: str, models: Models) -> str:
    known = models.scores.get(name)
    return (known.absent if known else "") or "it knows none of these tracks yet"


def _values(track_ids: Sequence[str], value: Callable[[str], float]) -> NDArray[np.float64]:
    return np.array([value(track_id) for track_id in track_ids], dtype=np.float64)


def _stepping_back(
    track_ids: Sequence[str], made: Sequence[Mapping[str, float]], freshness: float
) -> Part:
    age: dict[str, int] = {}
    step: dict[str, float] = {}
    for periods_ago, version in enumerate(made, start=1):
        for track_id, far in version.items():
            if track_id not in age:
                age[track_id], step[track_id] = periods_ago, far * FADING ** (periods_ago - 1)

    def text(track_id: str) -> str:
        periods = age.get(track_id, 0)
        when = "was in the last version" if periods == 1 else f"was in it {periods} versions ago"
        unmet = step.get(track_id, 0.0) < FADING ** (periods - 1)
        return f"{when}, further down than you heard" if unmet else when

    loss = _values(track_ids, lambda i: -freshness * step.get(i, 0.0))
    return Part("freshness", loss, each(text))


def steps_of(
    versions: Iterable[Iterable[str]], unreached: Collection[str]
) -> list[dict[str, float]]:
    """How far each track of earlier versions steps back: wholly, or by `UNREACHED` where it stood
    behind all that was heard of its list."""
    return [
        {track_id: UNREACHED if track_id in unreached else 1.0 for track_id in version}
        for version in versions
    ]


BY_HAND = Reason("by_hand", "you added it by hand")
KEPT_ROW = Reason("kept", "was in the playlist and cannot be added back once removed")
NOT_A_TRACK = Reason("kept", "was in the playlist, and is not a track Segue chooses among")
WAS_THERE = Reason("kept", "was in the playlist already")


def since(reason: Reason, entry: PlaylistEntry | None, now: datetime) -> Reason:
    """A reason of a row that stays, with when it was added, where that is known."""
    if entry is None or entry.added_at is None:
        return reason
    return replace(reason, text=f"{reason.text}, added {ago(entry.added_at, now)}")


def source_reasons(track_id: str, facts: Facts, where: Where) -> tuple[Reason, ...]:
    """Where a track comes from, and what is known of what the filter asks about.

    These weigh nothing: they say why a track was a candidate, not why it was preferred.
    """
    found = facts.pool.origins.get(track_id, ())
    origins = origin_reasons(found, facts.now, facts.last_played(track_id))
    return tuple(dict.fromkeys((*origins, *filter_reasons(where, track_id, facts))))
