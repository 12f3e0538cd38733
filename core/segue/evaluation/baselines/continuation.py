"""What continuation is measured beside: one-line scorers, collaborative filters, the original."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.metrics import r_precision
from segue.models.data import Indices, Reals, Rows
from segue.models.lists.episodes import best_first, hide_ends
from segue.models.lists.lists import TrainingLists
from segue.progress import Fitting, blocks_of, fit_network, over_blocks

Method = Callable[[Indices], Reals]
"""Scores of all tracks (n_tracks,) for a query's tracks in order."""

FORGETTING = 0.9
EASE_REGULARISATION = 50.0
ALS_FACTORS = 32
NEIGHBOURS = 500
LISTS_AT_ONCE, _TRACKS_AT_ONCE = 20, 250


def one_liners(lists: TrainingLists, rng: np.random.Generator) -> Mapping[str, Method]:
    """Scorers of one line each, by name."""
    catalogue = lists.catalogue
    n = len(catalogue)
    popularity = lists.track_count / (1.0 + lists.track_count.max(initial=0.0))
    chance = rng.random(n)

    together = _Together(lists.artists_present)

    def artists(query: Indices) -> Reals:
        counts = np.bincount(catalogue.artist[query], minlength=catalogue.artist_size.size)
        return counts.astype(np.float64)

    def albums(query: Indices) -> Reals:
        weights = FORGETTING ** np.arange(query.size - 1, -1, -1)
        recent = np.bincount(
            catalogue.album[query], weights=weights, minlength=catalogue.album_size.size
        )
        return np.asarray(recent[catalogue.album], dtype=np.float64)

    def co_occurrence(query: Indices) -> Reals:
        return np.asarray(artists(query) @ together.pairs)[catalogue.artist]

    def co_occurrence_cosine(query: Indices) -> Reals:
        often = together.often
        shared = np.asarray((artists(query) / often) @ together.pairs) / often
        return np.asarray(shared[catalogue.artist], dtype=np.float64)

    return {
        "random": lambda _: chance,
        "popularity": lambda _: popularity,
        "artist match plus popularity": lambda query: artists(query)[catalogue.artist] + popularity,
        "album match, recency-weighted": lambda query: albums(query) + 1e-6 * popularity,
        "artist co-occurrence": co_occurrence,
        "artist co-occurrence, cosine": co_occurrence_cosine,
        "artist co-occurrence, cosine, times log list count": (
            lambda query: co_occurrence_cosine(query) * np.log1p(lists.track_count)
        ),
    }


@dataclass(eq=False)
class _Together:
    """In how many lists two artists stand, by `presence` (n_lists, n_artists): made when asked.

    A class, since what is to be sent to other processes cannot be a cached function.
    """

    presence: sparse.csr_array

    @cached_property
    def pairs(self) -> sparse.csr_array:
        """(n_artists, n_artists)."""
        return sparse.csr_array(self.presence.T @ self.presence)

    @cached_property
    def often(self) -> Reals:
        """The root of in how many lists each stands (n_artists,), at least 1."""
        often: Reals = np.sqrt(np.maximum(self.pairs.diagonal(), 1.0))
        return often


def seen_or_not(lists: TrainingLists) -> Mapping[str, Method]:
    """What it gives to know whether a track stands in a training list: no method may use it."""
    catalogue = lists.catalogue
    unseen = (lists.track_count == 0).astype(np.float64)

    def artists_unseen(query: Indices) -> Reals:
        counts = np.bincount(catalogue.artist[query], minlength=catalogue.artist_size.size)
        return np.asarray(counts[catalogue.artist] * unseen, dtype=np.float64)

    return {
        "unseen tracks first (not allowed)": lambda _: unseen,
        "artist match on unseen tracks (not allowed)": artists_unseen,
    }


def collaborative(lists: TrainingLists, seed: int) -> Mapping[str, Method]:
    """Item-item cosine and BM25, EASE, and ALS where `implicit` is installed."""
    n = len(lists.catalogue)
    x: sparse.csr_array = lists.tracks.astype(np.float64)

    def asked(query: Indices) -> Reals:
        vector = np.zeros(n)
        vector[query] = 1.0
        return vector

    norm = np.sqrt(np.maximum(lists.track_count, 1.0)).astype(np.float64)
    weighted = bm25(x)
    methods: dict[str, Method] = {
        "item-CF cosine": lambda query: ((x @ (asked(query) / norm)) @ x) / norm,
        "item-CF BM25": lambda query: (weighted @ asked(query)) @ weighted,
        "EASE": ease(x, EASE_REGULARISATION),
    }
    if find_spec("implicit") is not None:
        methods["ALS"] = als(x, seed)
    return methods


