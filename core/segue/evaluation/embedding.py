"""Autoencoders of features and of lyrics beside PCA: what is lost, and which neighbours stay."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn

from segue.errors import NotEnoughDataError
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval
from segue.models.baselines import nearest_features
from segue.models.data import Floats, TrainingData
from segue.models.embedding.autoencoder import (
    Flags,
    audio_columns,
    principal_directions,
    recall_within,
    standardised,
    tabular_columns,
)
from segue.models.embedding.autoencoder_training import choose_autoencoder, neighbour_overlap
from segue.models.embedding.learner import SHORTEST, EmbeddingLearner, EmbeddingScorer
from segue.models.lists.episodes import one_seed, r_precisions, without_repeats
from segue.models.scorer import Query, Scorer
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


def _shapes(*depths: tuple[int, ...]) -> Mapping[str, PublishedShape]:
    return {
        f"published: {'-'.join(map(str, hidden)) or 'no hidden layer'}, "
        f"{'sigmoid' if sigmoid else 'linear'} output": PublishedShape(hidden, sigmoid)
        for hidden in depths
        for sigmoid in (False, True)
    }


TABULAR_SHAPES = _shapes((), (16,), (20, 15))
LYRIC_SHAPES = _shapes((), (128,), (256, 128))
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
    for a, b in itertools.pairwise(widths[::-1]):
        up.extend([nn.Linear(a, b), nn.ReLU()])
    up[-1] = nn.Sigmoid() if shape.sigmoid else nn.Identity()
    rows = torch.tensor(x)
    optimiser = torch.optim.Adam([*down.parameters(), *up.parameters()], lr=RATE, fused=True)
    generator = torch.Generator().manual_seed(seed)

    def loss(batch: torch.Tensor) -> torch.Tensor:
        error: torch.Tensor = ((up(down(rows[batch])) - rows[batch]) ** 2).mean()
        return error

    fit_network(shuffled_batches(len(rows), BATCH, EPOCHS, generator), loss, optimiser)

    def applied(network: nn.Sequential, values: Floats) -> Floats:
        with torch.no_grad():
            result: torch.Tensor = network(torch.from_numpy(values))
        return np.asarray(result.numpy(), dtype=np.float32)

    return Coder(partial(applied, down), partial(applied, up))


TABULAR_SIZES = (1, 2, 4, 5, 10)
LYRIC_SIZES = (1, 2, 5, 15, 30, 50)
TEST_SHARE = 0.2
OVERLAP_ROWS = 2000
NEIGHBOURS = 10
FEWEST_ROWS = 100
SEEDS_EACH = 3
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
    The splits `lists` and `neighbours` are of the vectors that recipes use: R-precision from one
    track of a list to the others, beside plain nearness, and recall of the exact 10 nearest in a
    search within clusters.
    Raises NotEnoughDataError where either has fewer than a hundred rows.
    """
    rows: list[Row] = []
    n = 0
    if data is not None:
        columns = tabular_columns(data.tracks)
        columns = columns[np.isfinite(columns).any(axis=1)]
        rows += _coded("tabular", columns, tabular_sizes, TABULAR_SHAPES, how)
        scorer = EmbeddingLearner().fit(data, seed=how.seed, device=how.device)
        rows += _listed(data, scorer, how)
        rows += _searched(scorer, how)
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
            "lists: gain, how far ours is ahead of the better of the others, list by list",
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
    known = np.isfinite(train)
    low = np.where(known, train, np.inf).min(axis=0)
    width = np.where(known, train, -np.inf).max(axis=0) - low
    low, width = np.where(width > 0, low, 0), np.where(width > 0, width, np.inf)
    middle = np.where(known, (train - low) / width, 0).sum(axis=0) / np.maximum(
        known.sum(axis=0), 1
    )

    def scaled(part: Floats) -> Floats:
        values = np.where(np.isfinite(part), (part - low) / width, middle)
        return np.asarray(values, dtype=np.float32)

    return _Parts(scaled(train), known, scaled(test), np.isfinite(test))


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


def _listed(data: TrainingData, scorer: EmbeddingScorer, how: Fitting) -> list[Row]:
    """R-precision from `SEEDS_EACH` tracks of each list, in turn, to its others."""
    rng = np.random.default_rng(how.seed)
    lists = [rows for rows in map(without_repeats, data.playlists) if rows.size >= SHORTEST]
    if len(lists) < 2:
        return []
    episodes = [one_seed(rows, rng) for rows in lists for _ in range(SEEDS_EACH)]
    queries = [Query(seeds=episode.query) for episode in episodes]
    tie = rng.random(len(data.vocabulary))
    columns = standardised(audio_columns(data.tracks))
    ways: dict[str, Scorer] = {"nearest in 13 features": replace(scorer, vectors=columns)}
    ways |= {near.label: near for near in nearest_features(data, scorer.name, "nothing", "")}
    found = {
        name: r_precisions(map(way.score, queries), episodes, tie).reshape(len(lists), -1).mean(1)
        for name, way in {**ways, OURS: scorer}.items()
    }
    best = max(ways, key=lambda name: float(found[name].mean()))
    measured = {name: {"r_precision": values} for name, values in found.items()}
    measured[OURS]["gain"] = found[OURS] - found[best]
    return [
        Row(
            name,
            {key: float(each.mean()) for key, each in values.items()},
            {key: mean_interval(each, rng=rng) for key, each in values.items()},
            split="lists",
        )
        for name, values in measured.items()
    ]


def _searched(scorer: EmbeddingScorer, how: Fitting) -> list[Row]:
    vectors, clusters = scorer.vectors, scorer.clusters
    size = vectors.shape[1]
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
