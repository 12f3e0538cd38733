"""What association is measured beside: neighbours, popularity, artists, lists, and LENS itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy import sparse
from torch import nn

from segue.evaluation.baselines.seven_features import z_scores
from segue.models.data import Floats, Indices, Reals, TrackTable, TrainingData
from segue.models.embedding.autoencoder import audio_columns
from segue.models.lists.catalogue import alone_where_unknown
from segue.training import fit_network

Method = Callable[[int], Reals]
"""Scores of all tracks (n_tracks,) for one seed."""


def baselines(data: TrainingData) -> Mapping[str, Method]:
    """Simple methods by name; `data` holds the training playlists."""
    n = len(data.vocabulary)
    lists = [np.unique(rows) for rows in data.playlists]
    counts = np.bincount(np.concatenate(lists), minlength=n).astype(np.float64)
    popularity = counts / (1.0 + counts.max())
    known = np.where(np.isfinite(data.tracks.popularity), data.tracks.popularity, 0.0) / 1000
    seven, thirteen = z_scores(data.tracks), standardised(data.tracks)
    artist = alone_where_unknown(data.tracks.artist)
    indptr = np.cumsum([0, *(len(rows) for rows in lists)])
    entries = (np.ones(int(indptr[-1])), np.concatenate(lists), indptr)
    x = sparse.csr_array(entries, shape=(len(lists), n))
    columns = sparse.csc_array(x)

    def together(seed: int) -> Reals:
        holding = columns[:, [seed]].toarray().ravel()
        return np.asarray(holding @ x, dtype=np.float64)

    return {
        "popularity": lambda _: popularity,
        "nearest neighbours, 7 features": lambda seed: -((seven - seven[seed]) ** 2).sum(axis=1),
        "nearest neighbours, 13 features": (
            lambda seed: -((thirteen - thirteen[seed]) ** 2).sum(axis=1)
        ),
        "same artist": lambda seed: (artist == artist[seed]) + known,
        "co-occurrence": lambda seed: together(seed) + popularity / 1000,
        "co-occurrence, ties by Spotify's popularity": lambda seed: together(seed) + known,
    }


def standardised(tracks: TrackTable) -> Floats:
    """The thirteen audio columns as z-scores, 0 where unknown or constant: (n, 13)."""
    columns = audio_columns(tracks).astype(np.float64)
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, columns, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, columns - mean, 0.0) ** 2).sum(axis=0) / count)
    usable = known & (spread > 1e-9)
    scaled = np.where(usable, (columns - mean) / np.where(spread > 1e-9, spread, 1.0), 0.0)
    return scaled.astype(np.float32)


class LensNet(nn.Module):
    """The original: seven z-scores, one sigmoid hidden layer, a sigmoid unit for every song.

    With cross-talk each output unit also hears the others' mean activation of the step before,
    and settles over `cross_talk` steps.
    """

    def __init__(self, n_songs: int, cross_talk: int, hidden: int = 20) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(7, hidden), nn.Linear(hidden, n_songs)
        self.talk = nn.Parameter(torch.zeros(n_songs))
        self.cross_talk = cross_talk

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Logits of every song: (batch, n_songs)."""
        drive: torch.Tensor = self.outer(torch.sigmoid(self.inner(z)))
        logits = drive
        for _ in range(self.cross_talk):
            heard = torch.sigmoid(logits).mean(dim=1, keepdim=True)
            logits = drive + heard * self.talk
        return logits


def lens(data: TrainingData, cross_talk: int, *, seed: int, epochs: int = 1) -> Method:
    """LENS as published: plain gradient descent with momentum on the songs of the same list.

    Almost every target is 0, and the few passes it was given teach it how often each song occurs
    and nothing else: every seed gets the same answer.
    """
    z = z_scores(data.tracks)
    known = np.unique(np.concatenate(data.playlists))
    place = np.full(len(z), -1, dtype=np.int64)
    place[known] = np.arange(known.size)
    torch.manual_seed(seed)
    net = LensNet(known.size, cross_talk)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def loss(rows: Indices) -> torch.Tensor:
        target = torch.zeros(known.size)
        target[torch.from_numpy(place[rows])] = 1.0
        return nn.functional.binary_cross_entropy_with_logits(
            net(torch.from_numpy(z[rows])), target.expand(len(rows), -1)
        )

    fit_network((rows for _ in range(epochs) for rows in data.playlists), loss, optimiser)

    def score(row: int) -> Reals:
        out = np.full(len(z), -np.inf)
        with torch.no_grad():
            out[known] = net(torch.from_numpy(z[row : row + 1]))[0].double().numpy()
        return out

    return score
