"""Lists continued as in the RecSys Challenge 2018: ten kinds of what is known of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.evaluation.baselines.challenge import (
    DEEPEST,
    Answer,
    Known,
    Task,
    answered,
    tuned,
)
from segue.evaluation.baselines.continuation import LISTS_AT_ONCE, item_to_item
from segue.evaluation.collection import Collection
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval
from segue.models.data import NO_INDICES
from segue.models.lists.catalogue import word_vectors
from segue.models.lists.continuation import ContinuationLearner
from segue.models.lists.episodes import without_repeats
from segue.models.lists.model import WHOLE_LIBRARY
from segue.progress import Fitting, blocks_of, over_blocks


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a list: so many of its tracks, and whether its title is."""

    label: str
    seeds: int
    titled: bool = True
    random: bool = False


KINDS = (
    Kind("title only", 0),
    Kind("title, first track", 1),
    Kind("title, first 5", 5),
    Kind("first 5, no title", 5, titled=False),
    Kind("title, first 10", 10),
    Kind("first 10, no title", 10, titled=False),
    Kind("title, first 25", 25),
    Kind("title, 25 at random", 25, random=True),
    Kind("title, first 100", 100),
    Kind("title, 100 at random", 100, random=True),
)
"""The categories of the challenge set, in its order, by its readme
(recsys-challenge.spotify.com/challenge_readme)."""

FEWEST_HIDDEN = 5
"""A list is asked about only with so many tracks beside its seeds."""

LARGEST_SHARE = 1 / 50
"""At most this share of the lists is held out for one kind."""

MILLION = (1_000_000, 66_346_428, 2_262_292)
"""Lists, entries and different tracks of the Million Playlist Dataset, by its own statistics."""

PUBLISHED = {
    "best of the challenge's main track": (0.2241, 0.3946, 1.784),
    "best of its creative track": (0.2233, 0.3939, 1.785),
}
"""Zamani, Schedl, Lamere and Chen, “An analysis of approaches taken in the ACM RecSys Challenge
2018” (ACM TIST 2019, 10.1145/3344257)."""

BEST_OF_KINDS = "the best other way of each kind"
_METRICS = ("r_precision_artists", "ndcg", "clicks")
_TUNING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """What was measured, and the best 500 of each list that is to be submitted, by its id."""

    table: Table
    answers: tuple[tuple[str, NDArray[np.int64]], ...]


def evaluate_challenge(
    collection: Collection,
    source: str,
    how: Fitting,
    *,
    of_each: int,
    learner: ContinuationLearner | None = None,
) -> Continued:
    """Up to `of_each` held-out lists of every kind, continued by what all other lists tell.

    `answers` are for the lists the collection asks about, else for the held-out ones. Raises
    NotEnoughDataError where no list can be held out.
    """
    rng = np.random.default_rng(how.seed)
    tasks, tuning, training = _held_out(collection, of_each, rng)
    questions = _questions(collection)
    data = replace(
        collection.data,
        playlists=tuple(collection.data.playlists[place] for place in training),
        playlist_ids=(),
    )
    ours = replace(learner or ContinuationLearner(), rankers=(WHOLE_LIBRARY,))
    fitted = ours.fit(data, seed=how.seed, device=how.device, progress=how.progress)
    lists = fitted.model.lists
    titles = word_vectors([*collection.names, *(each.name for each in collection.asked)])
    seeds = np.unique(np.concatenate([NO_INDICES, *(task.seeds for task in (*tasks, *questions))]))
    row_of = np.full(len(data.vocabulary), -1, dtype=np.int32)
    row_of[seeds] = np.arange(seeds.size)
    known = Known(
        model=fitted.model,
        titles=titles[training],
        asked=titles,
        near=item_to_item(lists.tracks, seeds, how),
        place=row_of,
        performers=collection.performers,
        tie=rng.random(len(data.vocabulary)),
    )
    known = replace(known, weights=tuned(known, tuning, how))

    def continued(some: Sequence[Task], stage: str) -> list[Answer]:
        blocks = blocks_of(some, LISTS_AT_ONCE)
        return [
            each for block in over_blocks(answered, known, blocks, how, stage) for each in block
        ]

    measured = continued(tasks, "continuing lists")
    if questions:
        submitted = continued(questions, "continuing the asked lists")
    else:
        questions, submitted = tasks, measured
    million = is_the_million(collection)
    table = Table(
        protocol="continuation, the RecSys Challenge 2018's protocol",
        data=source,
        n=len(tasks),
        rows=tuple(_rows(tasks, measured, rng, published=million)),
        notes=_notes(len(training), known.weights, million),
        headline="all",
    )
    ranked = (best for _, best in submitted)
    return Continued(table, tuple(zip((task.id for task in questions), ranked, strict=True)))


def is_the_million(collection: Collection) -> bool:
    """Whether this is the Million Playlist Dataset: by its numbers of lists, entries and tracks."""
    lists = collection.data.playlists
    tracks = int(np.unique(np.concatenate(lists)).size)
    return (len(lists), collection.entries, tracks) == MILLION


