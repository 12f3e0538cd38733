"""The nextstep learner: ŷ, the scaled features of the track that comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.models.baselines import stands_in
from segue.models.data import Floats, Indices, TrainingData, Vocabulary
from segue.models.learners import LEARNERS
from segue.models.nextstep.model import FEATURES, StepModel, prefix_median, prefix_statistics
from segue.models.nextstep.training import (
    LONGEST,
    NETS,
    SHORTEST,
    Errors,
    best_config,
    errors_of,
    fit_steps,
    paired,
    permuted_inputs,
    rows_of,
    step_errors,
)
from segue.models.scorer import HeldOut, Json, Kept, Pieces, Query, from_query
from segue.music.features import Scaling, library_scaling
from segue.progress import Progress, silent

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutErrors:
    """Errors step by step, an array (n − 1,) a list: of ours, of ours where each prefix is read
    in random order, and of the prefix median."""

    ours: Sequence[Errors]
    permuted: Sequence[Errors]
    median: Sequence[Errors]

    @property
    def order_effect(self) -> tuple[float, tuple[float, float]]:
        """What permuting the prefix costs, with its 95 % interval."""
        return paired(self.permuted, self.ours)


def held_out_errors(
    lists: Sequence[Indices], scaled: Floats, *, seed: int, device: str = "cpu"
) -> HeldOutErrors:
    """Every list held_out_errors by what was learned from the four fifths of lists it is not among.

    How it is learned is chosen anew within those, so that no list has a say in its own.
    """
    rng = np.random.default_rng(seed)
    read = rows_of(lists, scaled, seed=seed)
    ours: dict[int, Errors] = {}
    permuted: dict[int, Errors] = {}
    for fold in np.array_split(rng.permutation(len(lists)), FOLDS):
        held = set(fold.tolist())
        others = [list_ for number, list_ in enumerate(read) if number not in held]
        config = best_config(others, seed=seed, device=device)
        model = fit_steps(others, config, seed=seed, nets=1, device=device)
        for number in sorted(held):
            rows = lists[number][:LONGEST]
            ours[number] = errors_of(model, read[number])
            predicted = model.predict(permuted_inputs(rows, scaled, rng))
            permuted[number] = step_errors(predicted, scaled[rows[1:]])
    everyone = range(len(lists))
    return HeldOutErrors(
        [ours[number] for number in everyone],
        [permuted[number] for number in everyone],
        [errors_of(None, list_) for list_ in read],
    )


NAME = "nextstep"

MEDIAN_INSTEAD = "so the prefix median is used"

FEWEST = 10
"""How many lists of eight or more tracks there must be."""


@dataclass(frozen=True, slots=True, eq=False)
class NextStepScorer:
    """ŷ of a prefix, and how near each track of a library is to it. See `Scorer`.

    `scaled` (n_tracks, 8) are the library's features in the scale of `scaling`. Without `model`
    ŷ is the prefix median, and `notes` says why.
    """

    vocabulary: Vocabulary
    scaling: Scaling
    scaled: Floats
    model: StepModel | None
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return NAME

    def predict(self, prefix: Floats) -> Floats:
        """ŷ from the scaled features (n, 8) of a list so far, NaN unknown: (8,) float32.

        An empty prefix gives 0, the mean of all music in this scale.
        """
        if len(prefix) == 0 or self.model is None:
            return prefix_median(prefix)
        return np.asarray(self.model.predict(prefix_statistics(prefix, slice(-1, None)))[0])

    def score(self, query: Query) -> NDArray[np.float32]:
        """−‖ŷ − z‖₂ for every track, ŷ of the playlist so far or else of the seeds.

        Over m known features of eight the norm is times √(8/m); a track with none known gets
        the mean score of the others.
        """
        asked = query.playlist if query.playlist.size else query.seeds
        gaps = self.scaled - self.predict(self.scaled[asked])
        known = np.isfinite(gaps)
        count = known.sum(axis=1)
        square = np.where(known, gaps, 0).astype(np.float64) ** 2
        flow = np.sqrt(square.sum(axis=1) * FEATURES / np.maximum(count, 1))
        some = count > 0
        flow[~some] = flow[some].mean() if some.any() else 0.0
        return np.asarray(-flow, dtype=np.float32)

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        return {"scaled": self.scaled, **({} if self.model is None else self.model.tensors())}

    def config(self) -> dict[str, Json]:
        return {
            "scaling": cast(Json, self.scaling.document()),
            "model": self.model is not None,
            "notes": list(self.notes),
        }

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        document, notes = config["scaling"], config["notes"]
        if not isinstance(document, dict) or not isinstance(notes, list):
            raise ValueError("its card lacks a scaling or notes")
        model = StepModel.restored(tensors) if config["model"] else None
        scaled = tensors["scaled"].astype(np.float32)
        return cls(
            vocabulary, Scaling.from_document(document), scaled, model, tuple(map(str, notes))
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """All tracks scaled (n_tracks, 8), the lists to learn from, and what they cost held out."""

    scaling: Scaling
    scaled: Floats
    lists: Sequence[Indices]
    errors: HeldOutErrors


@dataclass(frozen=True, slots=True)
class NextStepLearner:
    """Settings of the nextstep learner. See `Learner`.

    `scaling` None fits one on the library's features, as recipes do.

    Where held-out lists show no order (a prefix predicts as well when shuffled) ŷ falls back
    to the prefix median, unless `even_without_order`: what depends on the list alone and not on
    its order may still beat the median.
    """

    scaling: Scaling | None = None
    nets: int = NETS
    even_without_order: bool = False
    _read: Kept[_Read] = field(default_factory=Kept, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        return NAME

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",
        progress: Progress = silent,
    ) -> NextStepScorer:
        """Learn from playlists in order.

        Raises NotEnoughDataError with fewer than 10 lists of 8 or more tracks with features.
        """
        progress("learning the next step", 0, 2)
        known = self._held_out(data, seed, device)
        order = _order(known.errors)
        progress("learning the next step", 1, 2)
        model = None
        if order.found or self.even_without_order:
            read = rows_of(known.lists, known.scaled, seed=seed)
            config = best_config(read, seed=seed, device=device)
            model = fit_steps(read, config, seed=seed, nets=self.nets, device=device)
        progress("learning the next step", 2, 2)
        note = order.text if model is not None or order.found else f"{order.text}, {MEDIAN_INSTEAD}"
        return NextStepScorer(data.vocabulary, known.scaling, known.scaled, model, (note,))

    def assess(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",
        progress: Progress = silent,
    ) -> HeldOut:
        """MAE in scaled features over lists held out in turn, beside the prefix median.

        Where `fit` would fall back to that median the gain is 0, and the note says why.

        Raises NotEnoughDataError as `fit` does.
        """
        progress("checking the next step", 0, 1)
        known = self._held_out(data, seed, device)
        found, order = known.errors, _order(known.errors)
        learned = order.found or self.even_without_order
        gain, interval = paired(found.median, found.ours if learned else found.median)
        progress("checking the next step", 1, 1)
        baseline = float(np.nanmean(np.concatenate(found.median)))
        return HeldOut(
            "mae", baseline - gain, LEARNERS[NAME].baseline, baseline, gain, interval,
            len(known.lists),
            note="" if learned else f"{order.text}, {MEDIAN_INSTEAD}",
        )  # fmt: skip

    def stand_in(self, data: TrainingData, why: str) -> NextStepScorer:
        """The prefix median. Never raises: it needs no list."""
        scaling = self.scaling or library_scaling(data.tracks.abstract)
        scaled = scaling.transform(data.tracks.abstract)
        note = stands_in(LEARNERS[NAME].baseline, NAME, why)
        return NextStepScorer(data.vocabulary, scaling, scaled, None, (note,))

    def _held_out(self, data: TrainingData, seed: int, device: str) -> _Read:
        """What judging and fitting both begin with. Raises NotEnoughDataError."""

        def read() -> _Read:
            scaling = self.scaling or library_scaling(data.tracks.abstract)
            scaled = scaling.transform(data.tracks.abstract)
            lists = _readable(data, scaled)
            errors = held_out_errors(lists, scaled, seed=seed, device=device)
            return _Read(scaling, scaled, lists, errors)

        return self._read.of(data, (seed, device), read)


SCORER = NextStepScorer


def learner(effort: float) -> NextStepLearner:
    """A learner whose training an effort below 1 shortens."""
    return NextStepLearner(nets=max(1, round(NextStepLearner().nets * effort)))


@dataclass(frozen=True, slots=True)
class _Order:
    found: bool
    text: str


def _order(lists: HeldOutErrors) -> _Order:
    value, (low, high) = lists.order_effect
    cost = f"(mean error {value:+.3f}, 95 % interval {low:+.3f} to {high:+.3f})"
    if low > 0:
        words = "your lists show order: shuffled, their next songs are harder to guess"
    else:
        words = "your lists show no order: shuffled, their next songs are no harder to guess"
    return _Order(low > 0, f"{words} {cost}")


def _readable(data: TrainingData, scaled: Floats) -> list[Indices]:
    """The lists that can be learned from, tracks without any feature left out."""
    known = np.asarray(np.isfinite(scaled).any(axis=1))
    kept = [rows[known[rows]] for rows in data.playlists]
    lists = [rows for rows in kept if len(rows) >= SHORTEST]
    if len(lists) < FEWEST:
        raise NotEnoughDataError(
            f"{NAME} needs at least {FEWEST} playlists of {SHORTEST} or more tracks with audio "
            f"features; there are {len(lists)}. Run `segue enrich` for features, or wait for "
            "more playlists"
        )
    return lists
