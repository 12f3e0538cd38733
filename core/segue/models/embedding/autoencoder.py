"""An autoencoder that starts as PCA and learns what PCA cannot say; neighbours among its vectors.

z = (x − μ)·P / s + f((x − μ) / σ),  x̂ = μ + (z·s)·D + g(z): P, s are the first principal
directions and the spread along them, D starts as Pᵀ, the residual networks f and g start as
nothing. The latent layer is linear, so no unit can die.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Reals, Rows, TrackTable

Layers = tuple[tuple[Floats, Floats], ...]
"""Weights (in, out) and bias (out,) of each layer of a residual network."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AutoencoderSettings:
    """`hidden` units in each of two layers; the rest is for AdamW in one cycle."""

    hidden: int = 64
    epochs: int = 25
    batch: int = 256
    rate: float = 3e-3
    weight_decay: float = 1e-4
    input_dropout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """A fitted autoencoder as plain arrays.

    `mean` and `spread` (d,), `directions` (d, k), `scale` (k,), `back` (k, d).
    """

    mean: Floats
    spread: Floats
    directions: Floats
    scale: Floats
    back: Floats
    encoder: Layers
    decoder: Layers

    @property
    def size(self) -> int:
        """How many latent dimensions there are."""
        return int(self.scale.size)

    def encode(self, x: Floats) -> Floats:
        """Latent vectors (n, k), each scaled by the spread PCA finds along its direction."""
        centred = x - self.mean
        latent = centred @ self.directions
        if self.encoder:
            latent = latent + _forward(self.encoder, centred / self.spread) * self.scale
        return np.asarray(latent, dtype=np.float32)

    def decode(self, latent: Floats) -> Floats:
        """The inverse, as well as it can: (n, d)."""
        rebuilt = self.mean + latent @ self.back + _forward(self.decoder, latent / self.scale)
        return np.asarray(rebuilt, dtype=np.float32)

    def dead(self, x: Floats) -> int:
        """How many latent dimensions do not vary over x."""
        return int((self.encode(x).std(axis=0) < 1e-6).sum())

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array by name, `prefix` before each."""
        out: dict[str, NDArray[np.generic]] = {
            f"{prefix}.{part}": getattr(self, part)
            for part in ("mean", "spread", "directions", "scale", "back")
        }
        for side in ("encoder", "decoder"):
            for depth, (weight, bias) in enumerate(getattr(self, side)):
                out[f"{prefix}.{side}.{depth}.weight"] = weight
                out[f"{prefix}.{side}.{depth}.bias"] = bias
        return out

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Autoencoder:
        """The inverse of `tensors`."""

        def array(name: str) -> Floats:
            return tensors[f"{prefix}.{name}"].astype(np.float32)

        def layers(side: str) -> Layers:
            depths = sum(name.startswith(f"{prefix}.{side}.") for name in tensors) // 2
            return tuple(
                (array(f"{side}.{depth}.weight"), array(f"{side}.{depth}.bias"))
                for depth in range(depths)
            )

        dense = (array(part) for part in ("mean", "spread", "directions", "scale", "back"))
        mean, spread, directions, scale, back = dense
        return cls(mean, spread, directions, scale, back, layers("encoder"), layers("decoder"))


def _forward(layers: Layers, x: Floats) -> Floats:
    for depth, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        if depth < len(layers) - 1:
            x = np.asarray(x / (1.0 + np.exp(-np.clip(x, -60, 60))), dtype=np.float32)
    return x


def principal_directions(x: Floats, k: int) -> tuple[Floats, Floats, Floats]:
    """Mean (d,), the first k directions (d, k) and the spread along each (k,).

    A direction's sign is such that its largest part is positive.
    """
    mean = x.mean(axis=0)
    _, singular, directions = np.linalg.svd(x - mean, full_matrices=False)
    chosen = directions[:k]
    largest = np.abs(chosen).argmax(axis=1)
    signs = np.where(chosen[np.arange(len(chosen)), largest] < 0, -1.0, 1.0)
    scale = singular[:k] / math.sqrt(len(x))
    return mean, (chosen * signs[:, None]).T.astype(np.float32), scale.astype(np.float32)


def tabular_columns(tracks: TrackTable) -> Floats:
    """The audio columns, and the mood of the words where any track's is known.

    (n, 13) or (n, 14), NaN unknown. Genre is not looked at.
    """
    columns = audio_columns(tracks)
    if tracks.mood is None or not np.isfinite(tracks.mood).any():
        return columns
    return np.concatenate([columns, tracks.mood[:, None]], axis=1).astype(np.float32)


def audio_columns(tracks: TrackTable) -> Floats:
    """The thirteen audio columns, the key as a point on its circle: (n, 13), NaN unknown."""
    angle = 2 * np.pi * np.where(tracks.key >= 0, tracks.key, np.nan) / 12
    columns: list[Reals] = [
        *tracks.abstract.T,
        np.cos(angle),
        np.sin(angle),
        np.where(tracks.mode >= 0, tracks.mode, np.nan),
        tracks.tempo,
        tracks.duration_ms,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def standardised(columns: Reals) -> Floats:
    """Columns (n, d) as z-scores over their known values, 0 where unknown or constant."""
    columns = columns.astype(np.float64)
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, columns, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, columns - mean, 0.0) ** 2).sum(axis=0) / count)
    usable = known & (spread > 1e-9)
    scaled = np.where(usable, (columns - mean) / np.where(spread > 1e-9, spread, 1.0), 0.0)
    return scaled.astype(np.float32)


TONAL = slice(8, 11)
DURATION = 12
"""Where `audio_columns` has the key and the mode, and the duration."""
TONAL_WEIGHT = 0.25
"""Key and mode are near 0 and 1 alone, so that whole they would decide what is near."""
LIMIT = 4.0


def embedded_columns(tracks: TrackTable, fitted: Flags) -> tuple[Floats, Flags]:
    """What the embedding reads of tracks, and which of it is known: (n, 13) or (n, 14) each.

    The columns of `tabular_columns`, of the duration its logarithm, as z-scores over the rows
    `fitted` (n,), cut at ±`LIMIT`; key and mode at `TONAL_WEIGHT`. Unknown values, and rows that
    are not `fitted`, are 0.
    """
    columns = np.where(fitted[:, None], tabular_columns(tracks), np.nan)
    duration = columns[:, DURATION]
    columns[:, DURATION] = np.log(np.where(duration > 0, duration, np.nan))
    scaled = np.clip(standardised(columns), -LIMIT, LIMIT)
    scaled[:, TONAL] *= TONAL_WEIGHT
    return scaled, np.isfinite(columns)


CLUSTER_CHOICES = (2, 3, 4, 6, 8, 12, 16, 24)
SILHOUETTE_ROWS = 2000


def distances(queries: Floats, vectors: Floats) -> Floats:
    """Euclidean distances: (n_queries, n_vectors) float32."""
    squared = (queries**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1)
    squared = squared - 2 * queries @ vectors.T
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), dtype=np.float32)


def nearest(queries: Floats, vectors: Floats, k: int, excluded: Rows | None = None) -> Rows:
    """The k nearest vectors of each query, nearest first, ties by row: (n_queries, k).

    `excluded` (n_queries,) names a row each query must not find (itself).
    """
    apart = distances(queries, vectors)
    if excluded is not None:
        apart[np.arange(len(queries)), excluded] = np.inf
    if not 0 < k < len(vectors):
        return np.argsort(apart, axis=1, kind="stable")[:, :k]
    furthest = np.partition(apart, k - 1, axis=1)[:, k - 1]
    found = np.empty((len(apart), k), dtype=np.int64)
    for row, (far, most) in enumerate(zip(apart, furthest, strict=True)):
        able = np.flatnonzero(far <= most)  # all that tie with the last are among them
        found[row] = able[np.argsort(far[able], kind="stable")[:k]]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """`centres` (c, d) and the cluster of each vector, `member` (n,).

    `silhouette` is the mean silhouette of the number chosen.
    """

    centres: Floats
    member: Rows
    silhouette: float

    def search(
        self, queries: Floats, vectors: Floats, k: int, excluded: Rows, probes: int = 1
    ) -> Rows:
        """Like `nearest`, within the `probes` clusters nearest to each query.

        Where they hold fewer than k, the rest of the row is −1.
        """
        found = np.full((len(queries), k), -1, dtype=np.int64)
        asked = nearest(queries, self.centres, probes)
        for row, clusters in enumerate(asked):
            inside = np.flatnonzero(np.isin(self.member, clusters))
            inside = inside[inside != excluded[row]]
            best = nearest(queries[row : row + 1], vectors[inside], k)[0]
            found[row, : best.size] = inside[best]
        return found


def fit_clusters(vectors: Floats, *, seed: int) -> Clusters:
    """k-means with the number of clusters that has the highest mean silhouette.

    The silhouette (Rousseeuw, 1987) is measured on at most `SILHOUETTE_ROWS` rows. Fewer than
    three distinct vectors are one cluster.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    distinct = len(np.unique(vectors, axis=0))
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(vectors))[:SILHOUETTE_ROWS])
    best = Clusters(vectors.mean(axis=0, keepdims=True), np.zeros(len(vectors), np.int64), 0.0)
    for count in CLUSTER_CHOICES:
        if count >= distinct:
            break
        model = KMeans(count, n_init=2, random_state=seed).fit(vectors)
        labels = model.labels_[rows]
        if len(np.unique(labels)) < 2 or len(np.unique(labels)) >= len(rows):
            continue
        score = float(silhouette_score(vectors[rows], labels))
        if score > best.silhouette:
            centres = model.cluster_centers_.astype(np.float32)
            best = Clusters(centres, model.labels_.astype(np.int64), score)
    return best


def recall_within(clusters: Clusters, vectors: Floats, k: int, rows: Rows, probes: int) -> float:
    """Share of the true k nearest that a search within clusters finds, over some rows."""
    exact = nearest(vectors[rows], vectors, k, rows)
    found = clusters.search(vectors[rows], vectors, k, rows, probes)
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(exact, found, strict=True)]))
