"""What a learner over evidence keeps, and how it is fitted: the catalogue, the lists, the content
model, and rankers trained on the signals of sampled candidates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices, Reals, Rows, Vocabulary
from segue.models.lists.catalogue import Catalogue
from segue.models.lists.episodes import (
    Candidates,
    Episode,
    Sample,
    TrainingRound,
    draw_candidates,
)
from segue.models.lists.lists import TrainingLists
from segue.models.lists.ranker import (
    OWN,
    ContentModel,
    Ranker,
    RankerSettings,
    fit_content,
    fit_ranker,
)
from segue.models.lists.signals import OWN_COUNT, signals
from segue.models.scorer import Json, Pieces, Query, from_query
from segue.progress import Fitting

BLOCK = 50_000
"""So many tracks are scored at once."""


def lists_of(catalogue: Catalogue, lists: Sequence[Indices]) -> TrainingLists:
    """Training lists with a content model fitted on them."""
    return TrainingLists(catalogue, lists, fit_content(catalogue.content, lists))


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceModel:
    """Fitted rankers by name over one set of training lists."""

    lists: TrainingLists
    rankers: Mapping[str, Ranker]

    def score(self, ranker: str, query: Indices, rows: Rows | None = None) -> Floats:
        """Scores of all tracks, or of `rows`, for a query of at least one track.

        Where that ranker was not learned, the first that was answers.
        """
        return self.scores((ranker,), query, rows)[0]

    def scores(
        self,
        rankers: Sequence[str],
        query: Indices,
        rows: Rows | None = None,
        block: int = BLOCK,
    ) -> list[Floats]:
        """The same by several rankers, which look at the same signals.

        Of more than `block` tracks every so many-th at a time: memory does not grow with them, and
        each block is like the whole, of which a track of unknown date gets the mean.
        """
        first = next(iter(self.rankers.values()))
        asked = [self.rankers.get(ranker, first) for ranker in rankers]
        n = len(self.lists.catalogue) if rows is None else rows.size
        if n <= block:
            found = signals(self.lists, query, rows)
            return [ranker.score(found) for ranker in asked]
        scores = [np.zeros(n, dtype=np.float32) for _ in asked]
        blocks = -(-n // block)
        every = np.arange(n) if rows is None else rows
        for first_of in range(blocks):
            found = signals(self.lists, query, every[first_of::blocks])
            for ranker, of_ranker in zip(asked, scores, strict=True):
                of_ranker[first_of::blocks] = ranker.score(found)
        return scores

    def prior(self) -> Floats:
        """The answer to an empty query: how many lists hold a track, scaled to 0..1."""
        count = np.log1p(self.lists.track_count)
        return (count / max(float(count.max(initial=0.0)), 1e-9)).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        model = self.lists.model
        out: dict[str, NDArray[np.generic]] = dict(self.lists.catalogue.tensors())
        out["lists.tracks"] = self.lists.entry_track
        out["lists.sizes"] = self.lists.sizes.astype(np.int32)
        out["content.mean"], out["content.basis"] = model.mean, model.basis
        out["content.between"] = model.between
        for name, ranker in self.rankers.items():
            out |= ranker.tensors(name)
        return out

    def config(self) -> dict[str, Json]:
        """The signals of each ranker, in order."""
        return {"rankers": {name: list(ranker.names) for name, ranker in self.rankers.items()}}

    @classmethod
    def restored(
        cls, tensors: Mapping[str, NDArray[np.generic]], config: Mapping[str, Json]
    ) -> EvidenceModel:
        """The inverse of `tensors` and `config`. Raises ValueError where they do not fit."""
        named = config.get("rankers")
        if not isinstance(named, dict):
            raise ValueError("the card names no rankers")
        content = ContentModel(
            *(
                tensors[f"content.{part}"].astype(np.float64)
                for part in ("mean", "basis", "between")
            )
        )
        ends = np.cumsum(tensors["lists.sizes"])[:-1]
        lists = np.split(tensors["lists.tracks"].astype(np.int32), ends)
        rankers = {
            str(name): Ranker.restored([str(signal) for signal in signals_], tensors, str(name))
            for name, signals_ in named.items()
            if isinstance(signals_, list)
        }
        return cls(TrainingLists(Catalogue.restored(tensors), lists, content), rankers)


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceScorer(ABC):
    """What the scorers over evidence share; each says by itself how it asks. See `Scorer`."""

    vocabulary: Vocabulary
    model: EvidenceModel

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to note."""
        return ()

    @abstractmethod
    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32; see `Scorer`."""

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return self.model.tensors()

    def config(self) -> dict[str, Json]:
        """Every plain value."""
        return self.model.config()

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`."""
        return cls(vocabulary, EvidenceModel.restored(tensors, config))


ANY_TRACK = "open"
"""Any track may be asked for, and the number of lists that hold it is never used."""

SEEN_TRACKS = "warm"
"""Only tracks that stand in some list are asked for, and the number of those lists may be used."""