def _notes(training: int, weights: tuple[float, float], million: bool) -> tuple[str, ...]:
    beside = (
        "the challenge's own figures were measured on its 10,000 lists, of which the rest is not "
        "published; ours on lists held out here"
        if million
        else "the challenge's figures are printed beside the Million Playlist Dataset alone, known "
        "by its numbers of lists, entries and tracks; this is other data"
    )
    learned = (
        f"{training:,} lists were learned from; a held-out list is asked for those of its tracks "
        "that stand in any of them"
    )
    weighed = (
        f"a title weighs {weights[0]:g} without tracks and {weights[1]:g} beside them, as was best "
        "on lists held out for it"
    )
    quarter = "r_precision_artists counts a quarter for an artist met, as the challenge did"
    return learned, weighed, quarter, beside


def _held_out(
    collection: Collection, of_each: int, rng: np.random.Generator
) -> tuple[list[Task], list[Task], NDArray[np.int64]]:
    """Tasks of every kind, tasks to weigh titles by, and the places of all other lists.

    Kinds of many seeds choose first, since the fewest lists are long enough for them.
    """
    lists = [without_repeats(rows) for rows in collection.data.playlists]
    most = min(of_each, int(len(lists) * LARGEST_SHARE))
    free = rng.permutation(len(lists))
    drawn: list[tuple[int, Kind, NDArray[np.int64]]] = []
    order = sorted(range(len(KINDS)), key=lambda number: (-KINDS[number].seeds, number))
    for number, kind in [*((number, KINDS[number]) for number in order), (_TUNING, KINDS[2])]:
        able = [
            place
            for place in free.tolist()
            if lists[place].size >= kind.seeds + FEWEST_HIDDEN
            and (not kind.titled or collection.names[place])
        ][:most]
        drawn.append((number, kind, np.array(able, dtype=np.int64)))
        free = free[~np.isin(free, able)]
    training = np.sort(free)
    if not any(places.size for _, _, places in drawn) or training.size == 0:
        raise NotEnoughDataError(
            f"continuation: of {len(lists)} lists none can be held out: at most one of "
            f"{1 / LARGEST_SHARE:.0f} is, for each of ten kinds; more are needed"
        )
    known = np.zeros(len(collection.data.vocabulary), dtype=np.bool_)
    known[np.concatenate([lists[place] for place in training])] = True
    tasks: dict[bool, list[Task]] = {True: [], False: []}
    for number, kind, places in sorted(drawn, key=lambda each: each[0]):
        for place in places.tolist():
            rows = lists[place]
            kept = np.zeros(rows.size, dtype=np.bool_)
            kept[rng.permutation(rows.size)[: kind.seeds] if kind.random else slice(kind.seeds)] = 1
            hidden = rows[~kept]
            hidden = hidden[known[hidden]]
            if hidden.size:
                title = place if kind.titled else -1
                task = Task(collection.data.playlist_ids[place], number, title, rows[kept], hidden)
                tasks[number == _TUNING].append(task)
    return tasks[False], tasks[True], training


def _questions(collection: Collection) -> list[Task]:
    first = len(collection.names)
    return [
        Task(each.id, _TUNING, first + place if each.name else -1, without_repeats(each.seeds))
        for place, each in enumerate(collection.asked)
    ]


def _rows(
    tasks: Sequence[Task], answers: Sequence[Answer], rng: np.random.Generator, *, published: bool
) -> Iterator[Row]:
    kinds = np.array([task.kind for task in tasks])
    of_kinds = [
        (
            kind.label,
            _shared([answers[place] for place in np.flatnonzero(kinds == number).tolist()]),
        )
        for number, kind in enumerate(KINDS)
    ]
    every = _shared(answers)
    best = [
        max(others, key=lambda figures: float(figures[:, 0].mean()))
        for _, of_kind in of_kinds
        if (others := [figures for name, figures in of_kind.items() if name != OURS])
    ]
    every[BEST_OF_KINDS] = np.concatenate(best)
    for split, of_split in [("all", every), *of_kinds]:
        for name, values in of_split.items():
            columns = dict(zip(_METRICS, values.T, strict=True))
            yield Row(
                name,
                {key: float(column.mean()) for key, column in columns.items()},
                {
                    key: mean_interval(columns[key], rng=rng)
                    for key in (_METRICS if split == "all" else _METRICS[:1])
                },
                split=split,
            )
        if split == "all" and published:
            for name, figures in PUBLISHED.items():
                yield Row(name, dict(zip(_METRICS, figures, strict=True)), split=split)


def _shared(answers: Sequence[Answer]) -> dict[str, NDArray[np.float64]]:
    """The figures (n, 3) of every way that answers all of these."""
    names = dict.fromkeys(name for figures, _ in answers for name in figures)
    return {
        name: np.array([figures[name] for figures, _ in answers])
        for name in names
        if all(name in figures for figures, _ in answers)
    }


def submission(continued: Continued, collection: Collection, team: str) -> Iterator[str]:
    """The lines of the challenge's submission file: `team_info, NAME, MAIL`, then for each list its
    id and 500 track URIs, none of them a seed and none twice (AIcrowd, Spotify Million Playlist
    Dataset Challenge, “Submission Format”).

    Raises NotEnoughDataError where fewer than 500 tracks can be named.
    """
    yield f"team_info,{team}"
    ids = collection.data.vocabulary.ids
    for key, best in continued.answers:
        if best.size < DEEPEST:
            raise NotEnoughDataError(
                f"continuation: a submission names {DEEPEST} tracks a list, and for list {key} "
                f"only {best.size} are known; give more lists"
            )
        named = (ids[row] for row in best.tolist())
        yield ",".join([key, *(uri if ":" in uri else f"spotify:track:{uri}" for uri in named)])
