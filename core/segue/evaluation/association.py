"""From one seed: do the ten best answers share a held-out playlist with it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.evaluation.baselines.association import (
    Method,
    NetSettings,
    baselines,
    lens,
    seven_features,
)
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval
from segue.models.data import Indices, Reals, TrainingData
from segue.models.lists.association import AssociationLearner
from segue.models.lists.episodes import best_first, without_repeats
from segue.models.lists.model import SEEN_TRACKS, WHOLE_LIBRARY
from segue.progress import Fitting, alone, side_by_side

TEST_SHARE = 0.2
ANSWERS = 10
CROSS_TALK = 2
FEWEST_LISTS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Training playlists, and seeds with the tracks they share a held-out playlist with."""

    training: TrainingData
    seeds: Indices
    companions: Mapping[int, Indices]


def split_of(data: TrainingData, seed: int, seeds: int | None) -> Split:
    """One 80/20 split of playlists; at most `seeds` of the held-out tracks, drawn at random.

    Raises NotEnoughDataError.
    """
    lists = [without_repeats(rows) for rows in data.playlists if len(rows) > 1]
    if len(lists) < FEWEST_LISTS:
        raise NotEnoughDataError(
            f"association: {len(lists)} playlists of two tracks or more, {FEWEST_LISTS} are needed"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lists))
    n_test = max(1, round(TEST_SHARE * len(lists)))
    held = [lists[place] for place in order[-n_test:].tolist()]
    kept = tuple(lists[place] for place in order[:-n_test].tolist())
    asked = np.unique(np.concatenate(held))
    if seeds is not None and asked.size > seeds:
        asked = np.sort(rng.choice(asked, seeds, replace=False))
    companions: dict[int, list[Indices]] = {int(track): [] for track in asked}
    for rows in held:
        for track in rows[np.isin(rows, asked)].tolist():
            companions[track].append(rows)
    training = replace(data, playlists=kept, playlist_ids=(), sessions=())
    return Split(
        training, asked, {track: np.concatenate(found) for track, found in companions.items()}
    )


def evaluate_association(
    data: TrainingData,
    source: str,
    how: Fitting,
    *,
    split_seeds: Sequence[int] = (0, 1),
    seeds: int | None = 1000,
    learner: AssociationLearner | None = None,
) -> Table:
    """All methods over all splits: hit10 for all seeds, those in training lists and the others.

    Candidates are the tracks of training lists, for every method. `distinct` counts different
    first answers within each split. Raises NotEnoughDataError.
    """
    splits = [split_of(data, split_seed, seeds) for split_seed in split_seeds]
    parts = [partial(_answered, split, alone(how), learner) for split in splits]
    found: dict[str, list[_Answers]] = {}
    for answered in side_by_side(parts, how, "measuring splits"):
        for name, answers in answered.items():
            found.setdefault(name, []).append(answers)
    rng = np.random.default_rng(how.seed)
    rows = [row for name, answers in found.items() for row in _rows(name, answers, rng)]
    return Table(
        protocol=f"association: playlists 80/20, splits {', '.join(map(str, split_seeds))}, "
        f"any of the best {ANSWERS} in a held-out playlist of the seed",
        data=source,
        n=sum(answers.hits.size for answers in found[OURS]),
        rows=tuple(rows),
        notes=(
            "candidates are the tracks of training playlists, for every row",
            f"{OURS} knows that; without them it weighs any track of the library, as in a recipe",
            "warm seeds stand in a training playlist, cold ones in none",
            "distinct: different first answers over the seeds of a split",
        ),
    )


def _answered(
    split: Split, how: Fitting, learner: AssociationLearner | None
) -> dict[str, _Answers]:
    """What every method answers on one split; ours in both settings, from the same signals."""
    training = split.training
    learned = replace(learner or AssociationLearner(), rankers=(WHOLE_LIBRARY, SEEN_TRACKS))
    ours = learned.fit(training, seed=how.seed, device=how.device, progress=how.progress)
    names = (f"{OURS}, without the candidates", OURS)
    methods = _methods(training, how)
    found = {
        name: _answers(partial(_only, method), split, how.seed)[0]
        for name, method in methods.items()
    }
    both = _answers(
        lambda seed: ours.score_seed_by(seed, (WHOLE_LIBRARY, SEEN_TRACKS)), split, how.seed
    )
    return {**found, **dict(zip(names, both, strict=True))}


def _methods(training: TrainingData, how: Fitting) -> dict[str, Method]:
    def net(cross_talk: int) -> Method:
        settings = NetSettings(cross_talk=cross_talk)
        return seven_features(training, settings, how)

    return {
        **baselines(training),
        "LENS feed-forward as published": lens(training, 0, seed=how.seed),
        "LENS recurrent as published": lens(training, CROSS_TALK, seed=how.seed),
        "segue, 7 features, feed-forward": net(0),
        "segue, 7 features, recurrent": net(CROSS_TALK),
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    hits: NDArray[np.bool_]
    warm: NDArray[np.bool_]
    first: NDArray[np.int64]


def _only(method: Method, seed: int) -> Sequence[Reals]:
    return [method(seed)]


def _answers(methods: Callable[[int], Sequence[Reals]], split: Split, seed: int) -> list[_Answers]:
    """The answers of each of the methods that score a seed together."""
    n = len(split.training.vocabulary)
    candidates = np.zeros(n, dtype=np.bool_)
    candidates[np.concatenate(split.training.playlists)] = True
    tie = np.random.default_rng(seed).random(n)
    answered = []
    for track in split.seeds.tolist():
        query = np.array([track], dtype=np.int32)
        bests = [best_first(s, query, candidates, tie, ANSWERS) for s in methods(track)]
        companions = split.companions[track]
        answered.append([(bool(np.isin(b, companions).any()), int(b[0])) for b in bests])
    warm = candidates[split.seeds]
    return [
        _Answers(np.array([hit for hit, _ in each]), warm, np.array([first for _, first in each]))
        for each in zip(*answered, strict=True)
    ]


def _rows(name: str, answers: Sequence[_Answers], rng: np.random.Generator) -> list[Row]:
    hits = np.concatenate([each.hits for each in answers])
    warm = np.concatenate([each.warm for each in answers])
    distinct = float(np.mean([metrics.distinct(each.first) for each in answers]))
    rows = []
    for split, chosen in (("all", np.ones_like(warm)), ("warm", warm), ("cold", ~warm)):
        if not chosen.any():
            continue
        values = hits[chosen].astype(np.float64)
        found = {"hit10": float(values.mean())}
        if split == "all":
            found["distinct"] = distinct
        interval = {"hit10": mean_interval(values, rng=rng)}
        rows.append(Row(method=name, metrics=found, intervals=interval, split=split))
    return rows