WHOLE_LIBRARY = "library"
"""Any track may be asked for, and whoever made the lists knew them all: those of no list were left
out, and in how many a track stands may count for it."""

LEAST_SEEN = 40
"""Hidden tracks that also stand in a known list, below which `warm` is not learned."""

POOL = 6000
"""The most candidates of an episode, drawn from all tracks."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    names: tuple[str, ...]
    every: Sample
    warm: Sample | None


def fit_rankers(
    catalogue: Catalogue,
    rounds: Sequence[TrainingRound],
    kinds: Sequence[str],
    how: Fitting,
    settings: RankerSettings,
) -> dict[str, Ranker]:
    """The rankers asked for by `kinds`, `SEEN_TRACKS` only where enough hidden tracks recur.

    Candidates are the tracks of the rounds' own lists: of no other is it known that it was left
    out. For `WHOLE_LIBRARY` they are all. The seed decides every draw.
    """

    def fitted(
        names: Sequence[str],
        samples: Sequence[Sample],
        unseen: tuple[str, ...],
        columns: Rows | None = None,
    ) -> Ranker:
        return fit_ranker(names, samples, how, settings=settings, unseen=unseen, columns=columns)

    def sampled(library: bool) -> list[_Drawn]:
        rng = np.random.default_rng(how.seed)
        total = sum(len(round_.episodes) for round_ in rounds)
        drawn: list[_Drawn] = []
        for round_ in rounds:
            for drawn_ in _answers(catalogue, round_, rng, library):
                drawn.append(drawn_)
                how.progress("sampling", len(drawn), total)
        return drawn

    rankers: dict[str, Ranker] = {}
    if WHOLE_LIBRARY in kinds:
        drawn = sampled(library=True)
        rankers[WHOLE_LIBRARY] = fitted(drawn[0].names, [drawn_.every for drawn_ in drawn], (OWN,))
        del drawn  # no second set of samples is drawn beside the first
    if ANY_TRACK in kinds or SEEN_TRACKS in kinds:
        drawn = sampled(library=False)
        names = drawn[0].names
        if ANY_TRACK in kinds:
            untold = [place for place, name in enumerate(names) if name != OWN_COUNT]
            every = [drawn_.every for drawn_ in drawn]
            of_open = [names[place] for place in untold]
            rankers[ANY_TRACK] = fitted(of_open, every, (OWN,), np.array(untold))
        of_warm = [drawn_.warm for drawn_ in drawn if drawn_.warm is not None]
        if (
            SEEN_TRACKS in kinds
            and sum(int(drawn_.relevant.sum()) for drawn_ in of_warm) >= LEAST_SEEN
        ):
            rankers[SEEN_TRACKS] = fitted(names, of_warm, ())
    return rankers


def _answers(
    catalogue: Catalogue, round_: TrainingRound, rng: np.random.Generator, library: bool
) -> Iterator[_Drawn]:
    known = lists_of(catalogue, round_.known)
    recurs = known.track_count > 0
    ends = [episode.hidden for episode in round_.episodes]
    pool = _in_any(len(catalogue), *round_.known, *ends).astype(np.int32)
    if library:
        pool = np.arange(len(catalogue), dtype=np.int32)
    for episode in round_.episodes:
        some = pool if pool.size <= POOL else rng.choice(pool, POOL, replace=False)
        rows: Indices = _in_any(len(catalogue), some, episode.hidden).astype(np.int32)
        seen = np.zeros(0, dtype=np.int64) if library else np.flatnonzero(recurs[rows])
        yield _answer(known, episode, rows, seen, rng)


def _in_any(size: int, *parts: Rows | Indices) -> Rows:
    """The row numbers below `size` that stand in any of the parts, each once and in order."""
    inside = np.zeros(size, dtype=np.bool_)
    for part in parts:
        inside[part] = True
    return np.flatnonzero(inside)


def _answer(
    known: TrainingLists, episode: Episode, rows: Indices, seen: Rows, rng: np.random.Generator
) -> _Drawn:
    """Candidates drawn of all `rows`, and of those of their places that were `seen`."""
    every, warm = list[Candidates](), list[Candidates]()

    def draw(plausible: Reals) -> Rows:
        every.append(draw_candidates(plausible, rows, episode, rng))
        recurring = rows[seen][np.isin(rows[seen], episode.hidden)]
        if recurring.size:
            asked = Episode(episode.query, recurring)
            drawn = draw_candidates(plausible[seen], rows[seen], asked, rng)
            warm.append(replace(drawn, places=seen[drawn.places]))
        return _in_any(rows.size, *(drawn.places for drawn in (*every, *warm)))

    found = signals(known, episode.query, rows, draw)
    matrix = np.stack(list(found.values()), axis=1)
    places = _in_any(rows.size, *(drawn.places for drawn in (*every, *warm)))
    of_warm = warm[0].sample(matrix, places) if warm else None
    return _Drawn(tuple(found), every[0].sample(matrix, places), of_warm)
