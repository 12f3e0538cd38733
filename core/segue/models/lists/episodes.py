"""Practice made from training lists: part of each is hidden, the rest is what one has to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segue.models.data import Indices, Reals
from segue.models.lists.ranker import Sample

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


def hide_ends(lists: Sequence[Indices], share: float, shortest: int) -> TrainingRound:
    """Each list of at least `shortest` tracks loses its last `share` to an episode.

    Its first part is the query and stays known; shorter lists stay known whole.
    """
    known: list[Indices] = []
    episodes: list[Episode] = []
    for rows in lists:
        if rows.size < shortest:
            known.append(rows)
            continue
        kept = max(1, min(round(rows.size * (1 - share)), rows.size - 1))
        known.append(rows[:kept])
        episodes.append(Episode(rows[:kept], rows[kept:]))
    return TrainingRound(tuple(known), tuple(episodes))


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
