"""Episodes: a query, what it should find, and some candidates to tell apart.

Practice is bounded: of a large collection some lists ask, and each of their episodes keeps the
hardest candidates and some at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices, Reals


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Some candidates of one episode.

    `signals` (k, f); `relevant` (k,) bool; `log_weight` (k,): ln of how many candidates each
    stands for, 0 for one that stands for itself.
    """

    signals: Floats
    relevant: NDArray[np.bool_]
    log_weight: Floats


PRACTICE_LISTS = 1500
"""So many lists are practised on, as shipped: time and memory are bounded, whatever is known."""

HARD = 300
"""How many of the most plausible candidates an episode always keeps."""

OTHERS = 600
"""How many of all other candidates stand for them, drawn at random."""


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """A query and what it should find."""

    query: Indices
    hidden: Indices


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRound:
    """Episodes and the lists that may be known while they are answered."""

    known: tuple[Indices, ...]
    episodes: tuple[Episode, ...]


def without_repeats(rows: Indices) -> Indices:
    """A list with each track where it first stands."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)].astype(np.int32)


def hide_ends(
    lists: Sequence[Indices],
    share: float,
    shortest: int,
    asking: NDArray[np.bool_] | None = None,
) -> TrainingRound:
    """Each list of at least `shortest` tracks loses its last `share` to an episode.

    Its first part is the query and stays known; shorter lists stay known whole, and so do those
    that are not `asking` (n_lists,).
    """
    known: list[Indices] = []
    episodes: list[Episode] = []
    for place, rows in enumerate(lists):
        if rows.size < shortest or (asking is not None and not asking[place]):
            known.append(rows)
            continue
        kept = max(1, min(round(rows.size * (1 - share)), rows.size - 1))
        known.append(rows[:kept])
        episodes.append(Episode(rows[:kept], rows[kept:]))
    return TrainingRound(tuple(known), tuple(episodes))


def some_of(able: NDArray[np.bool_], most: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """All that are able, or `most` of them drawn at random: (n,) bool."""
    places = np.flatnonzero(able)
    if places.size <= most:
        return able
    drawn = np.zeros_like(able)
    drawn[rng.choice(places, most, replace=False)] = True
    return drawn


def plausibility(found: Mapping[str, Reals]) -> Reals:
    """A rough first ranking, by which an episode's hard candidates are found: (n,)."""
    return (
        found["artist_recent"]
        + found["album_count"]
        + 0.3 * (found["lists_artist_artists"] + found["lists_artist_both"])
        + 0.3 * found["own_lists_tracks"]
        + 0.3 * (found["content_odds"] + found["date_2"])
        + found["words"]
        - 0.7 * found["artist_size"]
    )


def sample_candidates(
    found: Mapping[str, Reals],
    candidates: Indices,
    episode: Episode,
    rng: np.random.Generator,
    names: Sequence[str],
) -> Sample:
    """All hidden tracks among `candidates`, the hardest others and some at random.

    `found` holds the signals of `candidates`, row by row; those drawn at random weigh as many
    as they stand for.
    """
    relevant = np.isin(candidates, episode.hidden)
    open_rows = np.flatnonzero(~relevant & ~np.isin(candidates, episode.query))
    order = open_rows[np.argsort(-plausibility(found)[open_rows], kind="stable")]
    hard, easy = order[:HARD], order[HARD:]
    drawn = rng.choice(easy, min(OTHERS, easy.size), replace=False)
    rows = np.concatenate([np.flatnonzero(relevant), hard, drawn])
    weight = np.zeros(rows.size, dtype=np.float32)
    if drawn.size:
        weight[-drawn.size :] = np.log(easy.size / drawn.size)
    matrix = np.stack([found[name][rows] for name in names], axis=1)
    return Sample(matrix.astype(np.float32), relevant[rows], weight)
