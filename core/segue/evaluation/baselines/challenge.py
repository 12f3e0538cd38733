"""How each way continues a list of the challenge: by its title, its tracks, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue import metrics
from segue.evaluation.baselines.continuation import LISTS_AT_ONCE, Method, one_liners
from segue.evaluation.tables import OURS
from segue.models.data import NO_INDICES, Indices, Reals
from segue.models.lists.episodes import best_first
from segue.models.lists.model import WHOLE_LIBRARY, EvidenceModel
from segue.progress import Fitting, blocks_of, over_blocks

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Of what the title says beside the rest; the best on lists held out for it is taken."""

DEEPEST = metrics.DEPTH
"""So many tracks are named for each list."""

MATCH = "artist match plus popularity"

Answer: TypeAlias = "tuple[Mapping[str, tuple[float, float, float]], NDArray[np.int64]]"
"""The figures of each method, and our 500 best."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One list to continue: the place of its kind, of its title (−1 unknown), seeds and hidden."""

    id: str
    kind: int
    title: int
    seeds: Indices
    hidden: Indices = field(default_factory=lambda: NO_INDICES)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All that lists are continued with.

    `titles` (n_lists, n_words) are of the lists of `model`, `asked` (n_titles, n_words) of what is
    asked. `near` (n_asked, n_tracks) holds nearness to each seed, whose row `place` (n_tracks,)
    says. `tie` (n_tracks,) parts equal scores; `weights` go to the title without and with seeds.
    """

    model: EvidenceModel
    titles: sparse.csr_array
    asked: sparse.csr_array
    near: sparse.csr_array
    place: Indices
    performers: Indices
    tie: Reals
    weights: tuple[float, float] = (1.0, 1.0)


def by_title(titles: sparse.csr_array, title: sparse.csr_array, tracks: sparse.csr_array) -> Reals:
    """For each track, how much of the lists with a title like this hold it: (n_tracks,) of 0..1.

    `titles` (n_lists, n_words) and `title` (1, n_words) are TF-IDF vectors of unit length; lists
    weigh as the cosine to it. 0 where no list shares a word.
    """
    alike = np.asarray((titles @ title.T).todense()).ravel()
    total = float(alike.sum())
    if total == 0.0:
        return np.zeros(tracks.shape[1])
    return np.asarray((alike / total) @ tracks, dtype=np.float64)


def _parts(known: Known, task: Task) -> tuple[Reals, Reals | None]:
    """What we say of every track without the title, and what the title says."""
    lists = known.model.lists
    model = known.model
    base = model.score(WHOLE_LIBRARY, task.seeds) if task.seeds.size else model.prior()
    if task.title < 0:
        return base, None
    return base, by_title(known.titles, known.asked[[task.title]], lists.tracks)


def _joined(base: Reals, title: Reals | None, weight: float) -> Reals:
    return base if title is None else base + weight * np.log1p(200 * title)


def tuned(known: Known, tasks: Sequence[Task], how: Fitting) -> tuple[float, float]:
    """The weights of a title without and with seeds that do best on lists held out for it."""
    if not tasks:
        return known.weights
    found = over_blocks(_weighed, known, blocks_of(tasks, LISTS_AT_ONCE), how, "weighing titles")
    means = np.mean([each for block in found for each in block], axis=0)
    alone, beside = (WEIGHTS[int(np.argmax(of_weights))] for of_weights in means)
    return alone, beside


def _weighed(known: Known, tasks: Sequence[Task]) -> list[NDArray[np.float64]]:
    with threadpool_limits(limits=1):
        return [_by_weight(known, task) for task in tasks]


def answered(known: Known, tasks: Sequence[Task]) -> list[Answer]:
    """What every way says to each task; in one thread, so that no sum depends on the machine."""
    with threadpool_limits(limits=1):
        simple = one_liners(known.model.lists, np.random.default_rng(0))
        return [_answer(known, simple, task) for task in tasks]


def _by_weight(known: Known, task: Task) -> NDArray[np.float64]:
    """R-precision by each of `WEIGHTS`, of a task without and with its seeds: (2, n)."""
    everything = np.union1d(task.hidden, task.seeds).astype(np.int32)
    rows = []
    for case in (replace(task, seeds=NO_INDICES, hidden=everything), task):
        base, title = _parts(known, case)
        ranked = [_best(known, case, _joined(base, title, weight)) for weight in WEIGHTS]
        rows.append([metrics.r_precision(each, case.hidden) for each in ranked])
    return np.array(rows)


def _best(known: Known, task: Task, scores: Reals) -> NDArray[np.int64]:
    seen = known.model.lists.track_count > 0
    return best_first(scores, task.seeds, seen, known.tie, DEEPEST)


def _answer(known: Known, simple: Mapping[str, Method], task: Task) -> Answer:
    base, title = _parts(known, task)
    popularity = simple["popularity"](task.seeds)
    asked = {"popularity": popularity}
    if title is not None:
        asked["lists of like titles"] = title + 1e-6 * popularity
    if task.seeds.size:
        asked[MATCH] = simple[MATCH](task.seeds)
        near = known.near[known.place[task.seeds]].sum(axis=0)
        asked["item to item, cosine"] = np.asarray(near).ravel() + 1e-6 * popularity
    asked[OURS] = _joined(base, title, known.weights[min(task.seeds.size, 1)])
    best = {name: _best(known, task, scores) for name, scores in asked.items()}
    figures = {
        name: (
            metrics.r_precision_with_artists(ranked, task.hidden, known.performers),
            metrics.ndcg(ranked, task.hidden),
            float(metrics.clicks(ranked, task.hidden)),
        )
        for name, ranked in best.items()
        if task.hidden.size
    }
    return figures, best[OURS]
