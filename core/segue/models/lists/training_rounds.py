"""From rounds of practice to rankers: signals of sampled candidates, then training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segue.models.data import Indices
from segue.models.lists.catalogue import Catalogue
from segue.models.lists.episodes import Episode, Practice, sample_candidates
from segue.models.lists.model import lists_of
from segue.models.lists.ranker import OWN, Ranker, RankerSettings, Sample, fit_ranker
from segue.models.lists.signals import OWN_COUNT, signals
from segue.models.scorer import Progress

OPEN = "open"
"""Any track may be asked for, and in how many lists it stands is never told."""

WARM = "warm"
"""Only tracks that stand in some list are asked for, and how often may be told."""

LIBRARY = "library"
"""Any track may be asked for, and whoever made the lists knew them all: those of no list were left
out, and in how many a track stands may count for it."""

LEAST_WARM = 40
"""Hidden tracks that also stand in a known list, below which `warm` is not learned."""

POOL = 6000
"""Candidates of an episode are at most so many tracks, drawn from those there are."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    names: tuple[str, ...]
    every: Sample
    warm: Sample | None


def fit_rankers(
    catalogue: Catalogue,
    rounds: Sequence[Practice],
    kinds: Sequence[str],
    *,
    seed: int,
    device: str,
    settings: RankerSettings,
    progress: Progress,
) -> dict[str, Ranker]:
    """The wanted `kinds`, `WARM` where enough hidden tracks recur, from the rounds' episodes.

    Candidates are the tracks of the rounds' own lists: of no other is it known that it was left
    out. For `LIBRARY` they are all. `seed` decides every draw.
    """

    def fitted(names: Sequence[str], samples: Sequence[Sample], unseen: tuple[str, ...]) -> Ranker:
        return fit_ranker(
            names,
            samples,
            seed=seed,
            device=device,
            settings=settings,
            unseen=unseen,
            progress=progress,
        )

    def practised(library: bool) -> list[_Drawn]:
        rng = np.random.default_rng(seed)
        total = sum(len(practice.episodes) for practice in rounds)
        drawn: list[_Drawn] = []
        for practice in rounds:
            for one in _answers(catalogue, practice, rng, library):
                drawn.append(one)
                progress("practising", len(drawn), total)
        return drawn

    rankers: dict[str, Ranker] = {}
    if LIBRARY in kinds:
        drawn = practised(library=True)
        rankers[LIBRARY] = fitted(drawn[0].names, [one.every for one in drawn], (OWN,))
    if OPEN in kinds or WARM in kinds:
        drawn = practised(library=False)
        names = drawn[0].names
        if OPEN in kinds:
            untold = [place for place, name in enumerate(names) if name != OWN_COUNT]
            of_open = [replace(one.every, signals=one.every.signals[:, untold]) for one in drawn]
            rankers[OPEN] = fitted([names[place] for place in untold], of_open, (OWN,))
        of_warm = [one.warm for one in drawn if one.warm is not None]
        if WARM in kinds and sum(int(one.relevant.sum()) for one in of_warm) >= LEAST_WARM:
            rankers[WARM] = fitted(names, of_warm, ())
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
        found = signals(known, episode.query, rows)
        names = tuple(found)
        every = sample_candidates(found, rows, episode, rng, names)
        recurring = episode.hidden[recurs[episode.hidden]]
        warm = None
        if recurring.size and not library:
            kept = recurs[rows]
            of_warm = {name: column[kept] for name, column in found.items()}
            asked = Episode(episode.query, recurring)
            warm = sample_candidates(of_warm, rows[kept], asked, rng, names)
        yield _Drawn(names, every, warm)
