"""Continue a playlist: the first 20 tracks seen, the next 10 hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.evaluation.baselines.continuation import (
    LISTS_AT_ONCE,
    Method,
    collaborative,
    one_liners,
    seen_or_not,
    song_recommender,
    tuned_blend,
)
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import Interval, mean_interval
from segue.models.data import NO_INDICES, Indices, Reals, TrackTable, TrainingData, track_table
from segue.models.lists.continuation import ContinuationLearner, playlists_of
from segue.models.lists.episodes import best_first, without_repeats
from segue.models.lists.model import ANY_TRACK, SEEN_TRACKS
from segue.models.scorer import Query, Scorer, standings
from segue.progress import Fitting, blocks_of, over_blocks

SEEN, HIDDEN, SHORTEST = 20, 10, 30
SHOWN = 15

Training = Literal["before", "all"]
"""What is trained on: `before`, the seen parts and the lists too short to ask about, so that
nothing after a hidden track is known; or `all`, what follows the hidden tracks too."""

Knowledge = Literal["everything", "artists", "ids"]
"""What may be known of a track."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One list to continue: `seen` in order and `hidden`."""

    seen: Indices
    hidden: Indices


def tasks_and_training(
    data: TrainingData, training: Training = "before"
) -> tuple[list[Task], TrainingData]:
    """The lists of at least 30 different tracks as tasks, and what may be learned from.

    Raises NotEnoughDataError where there is no such list.
    """
    lists = [without_repeats(rows) for rows in data.playlists]
    tasks = [
        Task(rows[:SEEN], rows[SEEN : SEEN + HIDDEN]) for rows in lists if rows.size >= SHORTEST
    ]
    if not tasks:
        raise NotEnoughDataError(
            f"continuation: no playlist has {SHORTEST} different tracks; longer ones are needed"
        )
    known = [rows for rows in lists if 0 < rows.size < SHORTEST]
    known += [task.seen for task in tasks]
    if training == "all":
        known += [rows[SHORTEST:] for rows in lists if rows.size > SHORTEST]
    return tasks, replace(data, playlists=tuple(known), playlist_ids=(), sessions=())


def knowing_only(tracks: TrackTable, knowledge: Knowledge) -> TrackTable:
    """A table that has forgotten everything else."""
    if knowledge == "everything":
        return tracks
    if knowledge == "ids":
        return track_table(len(tracks))
    names = [tracks.artist_names[row] if row >= 0 else "" for row in tracks.artist]
    return track_table(len(tracks), artists=names)


def evaluate_continuation(
    data: TrainingData,
    source: str,
    how: Fitting,
    *,
    training: Training = "before",
    knowledge: Knowledge = "everything",
    learner: ContinuationLearner | None = None,
) -> Table:
    """All methods in the settings `open`, `warm` and `cold`, each with 95 % intervals over lists.

    Ours is fitted on training lists alone: no hidden track of any list is ever learned from, so
    its blend needs no folds. Raises NotEnoughDataError.
    """
    tasks, known = tasks_and_training(data, training)
    known = replace(known, tracks=knowing_only(data.tracks, knowledge))
    learned = replace(learner or ContinuationLearner(), rankers=(ANY_TRACK, SEEN_TRACKS))
    ours = learned.fit(known, seed=how.seed, device=how.device, progress=how.progress)
    lists = ours.model.lists
    rng = np.random.default_rng(how.seed)
    methods: dict[str, Method] = {
        **one_liners(lists, rng),
        **seen_or_not(lists),
        **collaborative(lists, how.seed),
        "tuned blend of three": tuned_blend(lists, playlists_of(known), how.seed),
        "Song Recommender as published": song_recommender(lists, how.seed),
    }
    seen = lists.track_count > 0
    everywhere = np.ones_like(seen)
    tie = rng.random(seen.size)
    splits = {"open": everywhere, "warm": seen, "cold": ~seen}

    def ours_by_split(query: Indices) -> Sequence[Reals]:
        either, warm = ours.score_rows_by(query, (ANY_TRACK, SEEN_TRACKS))
        return either, warm, either

    asked: dict[str, Callable[[Indices], Sequence[Reals]]] = {
        name: partial(_alike, method, len(splits)) for name, method in methods.items()
    }
    asked[OURS] = ours_by_split
    shared = (asked, list(splits.values()), tie)
    found = over_blocks(_measured, shared, blocks_of(tasks, LISTS_AT_ONCE), how, "measuring")
    rows = [
        _row(name, split, values, rng)
        for place, (split, candidates) in enumerate(splits.items())
        for name in asked
        if (values := _together([block[name][place] for block in found], candidates)) is not None
    ]
    return Table(
        protocol=f"continuation: {SEEN} seen, {HIDDEN} hidden, training {training}, "
        f"{knowledge} known",
        data=source,
        n=len(tasks),
        rows=tuple(rows),
        notes=_notes(training, float(np.mean([(~seen)[task.hidden].mean() for task in tasks]))),
    )