def item_to_item(
    x: sparse.csr_array, asked: Rows, how: Fitting, neighbours: int = NEIGHBOURS
) -> sparse.csr_array:
    """The cosine of each of the tracks `asked` to the `neighbours` most like it by the lists they
    share: (n_asked, n_tracks). `x` (n_lists, n_tracks) holds 0 and 1.

    Worked on in blocks, since the whole would have as many entries as pairs that share a list.
    """
    blocks = blocks_of(asked.tolist(), _TRACKS_AT_ONCE)
    shared = (x, sparse.csr_array(x.T), neighbours)
    return sparse.csr_array(
        sparse.vstack(over_blocks(_neighbours, shared, blocks, how, "item to item"), format="csr")
    )


def _neighbours(
    shared: tuple[sparse.csr_array, sparse.csr_array, int], block: Sequence[int]
) -> sparse.csr_array:
    x, of_tracks, neighbours = shared
    norm = np.sqrt(np.maximum(np.diff(of_tracks.indptr), 1.0))
    found = sparse.csr_array(of_tracks[block] @ x).astype(np.float64)
    found.sort_indices()
    indptr, indices, data = [0], [], []
    for place, track in enumerate(block):
        begin, end = found.indptr[place], found.indptr[place + 1]
        others = found.indices[begin:end]
        cosine = found.data[begin:end] / (norm[others] * norm[track])
        best = np.argsort(-cosine, kind="stable")[: neighbours + 1]
        best = best[others[best] != track][:neighbours]
        indices.append(others[best])
        data.append(cosine[best])
        indptr.append(indptr[-1] + best.size)
    arrays = (np.concatenate(data), np.concatenate(indices), np.array(indptr))
    return sparse.csr_array(arrays, shape=(len(block), x.shape[1]))


def bm25(x: sparse.csr_array, k1: float = 1.2, b: float = 0.75) -> sparse.csr_array:
    """BM25 weights of lists (rows) as documents of tracks (columns), for counts of 0 and 1.

    idf·(k1 + 1) / (1 + k1·(1 − b + b·length / mean length)), idf = ln(1 + N / n_j).
    """
    length = np.diff(x.indptr).astype(np.float64)
    spread = np.bincount(x.indices, minlength=x.shape[1])
    idf = np.log(1.0 + x.shape[0] / np.maximum(spread, 1))
    damp = (k1 + 1) / (1.0 + k1 * (1 - b + b * length / max(float(length.mean()), 1e-9)))
    return sparse.csr_array(sparse.diags_array(damp) @ x @ sparse.diags_array(idf))


def ease(x: sparse.csr_array, regularisation: float) -> Method:
    """Embarrassingly shallow autoencoder: B = I − P / diag(P), P = (XᵀX + λI)⁻¹.

    P is never formed: P = (I − Xᵀ(XXᵀ + λI)⁻¹X) / λ. Source: H. Steck, WWW 2019.
    """
    inner = np.linalg.inv((x @ x.T).toarray() + regularisation * np.eye(x.shape[0]))
    diagonal = (1.0 - ((inner @ x) * x.toarray()).sum(axis=0)) / regularisation

    def score(query: Indices) -> Reals:
        vector = np.zeros(x.shape[1])
        vector[query] = 1.0
        through = (vector - (inner @ (x @ vector)) @ x) / regularisation
        return np.asarray(vector - through / diagonal, dtype=np.float64)

    return score


