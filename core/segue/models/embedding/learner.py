"""Learning what a track is near to, from its own features and lyrics alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.models.baselines import BaselineScorer, nearest_features, popularity
from segue.models.data import NO_INDICES, Floats, Indices, TrackTable, TrainingData, Vocabulary
from segue.models.embedding.autoencoder import (
    AutoencoderSettings,
    Clusters,
    distances,
    embedded_columns,
    fit_clusters,
)
from segue.models.learners import LEARNERS
from segue.models.lists.episodes import (
    Episode,
    best_rule,
    compare,
    one_seed,
    r_precisions,
    without_repeats,
)
from segue.models.scorer import HeldOut, Json, Kept, Pieces, Query, from_query
from segue.progress import Fitting, Progress, silent

Flags = NDArray[np.bool_]

LEAST_TRACKS = 30
ASSESSED_LISTS = 150
SHORTEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingScorer:
    """`vectors` (n, k) of all tracks, `known` (n,) whether anything is known of a track.

    A track of which nothing is known stands at the mean distance of the others.
    """

    vocabulary: Vocabulary
    vectors: Floats
    known: NDArray[np.bool_]
    clusters: Clusters

    @property
    def name(self) -> str:
        """`embedding`."""
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """How many tracks nothing is known of."""
        unknown = int((~self.known).sum())
        return (f"{unknown} tracks have neither features nor lyrics",) if unknown else ()

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32 in 0..1: the mean over seeds of 1 / (1 + distance)."""
        seeds = query.seeds if query.seeds.size else query.playlist
        seeds = seeds[self.known[seeds]]
        if seeds.size == 0:
            return np.zeros(len(self.vectors), dtype=np.float32)
        near = (1.0 / (1.0 + distances(self.vectors[seeds], self.vectors))).mean(axis=0)
        near[~self.known] = near[self.known].mean()
        return np.asarray(near, dtype=np.float32)

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The seeds that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return {
            "vectors": self.vectors,
            "known": self.known.astype(np.uint8),
            "centres": self.clusters.centres.astype(np.float32),
            "member": self.clusters.member.astype(np.int32),
        }

    def config(self) -> dict[str, Json]:
        """Every plain value."""
        return {"silhouette": self.clusters.silhouette}

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`."""
        silhouette = config.get("silhouette")
        clusters = Clusters(
            tensors["centres"].astype(np.float32),
            tensors["member"].astype(np.int64),
            float(silhouette) if isinstance(silhouette, int | float) else 0.0,
        )
        vectors = tensors["vectors"].astype(np.float32)
        return cls(vocabulary, vectors, tensors["known"].astype(np.bool_), clusters)


@dataclass(frozen=True, slots=True)
class EmbeddingLearner:
    """`tabular_size`, `lyric_size` and `sound_size` latent dimensions; lyrics weigh `lyric_weight`,
    and what their own files sound like `sound_weight`."""

    tabular_size: int = 10
    lyric_size: int = 15
    lyric_weight: float = 0.5
    sound_size: int = 15
    sound_weight: float = 1.0
    autoencoder: AutoencoderSettings = field(default_factory=AutoencoderSettings)
    _fitted: Kept[EmbeddingScorer] = field(
        default_factory=Kept, init=False, repr=False, compare=False
    )

    @property
    def name(self) -> str:
        """`embedding`."""
        return NAME

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> EmbeddingScorer:
        """Learn from features and text vectors; playlists are not looked at.

        Raises NotEnoughDataError.
        """
        how = Fitting(seed, device, progress)
        return self._fitted.of(data, (seed, device), lambda: self._of(data, how))

    def _of(self, data: TrainingData, how: Fitting) -> EmbeddingScorer:
        heard: Flags = np.asarray(np.isfinite(data.tracks.abstract).any(axis=1))
        read, sounding = texts_known(data.tracks), _rows_known(data.tracks.sound, len(data.tracks))
        counts = [int(known.sum()) for known in (heard, read, sounding)]
        if max(counts) < LEAST_TRACKS:
            raise NotEnoughDataError(
                f"{NAME}: {counts[0]} tracks with audio features, {counts[1]} with lyrics and "
                f"{counts[2]} with the sound of their file, {LEAST_TRACKS} of either are needed; "
                "run `segue enrich` first"
            )
        parts, known = [], np.zeros_like(heard)
        if counts[0] >= LEAST_TRACKS:
            x, there = embedded_columns(data.tracks, heard)
            parts.append(self._part(x, there, heard, self.tabular_size, how))
            known |= heard
        for rows, there, size, weight in (
            (data.tracks.text, read, self.lyric_size, self.lyric_weight),
            (data.tracks.sound, sounding, self.sound_size, self.sound_weight),
        ):
            if rows is not None and int(there.sum()) >= LEAST_TRACKS:
                x = np.nan_to_num(rows).astype(np.float32)
                parts.append(weight * self._part(x, np.isfinite(rows), there, size, how))
                known |= there
        vectors = np.concatenate(parts, axis=1).astype(np.float32)
        return EmbeddingScorer(
            data.vocabulary, vectors, known, fit_clusters(vectors, seed=how.seed)
        )

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """R-precision from one track of a list to the others, beside the lists' popularity or
        nearness in seven features, whichever it is ahead of less certainly.

        No list is learned from, so all are held out; each leaves the count it is judged by.
        """
        fitted = self.fit(data, seed=seed, device=device, progress=progress)
        rng = np.random.default_rng(seed)
        episodes, popular = _episodes(data, rng)
        if len(episodes) < 2:
            raise NotEnoughDataError(
                f"{NAME}: {len(episodes)} playlists of {SHORTEST} tracks or more to be judged by, "
                "2 are needed"
            )
        ours = [fitted.score(Query(seeds=episode.query)) for episode in episodes]
        found = [
            compare(ours, theirs, episodes, baseline=label, rng=rng)
            for label, theirs in _simple_scores(data, episodes, popular)
        ]
        return min(found, key=lambda held_out: held_out.gain_ci[0])

    def stand_in(self, data: TrainingData, why: str) -> BaselineScorer:
        """Popularity, how many playlists hold a track, or nearness in seven features: which finds
        more of the lists from one of their tracks.

        Raises NotEnoughDataError where that tells no track from another.
        """
        rng = np.random.default_rng(0)
        episodes, popular = _episodes(data, rng)
        tie = rng.random(len(data.vocabulary))
        found = [
            r_precisions(scores, episodes, tie)
            for _, scores in _simple_scores(data, episodes, popular)
        ]
        near = nearest_features(data, NAME, "nothing", why)
        return near[0] if near and best_rule(found) else popularity(data, NAME, why)

    def _part(self, x: Floats, there: Flags, known: Flags, size: int, how: Fitting) -> Floats:
        """Latent vectors of unit mean square length, 0 where unknown: (n, k).

        `there` (n, d) says which values of x are real, `known` (n,) which rows are learned from.
        """
        # Here, since the scorer is loaded from this module, and scoring needs no torch.
        from segue.models.embedding.autoencoder_training import choose_autoencoder

        k = min(size, x.shape[1], int(known.sum()))
        fitted = choose_autoencoder(x[known], k, how, settings=self.autoencoder, known=there[known])
        latent = fitted.encode(x)
        latent -= latent[known].mean(axis=0)
        latent[~known] = 0.0
        length = float(np.sqrt((latent[known] ** 2).sum(axis=1).mean()))
        return np.asarray(latent / max(length, 1e-9), dtype=np.float32)


def _episodes(data: TrainingData, rng: np.random.Generator) -> tuple[list[Episode], list[Floats]]:
    """One track of each list has to find the others; and in how many other lists each track stands,
    (n_tracks,) an episode."""
    lists = [rows for rows in map(without_repeats, data.playlists) if rows.size >= SHORTEST]
    counts = np.bincount(np.concatenate([NO_INDICES, *lists]), minlength=len(data.vocabulary))
    episodes, counted = [], []
    for place in np.sort(rng.permutation(len(lists))[:ASSESSED_LISTS]).tolist():
        episodes.append(one_seed(lists[place], rng))
        others = counts.astype(np.float32)
        others[lists[place]] -= 1
        counted.append(others)
    return episodes, counted


def _simple_scores(
    data: TrainingData, episodes: Sequence[Episode], popular: Sequence[Floats]
) -> Iterator[tuple[str, Sequence[Floats]]]:
    """What each simple rule says of all tracks (n_tracks,) for each episode, by its name."""
    yield LEARNERS[NAME].baseline, popular
    for near in nearest_features(data, NAME, "nothing", ""):
        yield near.label, [near.score(Query(seeds=episode.query)) for episode in episodes]


def texts_known(tracks: TrackTable) -> Flags:
    """Which tracks have a text vector: (n,). One of zeros or with NaN is none."""
    return _rows_known(tracks.text, len(tracks))


def _rows_known(rows: Floats | None, n: int) -> Flags:
    if rows is None:
        return np.zeros(n, dtype=np.bool_)
    return np.asarray(np.isfinite(rows).all(axis=1) & (rows != 0).any(axis=1), dtype=np.bool_)


SCORER = EmbeddingScorer


def learner(effort: float) -> EmbeddingLearner:
    """A learner whose training an effort below 1 shortens."""
    usual = AutoencoderSettings()
    settings = AutoencoderSettings(epochs=max(5, round(usual.epochs * effort)))
    return EmbeddingLearner(autoencoder=settings)


NAME = "embedding"
