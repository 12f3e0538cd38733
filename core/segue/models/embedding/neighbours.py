"""Nearest neighbours among vectors: exact, or within the clusters nearest to the query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.models.data import Floats, Rows

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
    return np.argsort(apart, axis=1, kind="stable")[:, :k]


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