def als(x: sparse.csr_array, seed: int) -> Method:
    """Implicit-feedback matrix factorisation, a query folded in as one more list."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=ALS_FACTORS, random_state=seed, num_threads=1, iterations=15
    )
    model.fit(sparse.csr_matrix(x.astype(np.float32)), show_progress=False)
    factors = np.asarray(model.item_factors, dtype=np.float64)
    gram, regularisation = factors.T @ factors, float(model.regularization)

    def score(query: Indices) -> Reals:
        mine = factors[query]
        left = gram + regularisation * np.eye(factors.shape[1])
        person = np.linalg.solve(left, 1.0 * mine.sum(axis=0))
        return np.asarray(factors @ person, dtype=np.float64)

    return score


BLENDED = ("artist co-occurrence, cosine", "album match, recency-weighted", "EASE")
BLEND_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0)
BLEND_LISTS = 150
BLEND_SHARE, BLEND_SHORTEST = 1 / 3, 6


def tuned_blend(lists: TrainingLists, in_order: Sequence[Indices], seed: int) -> Method:
    """Three of the simple scorers, each over its best, weighed as answers held-out ends best.

    The weights are those of `BLEND_WEIGHTS`, the first scorer's 1, with the highest R-precision on
    the last thirds of training lists, which the scorers did not know then.
    """
    held = hide_ends(in_order, BLEND_SHARE, BLEND_SHORTEST)
    rng = np.random.default_rng(seed)
    tie, everything = rng.random(len(lists.catalogue)), np.ones(len(lists.catalogue), dtype=bool)
    chosen = rng.permutation(len(held.episodes))[:BLEND_LISTS]
    scorers = _blended(TrainingLists(lists.catalogue, held.known, lists.model), rng)
    choices = [(1.0, *rest) for rest in product(BLEND_WEIGHTS, repeat=len(BLENDED) - 1)]
    found = np.zeros(len(choices))
    for place in chosen.tolist():
        episode = held.episodes[place]
        parts = np.stack([scorer(episode.query) for scorer in scorers])
        for number, weights in enumerate(choices):
            scores = np.array(weights) @ parts
            best = best_first(scores, episode.query, everything, tie, episode.hidden.size)
            found[number] += r_precision(best, episode.hidden)
    scorers, best_weights = _blended(lists, rng), np.array(choices[int(found.argmax())])
    return lambda query: best_weights @ np.stack([scorer(query) for scorer in scorers])


def _blended(lists: TrainingLists, rng: np.random.Generator) -> list[Method]:
    simple = {
        **one_liners(lists, rng),
        "EASE": ease(lists.tracks.astype(np.float64), EASE_REGULARISATION),
    }

    def over_its_best(method: Method, query: Indices) -> Reals:
        scores = method(query)
        return scores / max(float(np.abs(np.delete(scores, query)).max(initial=0.0)), 1e-12)

    return [partial(over_its_best, simple[name]) for name in BLENDED]


def song_recommender(lists: TrainingLists, seed: int, steps: int = 2, size: int = 64) -> Method:
    """The original as published: two steps at a rate of 1e-5.

    Embeddings of tracks are pooled to mean and spread; residual layers and a softmax follow. The
    embeddings never learn, as in the original, where they were taken out of the training loop.
    """
    import torch  # here alone: whoever works on blocks of lists needs none of it
    from torch import nn

    torch.manual_seed(seed)
    n_tracks = len(lists.catalogue)
    tracks = torch.randn(n_tracks, size, generator=torch.Generator().manual_seed(seed))
    first, second = nn.Linear(2 * size, 2 * size), nn.Linear(2 * size, 2 * size)
    last = nn.Linear(2 * size, n_tracks)
    layers = nn.ModuleList((first, second, last))
    optimiser = torch.optim.Adam(layers.parameters(), lr=1e-5)
    usable = [rows for rows in lists.lists if rows.size >= 2]

    def logits(query: torch.Tensor) -> torch.Tensor:
        chosen = tracks[query]
        pooled = torch.cat([chosen.mean(dim=0), chosen.std(dim=0, correction=0)])
        for layer in (first, second):
            pooled = pooled + torch.relu(layer(pooled))
        found: torch.Tensor = last(pooled)
        return found

    def loss(list_: Indices) -> torch.Tensor:
        rows = torch.from_numpy(list_.astype(np.int64))
        half = len(rows) // 2
        log_chance = torch.log_softmax(logits(rows[:half]), dim=0)
        return -log_chance[rows[half:]].mean()

    fit_network(usable[:steps], loss, optimiser)

    def score(query: Indices) -> NDArray[np.float64]:
        with torch.no_grad():
            scores = logits(torch.from_numpy(query.astype(np.int64)))
        return np.asarray(scores.numpy(), dtype=np.float64)

    return score