def _notes(training: Training, unseen: float) -> tuple[str, ...]:
    known = (
        "training is the seen parts of all lists and the lists shorter than 30; what follows a "
        "hidden track is its future and is left out"
        if training == "before"
        else "training is everything that is not hidden, what follows the hidden tracks too"
    )
    return (
        known,
        f"{unseen:.1%} of hidden tracks stand in no training list",
        "rows marked not allowed show what it gives to know whether a track was seen",
        "open: any track; warm: only tracks of training lists; cold: only the others",
    )


def _alike(method: Method, count: int, query: Indices) -> Sequence[Reals]:
    """A method's scores, the same for `count` settings."""
    return [method(query)] * count


_Asked = Mapping[str, Callable[[Indices], Sequence[Reals]]]
_Figures = list[tuple[dict[str, float], NDArray[np.int64]]]
"""Of each list asked about, its figures and the first answers."""


def _measured(
    shared: tuple[_Asked, Sequence[NDArray[np.bool_]], Reals], tasks: Sequence[Task]
) -> dict[str, list[_Figures]]:
    """Some lists, asked of every method, which scores a query for all splits at once; by split."""
    asked, splits, tie = shared
    found: dict[str, list[_Figures]] = {name: [[] for _ in splits] for name in asked}
    with threadpool_limits(limits=1):  # no sum depends on how many cores there are
        for name, method in asked.items():
            for task in tasks:
                scored = zip(found[name], splits, method(task.seen), strict=True)
                for of_split, candidates, scores in scored:
                    hidden = task.hidden[candidates[task.hidden]]
                    if hidden.size:
                        ranked = best_first(scores, task.seen, candidates, tie, metrics.DEPTH)
                        of_split.append((_figures(ranked, hidden), ranked[:SHOWN]))
    return found


def _figures(ranked: NDArray[np.int64], hidden: Indices) -> dict[str, float]:
    return {
        "r_precision": metrics.r_precision(ranked, hidden),
        "hr15": metrics.hit_rate(ranked, hidden, SHOWN),
        "ndcg": metrics.ndcg(ranked, hidden),
        "clicks": float(metrics.clicks(ranked, hidden)),
        "mrr": metrics.reciprocal_rank(ranked, hidden),
    }


def _together(
    blocks: Sequence[_Figures], candidates: NDArray[np.bool_]
) -> Mapping[str, list[float]] | None:
    every = [figures for block in blocks for figures in block]
    if not every:
        return None
    tops = [top for _, top in every]
    found = {key: [figures[key] for figures, _ in every] for key in every[0][0]}
    found["coverage"] = [metrics.coverage(tops, int(candidates.sum()), SHOWN)]
    found["distinct"] = [metrics.distinct([int(top[0]) for top in tops if top.size])]
    return found


