"""Autoencoders of features and of lyrics beside PCA: what is lost, and which neighbours stay."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from segue.errors import NotEnoughDataError
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval
from segue.models.data import Floats, TrainingData
from segue.models.embedding.autoencoder import (
    Flags,
    MinMax,
    fit_clusters,
    principal_directions,
    recall_within,
    tabular_columns,
)
from segue.models.embedding.autoencoder_training import choose_autoencoder, neighbour_overlap
from segue.progress import Fitting, alone, fit_network, shuffled_batches, side_by_side


@dataclass(frozen=True, slots=True)
class Coder:
    """The way to latent vectors (n, d) -> (n, k) and back."""

    encode: Callable[[Floats], Floats]
    decode: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class PublishedShape:
    """Hidden widths of the encoder, mirrored in the decoder, and the last activation."""

    hidden: tuple[int, ...]
    sigmoid: bool


TABULAR_SHAPES: Mapping[str, PublishedShape] = {
    f"published: {name}, {'sigmoid' if sigmoid else 'linear'} output": PublishedShape(
        hidden, sigmoid
    )
    for name, hidden in (("no hidden layer", ()), ("16", (16,)), ("20-15", (20, 15)))
    for sigmoid in (False, True)
}
LYRIC_SHAPES: Mapping[str, PublishedShape] = {
    f"published: {name}, {'sigmoid' if sigmoid else 'linear'} output": PublishedShape(
        hidden, sigmoid
    )
    for name, hidden in (("no hidden layer", ()), ("128", (128,)), ("256-128", (256, 128)))
    for sigmoid in (False, True)
}

EPOCHS = 20
BATCH = 128
RATE = 1e-3


def pca(x: Floats, k: int) -> Coder:
    """The best linear coder of k dimensions."""
    mean, directions, _ = principal_directions(x, k)

    def encode(rows: Floats) -> Floats:
        return np.asarray((rows - mean) @ directions, dtype=np.float32)

    def decode(latent: Floats) -> Floats:
        return np.asarray(mean + latent @ directions.T, dtype=np.float32)

    return Coder(encode, decode)


def published(x: Floats, k: int, shape: PublishedShape, *, seed: int) -> Coder:
    """An autoencoder with ReLU on every layer, the latent one too, which is where units die."""
    torch.manual_seed(seed)
    widths = (x.shape[1], *shape.hidden, k)
    down = nn.Sequential()
    for a, b in itertools.pairwise(widths):
        down.extend([nn.Linear(a, b), nn.ReLU()])
    up = nn.Sequential()
    back = widths[::-1]
    for place, (a, b) in enumerate(itertools.pairwise(back)):
        up.append(nn.Linear(a, b))
        if place < len(back) - 2:
            up.append(nn.ReLU())
    if shape.sigmoid:
        up.append(nn.Sigmoid())
    rows = torch.from_numpy(x)
    optimiser = torch.optim.Adam([*down.parameters(), *up.parameters()], lr=RATE, fused=True)
    generator = torch.Generator().manual_seed(seed)

    def loss(batch: torch.Tensor) -> torch.Tensor:
        error: torch.Tensor = ((up(down(rows[batch])) - rows[batch]) ** 2).mean()
        return error

    fit_network(shuffled_batches(len(rows), BATCH, EPOCHS, generator), loss, optimiser)

    def applied(network: nn.Sequential) -> Callable[[Floats], Floats]:
        def apply(values: Floats) -> Floats:
            with torch.no_grad():
                result: torch.Tensor = network(torch.from_numpy(values))
            return np.asarray(result.numpy(), dtype=np.float32)

        return apply

    return Coder(applied(down), applied(up))


TABULAR_SIZES = (1, 2, 4, 5, 10)
LYRIC_SIZES = (1, 2, 5, 15, 30, 50)
TEST_SHARE = 0.2
OVERLAP_ROWS = 2000
NEIGHBOURS = 10
FEWEST_ROWS = 100
PROBES = (1, 2, 3)


def evaluate_embedding(
    data: TrainingData | None,
    source: str,
    how: Fitting,
    *,
    lyric_vectors: Floats | None = None,
    tabular_sizes: Sequence[int] = TABULAR_SIZES,
    lyric_sizes: Sequence[int] = LYRIC_SIZES,
) -> Table:
    """Mean squared error and neighbour overlap at 10 on a held-out fifth, at each latent size.

    The mood of the words joins the audio columns where any track's is known; `lyric_vectors`
    (n_texts, d) are an encoder's vectors of different texts. Rows of audio features that hold
    nothing are left out, and what is unknown in the others is no part of any error.
    The split `neighbours` reports search within clusters: recall of the exact 10 nearest.
    Raises NotEnoughDataError where either has fewer than a hundred rows.
    """
    rows: list[Row] = []
    n = 0
    if data is not None:
        columns = tabular_columns(data.tracks)
        columns = columns[np.isfinite(columns).any(axis=1)]
        rows += _coded("tabular", columns, tabular_sizes, TABULAR_SHAPES, how)
        rows += _searched(columns, how)
        n += len(columns)
    if lyric_vectors is not None:
        vectors = lyric_vectors.astype(np.float32)
        rows += _coded("lyrics", vectors, lyric_sizes, LYRIC_SHAPES, how)
        n += len(vectors)
    if not rows:
        raise NotEnoughDataError("embedding: neither tracks nor lyric vectors were given")
    return Table(
        protocol="embedding: 80/20, min-max scaled, mean squared error, neighbour overlap at 10",
        data=source,
        n=n,
        rows=tuple(rows),
        notes=(
            "published: ReLU on every layer, the latent too; the original widths are not known",
            "dead: latent dimensions that do not vary over the held-out rows",
            "clusters: k-means with the number of clusters of the highest mean silhouette",
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Scaled rows, and which of their values are real: (n, d) each."""

    train: Floats
    train_known: Flags
    test: Floats
    test_known: Flags


