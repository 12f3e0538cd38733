"""A small network over signals: a linear part where evidence cannot count against a track, and a
residual hidden layer. What is fitted is plain arrays; `ranker_training` has torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices, Reals

EVIDENCE = ("lists_", "own_")
"""Signals whose linear weight is never negative."""

OWN = "own_"
"""Signals the hidden layer does not see: it could learn to punish a known track with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Some candidates of one episode.

    `signals` (k, f); `relevant` (k,) bool; `log_weight` (k,): ln of how many candidates each
    stands for, 0 for one that stands for itself.
    """

    signals: Floats
    relevant: NDArray[np.bool_]
    log_weight: Floats


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How the network is trained. `epochs` passes over the episodes in batches."""

    hidden: int = 32
    epochs: int = 12
    batch: int = 16
    linear_rate: float = 0.03
    hidden_rate: float = 0.005
    dropout: float = 0.2
    linear_decay: float = 1e-3
    hidden_decay: float = 0.1

    def shortened(self, effort: float) -> RankerSettings:
        """Fewer epochs for an effort below 1, six at least."""
        return replace(self, epochs=max(6, round(self.epochs * effort)))


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """A fitted network as plain arrays; scoring needs no torch.

    `names` are the signals in the order of the columns; `centre`, `scale` and `linear` (f,);
    the hidden layer is (f, h), (h,), (h,).
    """

    names: tuple[str, ...]
    centre: Floats
    scale: Floats
    linear: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats

    def score(self, found: Mapping[str, Floats]) -> Floats:
        """Scores from signals by name: (n,) float32."""
        columns = np.stack([found[name] for name in self.names], axis=1)
        x = np.clip((columns - self.centre) / self.scale, -20, 20)
        hidden = x @ self.inner + self.inner_bias
        hidden *= _normal_cdf(hidden)
        return np.asarray(x @ self.linear + hidden @ self.outer, dtype=np.float32)

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array by name, `prefix` before each."""
        parts = ("centre", "scale", "linear", "inner", "inner_bias", "outer")
        return {f"{prefix}.{part}": getattr(self, part) for part in parts}

    @classmethod
    def restored(
        cls, names: Sequence[str], tensors: Mapping[str, NDArray[np.generic]], prefix: str
    ) -> Ranker:
        """The inverse of `tensors`."""
        parts = ("centre", "scale", "linear", "inner", "inner_bias", "outer")
        return cls(
            tuple(names), *(tensors[f"{prefix}.{part}"].astype(np.float32) for part in parts)
        )


def _normal_cdf(x: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(x), dtype=np.float32)


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
