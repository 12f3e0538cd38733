"""Episodes: a query, what it should find, and some candidates to tell apart.

Practice is bounded: of a large collection some lists ask, and each of their episodes keeps the
hardest candidates and some at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.metrics import mean_interval, r_precision
from segue.models.data import Floats, Indices, Reals, Rows
from segue.models.scorer import HeldOut


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Which candidates of an episode are kept: their places (k,), and of each as in `Sample`."""

    places: Rows
    relevant: NDArray[np.bool_]
    log_weight: Floats

    def sample(self, signals: Floats, places: Rows) -> Sample:
        """With the signals (m, f) of the candidates at `places` (m,), in order, and these among
        them."""
        rows = signals[np.searchsorted(places, self.places)]
        return Sample(rows, self.relevant, self.log_weight)


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


def one_seed(rows: Indices, rng: np.random.Generator) -> Episode:
    """One track of a list (n,), at random, has to find the others."""
    query = rng.choice(rows, 1)
    return Episode(query, rows[rows != query[0]])


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


def draw_candidates(
    plausible: Reals, candidates: Indices, episode: Episode, rng: np.random.Generator
) -> Candidates:
    """All hidden tracks among `candidates`, the hardest others and some at random.

    The hardest are the most `plausible` (n_candidates,); those drawn at random weigh as many as
    they stand for.
    """
    relevant = np.isin(candidates, episode.hidden)
    open_rows = np.flatnonzero(~relevant & ~np.isin(candidates, episode.query))
    order = open_rows[np.argsort(-plausible[open_rows], kind="stable")]
    hard, easy = order[:HARD], order[HARD:]
    drawn = rng.choice(easy, min(OTHERS, easy.size), replace=False)
    rows = np.concatenate([np.flatnonzero(relevant), hard, drawn])
    weight = np.zeros(rows.size, dtype=np.float32)
    if drawn.size:
        weight[-drawn.size :] = np.log(easy.size / drawn.size)
    return Candidates(rows, relevant[rows], weight)


_PARTS = 8
"""Into so many parts for each track wanted the candidates of a ranking are parted at first."""


def best_first(
    scores: Reals, query: Indices, candidates: NDArray[np.bool_], tie: Reals, depth: int
) -> NDArray[np.int64]:
    """The best `depth` candidates outside the query; ties fall by `tie`, never by row."""
    asked = candidates.copy()
    asked[query] = False
    rows = np.flatnonzero(asked)
    values = np.asarray(scores)[rows]
    width = rows.size // max(_PARTS * depth, 1)
    if width > 1:
        # The best of parts are no better than the best of all: few are left to be put in order.
        best = values[: width * _PARTS * depth].reshape(width, -1).max(axis=0)
        kept = values >= np.partition(best, best.size - depth)[best.size - depth]
        rows, values = rows[kept], values[kept]
    if rows.size > depth:
        least = np.partition(values, rows.size - depth)[rows.size - depth]
        kept = values >= least
        rows, values = rows[kept], values[kept]
    return rows[np.lexsort((tie[rows], -values))][:depth]


def compare(
    ours: Sequence[Reals],
    theirs: Sequence[Reals],
    episodes: Sequence[Episode],
    *,
    baseline: str,
    rng: np.random.Generator,
) -> HeldOut:
    """R-precision of both over the episodes, and the paired gain with its interval."""
    tie = rng.random(ours[0].size)
    mine, other = (r_precisions(scores, episodes, tie) for scores in (ours, theirs))
    gains = mine - other
    return HeldOut(
        metric="r_precision",
        value=float(mine.mean()),
        baseline=baseline,
        baseline_value=float(other.mean()),
        gain=float(gains.mean()),
        gain_ci=mean_interval(gains, rng=rng),
        n=gains.size,
    )


def r_precisions(scores: Iterable[Reals], episodes: Sequence[Episode], tie: Reals) -> Reals:
    """R-precision of each episode by the scores of all tracks (n_tracks,) for it."""
    everything = np.ones(tie.size, dtype=np.bool_)
    return np.array(
        [
            r_precision(best_first(s, e.query, everything, tie, e.hidden.size), e.hidden)
            for s, e in zip(scores, episodes, strict=True)
        ]
    )


ENOUGH_ASKED = 5


def best_rule(found: Sequence[Reals]) -> int:
    """The place of the rule that finds most, by the R-precisions (n_episodes,) of each.

    The plainest come first: each in turn takes the place of the one before it that was best, where
    it leads that by more than a standard error of the paired difference. It is the first where
    fewer than `ENOUGH_ASKED` were asked.
    """
    best = 0
    for place, values in enumerate(found):
        lead = values - found[best]
        if lead.size >= ENOUGH_ASKED and lead.mean() > lead.std() / np.sqrt(lead.size):
            best = place
    return best