def _split(x: Floats, seed: int, what: str) -> _Parts:
    if len(x) < FEWEST_ROWS:
        raise NotEnoughDataError(f"embedding: {len(x)} rows of {what}, {FEWEST_ROWS} are needed")
    order = np.random.default_rng(seed).permutation(len(x))
    n_test = round(TEST_SHARE * len(x))
    test, train = x[order[:n_test]], x[order[n_test:]]
    scale = MinMax.fitted(train)
    known = (np.isfinite(train), np.isfinite(test))
    return _Parts(scale.scaled(train), known[0], scale.scaled(test), known[1])


def _coded(
    what: str,
    x: Floats,
    sizes: Sequence[int],
    shapes: Mapping[str, PublishedShape],
    how: Fitting,
) -> list[Row]:
    parts = _split(x, how.seed, what)
    rng = np.random.default_rng(how.seed)
    usable = [size for size in sizes if size <= min(parts.train.shape)]
    names = (*shapes, "PCA", OURS)
    tasks = [(size, name) for size in usable for name in names]
    measured = side_by_side(
        [
            partial(_measured, parts, size, name, shapes.get(name), alone(how))
            for size, name in tasks
        ],
        how,
        f"embedding {what}",
    )
    return [
        Row(
            method=name,
            metrics=metrics,
            intervals={"mse": mean_interval(errors, rng=rng)},
            split=what,
            size=size,
        )
        for (size, name), (metrics, errors) in zip(tasks, measured, strict=True)
    ]


def _measured(
    parts: _Parts, size: int, name: str, shape: PublishedShape | None, how: Fitting
) -> tuple[dict[str, float], Floats]:
    """The figures of one coder on the rows held out, and the error of each of them: (n,)."""
    if shape is not None:
        coder = published(parts.train, size, shape, seed=how.seed)
    elif name == OURS:
        ours = choose_autoencoder(parts.train, size, how, known=parts.train_known)
        coder = Coder(ours.encode, ours.decode)
    else:
        coder = pca(parts.train, size)
    test, latent = parts.test, coder.encode(parts.test)
    squared = (coder.decode(latent) - test) ** 2
    errors = squared.mean(axis=1, where=parts.test_known)
    metrics = {
        "mse": float(errors.mean()),
        "overlap10": neighbour_overlap(test[:OVERLAP_ROWS], latent[:OVERLAP_ROWS], NEIGHBOURS),
        "dead": float((latent.std(axis=0) < 1e-6).sum()),
    }
    return metrics, errors


def _searched(columns: Floats, how: Fitting) -> list[Row]:
    x = MinMax.fitted(columns).scaled(columns)
    size = min(10, *x.shape)
    known = np.isfinite(columns)
    vectors = choose_autoencoder(x, size, alone(how), known=known).encode(x)
    clusters = fit_clusters(vectors, seed=how.seed)
    asked = np.sort(np.random.default_rng(how.seed).permutation(len(vectors))[:500])
    rows = [
        Row(
            method=f"{OURS}, {probes} of {len(clusters.centres)} clusters",
            metrics={
                "recall10": recall_within(clusters, vectors, NEIGHBOURS, asked, probes),
                "silhouette": clusters.silhouette,
            },
            split="neighbours",
            size=size,
        )
        for probes in PROBES
        if probes <= len(clusters.centres)
    ]
    exact = Row(method="exact", metrics={"recall10": 1.0}, split="neighbours", size=size)
    return [*rows, exact]