def _row(name: str, split: str, values: Mapping[str, list[float]], rng: np.random.Generator) -> Row:
    intervals: dict[str, Interval] = {
        key: mean_interval(each, rng=rng) for key, each in values.items() if len(each) > 1
    }
    means = {key: float(np.mean(each)) for key, each in values.items()}
    return Row(method=name, metrics=means, intervals=intervals, split=split)


LISTS_EACH, TAKEN_OUT = 12, 2


def evaluate_inbox(
    data: TrainingData, source: str, how: Fitting, *, learner: ContinuationLearner | None = None
) -> Table:
    """Songs sorted into the lists they were taken out of, as the inbox sorts new likes.

    Of each list with enough tracks two that stand in no other are taken out. Lists are dealt to
    listeners of twelve each (all to one, of fewer than twice that): a song is sorted into one of
    its listener's. Raises NotEnoughDataError.
    """
    rng = np.random.default_rng(how.seed)
    lists = [rows for rows in map(without_repeats, data.playlists) if rows.size > SHOWN]
    often = np.bincount(np.concatenate([NO_INDICES, *lists]), minlength=len(data.vocabulary))
    alone = [rows[often[rows] == 1] for rows in lists]
    out = [rng.choice(rows, min(TAKEN_OUT, rows.size), replace=False) for rows in alone]
    if sum(rows.size > 0 for rows in out) < 2:
        raise NotEnoughDataError(
            f"inbox: two playlists of more than {SHOWN} tracks are needed, each with a track that "
            "stands in no other"
        )
    left = [rows[~np.isin(rows, gone)] for rows, gone in zip(lists, out, strict=True)]
    known = replace(data, playlists=tuple(left), playlist_ids=(), sessions=())
    asked = learner or ContinuationLearner()
    simple = asked.stand_in(known, "")
    scorers: dict[str, Scorer] = {
        OURS: asked.fit(known, seed=how.seed, device=how.device, progress=how.progress),
        simple.label: simple,
    }
    order = rng.permutation(len(lists))
    dealt = np.array_split(order, max(1, len(lists) // LISTS_EACH))
    values: dict[str, list[NDArray[np.float64]]] = {}
    for places in dealt:
        songs = np.concatenate([out[place] for place in places.tolist()])
        home = np.repeat(np.arange(places.size), [out[place].size for place in places.tolist()])
        artist = data.tracks.artist
        columns: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scorers}
        columns |= {"songs of the artist": [], "longest list": []}
        for place in places.tolist():
            query = Query(playlist=left[place])
            for name, scorer in scorers.items():
                columns[name].append(standings(scorer.score(query))[songs])
            same = artist[left[place]][None, :] == artist[songs][:, None]
            columns["songs of the artist"].append(same.sum(axis=1).astype(np.float64))
            columns["longest list"].append(np.full(songs.size, float(left[place].size)))
        for name, column in columns.items():
            scores = np.stack(column, axis=1)
            tie = rng.random(scores.shape)
            ranked = np.lexsort((tie, -scores), axis=1)
            values.setdefault(name, []).append(np.argmax(ranked == home[:, None], axis=1))
    rows = []
    for name, found in values.items():
        place_of = np.concatenate(found)
        hits = {f"hit{depth}": (place_of < depth).astype(np.float64) for depth in (1, 3)}
        means = {key: float(each.mean()) for key, each in hits.items()}
        rows.append(
            Row(name, means, {key: mean_interval(each, rng=rng) for key, each in hits.items()})
        )
    sizes = np.concatenate([np.full(int(sum(out[p].size for p in ps)), ps.size) for ps in dealt])
    return Table(
        protocol=f"inbox: songs sorted into the list they were taken out of, of {sizes.mean():.0f}",
        data=source,
        n=sizes.size,
        rows=tuple(rows),
        notes=(f"by chance {np.mean(1 / sizes):.3f} are sorted right at once",),
    )
