"""What association is measured beside: neighbours, popularity, artists, lists, and LENS itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import nn

from segue.models.baselines import z_scores
from segue.models.data import Floats, Indices, Reals, Rows, TrainingData
from segue.models.embedding.autoencoder import audio_columns, standardised
from segue.models.lists.association import check_lists, companions
from segue.models.lists.catalogue import alone_where_unknown
from segue.progress import Fitting, fit_network

# Song to song by seven features: a hidden layer, and an activation for every library track.
#
# Feed-forward: h = tanh(z·W + b). Recurrent, with cross-talk among the hidden units:
# h(t+1) = tanh(z·W + b + h(t)·R). The activation of track j is h·M·h_j + β·ln(1 + lists of j),
# where h_j is the hidden state of track j itself: tracks never seen in a list get one too.


@dataclass(frozen=True, slots=True)
class NetSettings:
    """`cross_talk`: how often hidden units hear each other; 0 is the feed-forward net. `others`:
    how many tracks stand for all in a step."""

    cross_talk: int = 0
    hidden: int = 64
    steps: int = 300
    batch: int = 64
    others: int = 4096
    rate: float = 0.01
    sharpness: float = 8.0
    popularity: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class AssociationNet:
    """A fitted net as plain arrays: `inputs` (7, h), `bias` (h,), `talk` and `match` (h, h)."""

    inputs: Floats
    bias: Floats
    talk: Floats
    match: Floats
    cross_talk: int
    popularity: float

    def hidden(self, z: Reals) -> Reals:
        """Hidden states of z-scored tracks: (n, h)."""
        drive = z @ self.inputs + self.bias
        state = np.tanh(drive)
        for _ in range(self.cross_talk):
            state = np.tanh(drive + state @ self.talk)
        return np.asarray(state, dtype=np.float32)

    def activations(self, seeds: Reals, library: Reals, counts: Reals) -> Reals:
        """(n_seeds, n_library) from z-scores (n, 7) and in how many lists each track stands."""
        matched = self.hidden(seeds) @ self.match @ self.hidden(library).T
        return np.asarray(matched + self.popularity * np.log1p(counts), dtype=np.float32)


def draw_pairs(lists: Sequence[Indices], n: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """n pairs of different tracks of one list: a list at random, then two of its tracks."""
    chosen = rng.integers(0, len(lists), n)
    pairs = np.array([rng.choice(lists[place], 2, replace=False) for place in chosen])
    return pairs[:, 0], pairs[:, 1]


def fit_net(
    z: Floats,
    lists: Sequence[Indices],
    how: Fitting,
    settings: NetSettings | None = None,
) -> AssociationNet:
    """Learn to activate a track's companions among all tracks of the lists, by cross-entropy.

    Of many tracks some, drawn anew for each step, stand for all others: each counts for as many as
    it stands for (Bengio and Senecal, 2008). Every list must hold at least two different tracks.
    """
    chosen = settings or NetSettings()
    rng = np.random.default_rng(how.seed)
    generator = torch.Generator().manual_seed(how.seed)
    known = np.unique(np.concatenate(lists))
    counts = np.bincount(np.concatenate(lists), minlength=len(z))[known]
    place = np.zeros(len(z), dtype=np.int64)
    place[known] = np.arange(known.size)
    inside = [place[rows].astype(np.int32) for rows in lists]
    library = torch.from_numpy(z[known]).to(how.device)
    often = torch.from_numpy(np.log1p(counts).astype(np.float32)).to(how.device)
    h = chosen.hidden
    inputs = (0.5 * torch.randn(7, h, generator=generator)).to(how.device).requires_grad_()
    bias = (torch.pi * (2 * torch.rand(h, generator=generator) - 1)).to(how.device).requires_grad_()
    talk = torch.zeros(h, h, device=how.device, requires_grad=True)
    match = (chosen.sharpness / h * torch.eye(h, device=how.device)).requires_grad_()

    def hidden(rows: torch.Tensor) -> torch.Tensor:
        drive = rows @ inputs + bias
        state = torch.tanh(drive)
        for _ in range(chosen.cross_talk):
            state = torch.tanh(drive + state @ talk)
        return state

    optimiser = torch.optim.Adam([inputs, bias, talk, match], lr=chosen.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.steps)

    drawn = min(chosen.others, known.size)

    def loss(pairs: tuple[Rows, Rows]) -> torch.Tensor:
        some = rng.choice(known.size, drawn, replace=False)
        seeds, targets, others = (torch.from_numpy(r).long().to(how.device) for r in (*pairs, some))
        asked = hidden(library[seeds]) @ match
        prior = chosen.popularity * often[others] + math.log(known.size / drawn)
        scores = torch.addmm(prior, asked, hidden(library[others]).T)
        itself = (others == seeds[:, None]) | (others == targets[:, None])
        scores = scores.masked_fill(itself, -torch.inf)
        wanted = (asked * hidden(library[targets])).sum(dim=1) + chosen.popularity * often[targets]
        return (torch.logaddexp(scores.logsumexp(dim=1), wanted) - wanted).mean()

    fit_network(
        (draw_pairs(inside, chosen.batch, rng) for _ in range(chosen.steps)),
        loss,
        optimiser,
        schedule,
        after=lambda done, _loss: how.progress("associating", done, chosen.steps),
    )
    w, b, r, m = (part.detach().cpu().numpy() for part in (inputs, bias, talk, match))
    return AssociationNet(w, b, r, m, chosen.cross_talk, chosen.popularity)


def seven_features(
    data: TrainingData, settings: NetSettings, how: Fitting
) -> Callable[[int], Reals]:
    """Activations of all tracks (n_tracks,) for one seed, by the small net alone.

    Raises NotEnoughDataError as association does.
    """
    found = companions(data)
    check_lists(found)
    z = z_scores(data.tracks)
    net = fit_net(z, found.lists, how, settings)
    counts = np.bincount(np.concatenate(found.lists), minlength=len(z)).astype(np.float32)
    states = net.hidden(z)
    often = net.popularity * np.log1p(counts)
    return lambda row: np.asarray(states[row] @ net.match @ states.T + often, dtype=np.float32)


Method = Callable[[int], Reals]
"""Scores of all tracks (n_tracks,) for one seed."""


def baselines(data: TrainingData) -> Mapping[str, Method]:
    """Simple methods by name; `data` holds the training playlists."""
    n = len(data.vocabulary)
    lists = [np.unique(rows) for rows in data.playlists]
    counts = np.bincount(np.concatenate(lists), minlength=n).astype(np.float64)
    popularity = counts / (1.0 + counts.max())
    known = np.where(np.isfinite(data.tracks.popularity), data.tracks.popularity, 0.0) / 1000
    seven, thirteen = z_scores(data.tracks), standardised(audio_columns(data.tracks))
    artist = alone_where_unknown(data.tracks.artist)
    groups = int(artist.max(initial=-1)) + 1
    indptr = np.cumsum([0, *(len(rows) for rows in lists)])
    entries = (np.ones(int(indptr[-1])), np.concatenate(lists), indptr)
    x = sparse.csr_array(entries, shape=(len(lists), n))
    columns = sparse.csc_array(x)

    def together(seed: int) -> Reals:
        holding = columns[:, [seed]].toarray().ravel()
        return np.asarray(holding @ x, dtype=np.float64)

    # Arrays of its own: to sum what stands twice is done in place, and would change x too.
    by_artist = (entries[0].copy(), artist[entries[1]], indptr.copy())
    present = (sparse.csr_array(by_artist, shape=(len(lists), groups)) > 0).astype(np.float64)
    often = np.sqrt(np.maximum(present.sum(axis=0), 1.0))
    of_artists = sparse.csc_array(present)

    def alike(of: int) -> Reals:
        """The cosine of the lists of each track's artist to those of one artist."""
        holding = of_artists[:, [of]].toarray().ravel()
        return np.asarray(((holding @ present) / often / often[of])[artist], dtype=np.float64)

    return {
        "popularity": lambda _: popularity,
        "nearest neighbours, 7 features": lambda seed: -((seven - seven[seed]) ** 2).sum(axis=1),
        "nearest neighbours, 13 features": lambda s: -((thirteen - thirteen[s]) ** 2).sum(axis=1),
        "same artist": lambda seed: (artist == artist[seed]) + known,
        "same artist, then popularity in lists": lambda seed: (artist == artist[seed]) + popularity,
        "artist co-occurrence, cosine, times log list count": (
            lambda seed: alike(int(artist[seed])) * np.log1p(counts)
        ),
        "co-occurrence": lambda seed: together(seed) + popularity / 1000,
        "co-occurrence, ties by Spotify's popularity": lambda seed: together(seed) + known,
    }


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
