"""The nextstep learner: ŷ, the scaled features of the track that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.models.data import Floats, Indices, TrainingData
from segue.models.nextstep.net import StepNets
from segue.models.nextstep.prefixes import FEATURES, prefix_median, prefix_statistics
from segue.models.nextstep.training import (
    NETS,
    SHORTEST,
    fit_nets,
    list_errors,
    permuted_prefix_errors,
    prefers_order,
)
from segue.models.scorer import HeldOut, Json, Progress, Query, silent
from segue.models.vocabulary import Vocabulary
from segue.music.scaling import Scaling, library_scaling

NAME = "nextstep"

FEWEST = 10
"""How many lists of eight or more tracks there must be."""

RESAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class NextStepScorer:
    """ŷ of a prefix, and how near each track of a library is to it. See `Scorer`.

    `scaled` (n_tracks, 8) are the library's features in the scale of `scaling`. Without `nets`
    ŷ is the prefix median, and `notes` says why.
    """

    vocabulary: Vocabulary
    scaling: Scaling
    scaled: Floats
    nets: StepNets | None
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return NAME

    def predict(self, prefix: Floats) -> Floats:
        """ŷ from the scaled features (n, 8) of a list so far, NaN unknown: (8,) float32.

        An empty prefix gives 0, the mean of all music in this scale.
        """
        if len(prefix) == 0 or self.nets is None:
            return prefix_median(prefix)
        foretold = self.nets.predict(prefix_statistics(prefix)[-1:])[0]
        return np.asarray(foretold, dtype=np.float32)

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

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        return {"scaled": self.scaled, **(self.nets.tensors() if self.nets is not None else {})}

    def config(self) -> dict[str, Json]:
        return {
            "scaling": cast(Json, self.scaling.document()),
            "nets": self.nets is not None,
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
        nets = StepNets.restored(tensors) if config["nets"] else None
        scaled = tensors["scaled"].astype(np.float32)
        return cls(
            vocabulary, Scaling.from_document(document), scaled, nets, tuple(map(str, notes))
        )


@dataclass(frozen=True, slots=True)
class NextStepLearner:
    """Settings of the nextstep learner. See `Learner`.

    `scaling` None fits one on the library's features, as recipes do.

    Where held-out lists show no order (a prefix foretells as well when shuffled) ŷ falls back
    to the prefix median, unless `even_without_order`: what depends on the list alone and not on
    its order may still beat the median.
    """

    scaling: Scaling | None = None
    nets: int = NETS
    even_without_order: bool = False

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
        scaling = self.scaling or library_scaling(data.tracks.abstract)
        scaled = scaling.transform(data.tracks.abstract)
        lists = _readable(data, scaled)
        progress("learning the next step", 0, 2)
        ordered, trial, held = prefers_order(lists, scaled, seed=seed, device=device)
        effect, interval = _order_effect(trial, [lists[number] for number in held], scaled, seed)
        progress("learning the next step", 1, 2)
        said = (
            f"shuffling the list so far costs {effect:.4f} [{interval[0]:.4f}, {interval[1]:.4f}]"
        )
        nets, note = None, f"your lists show no order ({said}): the prefix median is used"
        if interval[0] > 0 or self.even_without_order:
            note = f"order of your lists: {said}"
            nets = fit_nets(
                lists, scaled, seed=seed, ordered=ordered, nets=self.nets, device=device
            )
        progress("learning the next step", 2, 2)
        return NextStepScorer(data.vocabulary, scaling, scaled, nets, (note,))

    def assess(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",
        progress: Progress = silent,
    ) -> HeldOut:
        """MAE in scaled features on a held-out fifth of the lists, beside the prefix median.

        Where `fit` would fall back to that median the gain is 0.

        Raises NotEnoughDataError as `fit` does.
        """
        scaling = self.scaling or library_scaling(data.tracks.abstract)
        scaled = scaling.transform(data.tracks.abstract)
        lists = _readable(data, scaled)
        progress("checking the next step", 0, 1)
        _, nets, held = prefers_order(lists, scaled, seed=seed, device=device)
        rows = [lists[number] for number in held]
        _, interval = _order_effect(nets, rows, scaled, seed)
        used = nets if interval[0] > 0 or self.even_without_order else None
        ours = [list_errors(used, row, scaled) for row in rows]
        median = [list_errors(None, row, scaled) for row in rows]
        gain, interval = _paired(median, ours, np.random.default_rng(seed))
        progress("checking the next step", 1, 1)
        baseline = float(np.nanmean(np.concatenate(median)))
        return HeldOut("mae", baseline - gain, "prefix median", baseline, gain, interval, len(rows))


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


def _order_effect(
    nets: StepNets, lists: list[Indices], scaled: Floats, seed: int
) -> tuple[float, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    shuffled = [permuted_prefix_errors(nets, rows, scaled, rng) for rows in lists]
    real = [list_errors(nets, rows, scaled) for rows in lists]
    return _paired(shuffled, real, rng)


def _paired(
    worse: list[NDArray[np.float64]], better: list[NDArray[np.float64]], rng: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """The mean of worse − better over steps, with its interval by bootstrap over lists."""
    gaps = [a - b for a, b in zip(worse, better, strict=True)]
    sums = np.array([np.nansum(gap) for gap in gaps])
    counts = np.array([np.isfinite(gap).sum() for gap in gaps])
    drawn = rng.integers(0, len(gaps), (RESAMPLES, len(gaps)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(sums.sum() / counts.sum()), (float(low), float(high))
