"""What every learner is from outside: it fits a `TrainingData` and gives a `Scorer`,
which can name its evidence: what pulled a track in, and with which share.

Each piece is measured: it is taken away, and what the track's standing loses is its share. A
standing is a score beside all others: how many standard deviations it lies above their mean, so
that answers to different queries compare.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from segue.models.data import NO_INDICES, Floats, Indices, TrainingData, Vocabulary
from segue.progress import Progress, silent

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What a score is asked for, in row numbers of the scorer's vocabulary.

    `seeds` are tracks named by the user, `playlist` is the list so far, in order. A scorer uses
    what it knows how to use; an empty query is allowed and gets the scorer's prior.
    """

    seeds: Indices = field(default_factory=lambda: NO_INDICES)
    playlist: Indices = field(default_factory=lambda: NO_INDICES)

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, seeds: Iterable[str] = (), playlist: Iterable[str] = ()
    ) -> Query:
        """A query from track ids; ids the vocabulary does not know are left out."""
        return cls(seeds=vocabulary.indices(seeds), playlist=vocabulary.indices(playlist))

    def without(self, row: int) -> Query:
        """The same, had this track not been named."""
        return Query(self.seeds[self.seeds != row], self.playlist[self.playlist != row])


@runtime_checkable
class Scorer(Protocol):
    """A fitted model: a number for every track of its vocabulary, higher is better.

    Scores are finite, depend on nothing but the model and the query, and change neither.
    """

    @property
    def name(self) -> str:
        """The learner's name, as recipes and reports write it."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The tracks it scores, in the order of its answers."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its answers should know: a fallback taken, a signal not found."""
        ...

    def score(self, query: Query) -> NDArray[np.float32]:
        """A score for every track of the vocabulary: (n_tracks,) float32, no NaN."""
        ...

    def evidence(self, query: Query, tracks: Indices) -> tuple[tuple[Evidence, ...], ...]:
        """What pulled each of `tracks` in, the heaviest first; without it the score is lower."""
        ...

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array needed to build it again, by name, without the vocabulary."""
        ...

    def config(self) -> dict[str, Json]:
        """Every plain value needed to build it again."""
        ...

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The same scorer from what `tensors` and `config` gave."""
        ...


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One metric of a learner on the user's own data it was not fitted on, beside a baseline.

    `gain` is how much better ours is (positive is better, whichever way the metric runs) and
    `gain_ci` its 95 % bootstrap interval, paired over the `n` held-out items. `note` says in words
    why it is not better, where the learner knows.
    """

    metric: str
    value: float
    baseline: str
    baseline_value: float
    gain: float
    gain_ci: tuple[float, float]
    n: int
    note: str = ""

    @property
    def beats_baseline(self) -> bool:
        """Whether the whole interval of the gain lies above zero."""
        return self.gain_ci[0] > 0


class Learner(Protocol):
    """A way of learning, with its settings; fitting it twice gives the same scorer.

    `device` is a torch device such as "cpu" or "cuda"; learners without torch ignore it.
    """

    @property
    def name(self) -> str:
        """The learner's name, as recipes and reports write it."""
        ...

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> Scorer:
        """Learn from all of `data`, which is not changed.

        Raises NotEnoughDataError where there is too little to learn from, saying what is missing.
        """
        ...

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """How well `fit` would do on data like this, beside a baseline, on held-out parts.

        Raises NotEnoughDataError as `fit` does.
        """
        ...

    def stand_in(self, data: TrainingData, why: str) -> Scorer:
        """The simple scorer it is measured beside, for where it does no better or cannot learn.

        `why` is kept in its notes. Raises NotEnoughDataError where it would tell no track from
        another.
        """
        ...


Work = TypeVar("Work")


class Kept(Generic[Work]):
    """What was worked out last, and of which data: to judge and to fit begin with the same work,
    which a learner that keeps it does once."""

    def __init__(self) -> None:
        self._of: tuple[TrainingData, Hashable] | None = None
        self._found: Work

    def of(self, data: TrainingData, how: Hashable, work: Callable[[], Work]) -> Work:
        """What `work` finds of that very data under the settings `how`. Raises what it raises."""
        if self._of is None or self._of[0] is not data or self._of[1] != how:
            self._found = work()
            self._of = (data, how)
        return self._found


MOST_ASKED = 12
"""Of a longer query, seeds first, only the latest tracks are taken away in turn."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for a track; the shares of all pieces add up to 1.

    A `track` is a row of the vocabulary that the query named, a `feature` something known of the
    track itself, by name.
    """

    kind: Literal["track", "feature"]
    share: float
    row: int = -1
    name: str = ""


Pieces = tuple[Evidence, ...]
"""All evidence for one track, the heaviest first; empty where nothing pulled it in."""


def from_query(
    score: Callable[[Query], Floats], query: Query, tracks: Indices
) -> tuple[Pieces, ...]:
    """The query's tracks as evidence for each of `tracks`: each is left out in turn."""
    latest = query.playlist[::-1][: max(MOST_ASKED - query.seeds.size, 0)]
    asked = list(dict.fromkeys([*query.seeds.tolist(), *latest.tolist()]))[:MOST_ASKED]
    if not asked:
        return ((),) * len(tracks)
    whole = standings(score(query))[tracks]
    lost = np.stack([whole - standings(score(query.without(row)))[tracks] for row in asked])
    lost[np.array(asked)[:, None] == tracks] = 0.0
    return weighed([Evidence("track", 0.0, row=row) for row in asked], lost)


def standings(scores: Floats) -> NDArray[np.float64]:
    """Each score beside all others, in standard deviations from their mean: (n,)."""
    gaps = scores.astype(np.float64) - scores.mean()
    return np.asarray(gaps / max(float(gaps.std()), 1e-9))


def weighed(pieces: Sequence[Evidence], lost: NDArray[np.floating]) -> tuple[Pieces, ...]:
    """Pieces with their shares of what each track loses without them: (n_pieces, n_tracks)."""
    kept = np.maximum(lost, 0.0)
    shares = kept / np.maximum(kept.sum(axis=0), 1e-12)
    return tuple(
        tuple(
            replace(pieces[place], share=float(column[place]))
            for place in np.argsort(-column, kind="stable").tolist()
            if column[place] > 0
        )
        for column in shares.T
    )
