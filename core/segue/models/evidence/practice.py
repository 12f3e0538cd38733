"""From rounds of practice to rankers: signals of sampled candidates, then training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segue.models.data import Indices
from segue.models.evidence.catalogue import Catalogue
from segue.models.evidence.episodes import Episode, Practice, sample_candidates
from segue.models.evidence.model import OWN_COUNT, lists_of, warm_signals
from segue.models.evidence.ranker import Ranker, RankerSettings, Sample, fit_ranker
from segue.models.scorer import Progress

OPEN = "open"
"""Any track may be asked for, and whether it stands in a list is never told, but in a library."""

WARM = "warm"
"""Only tracks that stand in some list are asked for, and how often may be told."""

LEAST_WARM = 40
"""Hidden tracks that also stand in a known list, below which `warm` is not learned."""

POOL = 6000
"""Candidates of an episode are at most so many tracks, drawn from those of the lists."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    names: tuple[str, ...]
    open: Sample
    warm: Sample | None


def fit_rankers(
    catalogue: Catalogue,
    rounds: Sequence[Practice],
    *,
    seed: int,
    device: str,
    settings: RankerSettings,
    library: bool = False,
    progress: Progress,
) -> dict[str, Ranker]:
    """`OPEN`, and `WARM` where enough hidden tracks recur, learned from the rounds' episodes.

    Candidates are the tracks of the rounds' own lists: of no other is it known that it was left
    out. In a `library`, though, the user knew every track: then all are candidates, and in how
    many lists one stands may count for it (never against it: the weight is not negative, and the
    hidden layer does not see it). `seed` decides every draw.
    """
    rng = np.random.default_rng(seed)
    total = sum(len(practice.episodes) for practice in rounds)
    drawn: list[_Drawn] = []
    for practice in rounds:
        for one in _answers(catalogue, practice, rng, library):
            drawn.append(one)
            progress("practising", len(drawn), total)
    names = drawn[0].names
    told = [place for place, name in enumerate(names) if library or name != OWN_COUNT]
    of_open = [replace(one.open, signals=one.open.signals[:, told]) for one in drawn]
    rankers = {
        OPEN: fit_ranker(
            [names[place] for place in told],
            of_open,
            seed=seed,
            device=device,
            settings=settings,
            progress=progress,
        )
    }
    of_warm = [one.warm for one in drawn if one.warm is not None]
    if sum(int(sample.relevant.sum()) for sample in of_warm) >= LEAST_WARM:
        rankers[WARM] = fit_ranker(
            names,
            of_warm,
            seed=seed,
            device=device,
            settings=settings,
            unseen=(),
            progress=progress,
        )
    return rankers


def _answers(
    catalogue: Catalogue, practice: Practice, rng: np.random.Generator, library: bool
) -> Iterator[_Drawn]:
    known = lists_of(catalogue, practice.known)
    recurs = known.track_count > 0
    ends = [episode.hidden for episode in practice.episodes]
    pool = np.unique(np.concatenate([*practice.known, *ends]))
    if library:
        pool = np.arange(len(catalogue), dtype=np.int32)
    for episode in practice.episodes:
        some = pool if pool.size <= POOL else rng.choice(pool, POOL, replace=False)
        rows: Indices = np.union1d(some, episode.hidden).astype(np.int32)
        found = warm_signals(known, episode.query, rows)
        names = tuple(found)
        drawn = sample_candidates(found, rows, episode, rng, names)
        recurring = episode.hidden[recurs[episode.hidden]]
        warm = None
        if recurring.size:
            kept = recurs[rows]
            of_warm = {name: column[kept] for name, column in found.items()}
            asked = Episode(episode.query, recurring)
            warm = sample_candidates(of_warm, rows[kept], asked, rng, names)
        yield _Drawn(names, drawn, warm)
