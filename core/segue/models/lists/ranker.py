"""What is fitted for lists: how well a track sounds like one, and what all signals come to.

Content is probabilistic linear discriminant analysis: each list has a hidden centre m ~ N(mu, B)
and its tracks x ~ N(m, W). In the basis that makes W the identity and B diagonal (lambda),
everything is known one dimension at a time.
Source: S. Ioffe, Probabilistic Linear Discriminant Analysis, ECCV 2006.

The ranker is a small network over signals that puts what was hidden above what was not: a linear
part where evidence cannot count against a track, and a residual hidden layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from segue.models.data import Floats, Indices, Reals, Rows
from segue.models.lists.episodes import Sample
from segue.progress import Fitting, batches_in, fit_network, shuffled_batches

if TYPE_CHECKING:
    import torch


EVIDENCE = ("lists_", "own_")
"""Signals whose linear weight is never negative."""

OWN = "own_"
"""Signals the hidden layer does not see: it could learn to punish a known track with them."""


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How the network is trained. `epochs` passes over the episodes in batches."""

    hidden: int = 32
    epochs: int = 12
    batch: int = 16
    linear_rate: float = 0.03
    hidden_rate: float = 0.005
    dropout: float = 0.2
    linear_decay: float = 1e-3
    hidden_decay: float = 0.1

    def shortened(self, effort: float) -> RankerSettings:
        """Fewer epochs for an effort below 1, six at least."""
        return replace(self, epochs=max(6, round(self.epochs * effort)))


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """A fitted network as plain arrays; scoring needs no torch.

    `names` are the signals in the order of the columns; `centre`, `scale` and `linear` (f,);
    the hidden layer is (f, h), (h,), (h,).
    """

    names: tuple[str, ...]
    centre: Floats
    scale: Floats
    linear: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats

    def score(self, found: Mapping[str, Floats]) -> Floats:
        """Scores from signals by name: (n,) float32."""
        x = np.stack([found[name] for name in self.names])
        x -= self.centre[:, None]
        x /= self.scale[:, None]
        np.clip(x, -20, 20, out=x)
        hidden = self.inner.T @ x
        hidden += self.inner_bias[:, None]
        gelu(hidden)
        return np.asarray(self.linear @ x + self.outer @ hidden, dtype=np.float32)

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array by name, `prefix` before each."""
        parts = ("centre", "scale", "linear", "inner", "inner_bias", "outer")
        return {f"{prefix}.{part}": getattr(self, part) for part in parts}

    @classmethod
    def restored(
        cls, names: Sequence[str], tensors: Mapping[str, NDArray[np.generic]], prefix: str
    ) -> Ranker:
        """The inverse of `tensors`."""
        parts = ("centre", "scale", "linear", "inner", "inner_bias", "outer")
        return cls(
            tuple(names), *(tensors[f"{prefix}.{part}"].astype(np.float32) for part in parts)
        )


def gelu(x: Floats) -> None:
    """x Φ(x) in place, (h, n) float32, within 4e-7, in a sixth of the time Φ takes by itself.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964), 7.1.26.
    """
    for start in range(0, x.shape[1], 4096):  # so much stays in the processor's cache
        part = x[:, start : start + 4096]
        size = np.abs(part)
        t = 1 / (1 + 0.3275911 / 2**0.5 * size)
        tail = np.zeros_like(t)
        for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail = (tail + factor) * t
        tail *= np.exp(-0.5 * np.square(part)) * size * 0.5
        np.maximum(part, 0, out=part)
        part -= tail


def pairwise_softmax_loss(
    scores: torch.Tensor, relevant: torch.Tensor, log_weight: torch.Tensor
) -> torch.Tensor:
    """Mean over relevant r of ln(1 + Σ_j w_j·e^(s_j − s_r)), j over what is not relevant.

    All (batch, k); weights correct for sampling (Bengio and Senecal, 2008). Padding has
    log_weight −inf (or very low) and is not relevant.
    """
    import torch

    others = (scores + log_weight).masked_fill(relevant, -torch.inf)
    against = torch.logsumexp(others, dim=1, keepdim=True)
    losses: torch.Tensor = torch.nn.functional.softplus(against - scores)
    return losses[relevant].mean()


def fit_ranker(
    names: Sequence[str],
    samples: Sequence[Sample],
    how: Fitting,
    *,
    settings: RankerSettings | None = None,
    unseen: tuple[str, ...] = (OWN,),
    columns: Rows | None = None,
) -> Ranker:
    """Train on the samples of many episodes; the same seed gives the same network.

    Signals whose name starts with one of `unseen` reach the linear part only. `columns` are those
    of the samples that `names` name, all by default. The samples are kept as they are: only one
    batch at a time is copied.
    """
    import torch  # for training only: a saved ranker is asked without it

    chosen = settings or RankerSettings()
    wanted = slice(None) if columns is None else columns
    centre, scale = _moments(samples, wanted)
    longest = max(sample.relevant.size for sample in samples)

    def padded(chosen_rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        batch = [samples[row] for row in chosen_rows.tolist()]
        parts = _padded(batch, wanted, centre, scale, longest)
        return parts[0].to(how.device), parts[1].to(how.device), parts[2].to(how.device)

    evidence = torch.tensor([name.startswith(EVIDENCE) for name in names], device=how.device)
    reaching = [[float(not name.startswith(unseen))] for name in names]
    seen = torch.tensor(reaching, device=how.device)
    generator = torch.Generator().manual_seed(how.seed)
    f, h = len(names), chosen.hidden
    linear = torch.zeros(f, device=how.device, requires_grad=True)
    inner = (torch.randn(f, h, generator=generator) / f**0.5).to(how.device).requires_grad_()
    bias = torch.zeros(h, device=how.device, requires_grad=True)
    outer = torch.zeros(h, device=how.device, requires_grad=True)
    optimiser = torch.optim.AdamW(
        [
            {"params": [linear], "lr": chosen.linear_rate, "weight_decay": 0.0},
            {"params": [inner, bias, outer], "lr": chosen.hidden_rate},
        ],
        weight_decay=chosen.hidden_decay,
        fused=True,
    )
    per_epoch = batches_in(len(samples), chosen.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.epochs * per_epoch)

    def loss(rows_of: torch.Tensor) -> torch.Tensor:
        batch, relevant, weight = padded(rows_of)
        hidden = torch.nn.functional.gelu(batch @ (inner * seen) + bias)
        kept = torch.rand(hidden.shape, generator=generator).to(how.device) >= chosen.dropout
        scores = batch @ linear + (hidden * kept) @ (outer / (1 - chosen.dropout))
        misranked = pairwise_softmax_loss(scores, relevant, weight)
        return misranked + chosen.linear_decay * (linear**2).sum()

    def after(done: int, _loss: torch.Tensor) -> None:
        with torch.no_grad():
            linear[evidence] = linear[evidence].clamp(min=0.0)
        if done % per_epoch == 0:
            how.progress("ranking", done // per_epoch, chosen.epochs)

    batches = shuffled_batches(len(samples), chosen.batch, chosen.epochs, generator)
    fit_network(batches, loss, optimiser, schedule, after=after)
    weights = [part.detach().cpu().numpy() for part in (linear, inner, bias, outer)]
    weights[1] = weights[1] * seen.cpu().numpy()
    return Ranker(tuple(names), centre.astype(np.float32), scale.astype(np.float32), *weights)


def _moments(samples: Sequence[Sample], wanted: Rows | slice) -> tuple[Floats, Floats]:
    """Mean and spread (f,) of the wanted signals, in float64, a sample at a time."""
    rows = sum(sample.relevant.size for sample in samples)
    parts = [sample.signals[:, wanted].sum(axis=0, dtype=np.float64) for sample in samples]
    mean = np.sum(parts, axis=0) / rows
    squares = [np.square(sample.signals[:, wanted] - mean).sum(axis=0) for sample in samples]
    spread = np.sqrt(np.sum(squares, axis=0) / rows)
    return mean.astype(np.float32), (spread + 1e-6).astype(np.float32)


def _padded(
    samples: Sequence[Sample], wanted: Rows | slice, centre: Floats, scale: Floats, longest: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Signals (b, longest, f) standardised, which are relevant, and their weights (b, longest)."""
    import torch

    shape = (len(samples), longest)
    x = np.zeros((*shape, centre.size), dtype=np.float32)
    relevant = np.zeros(shape, dtype=bool)
    weight = np.full(shape, -1e9, dtype=np.float32)
    for place, sample in enumerate(samples):
        k = sample.relevant.size
        np.subtract(sample.signals[:, wanted], centre, out=x[place, :k])
        relevant[place, :k] = sample.relevant
        weight[place, :k] = sample.log_weight
    np.clip(np.divide(x, scale, out=x), -20, 20, out=x)
    return torch.from_numpy(x), torch.from_numpy(relevant), torch.from_numpy(weight)


LEAST_LIST = 4
"""Shorter lists say too little of their spread."""

SHRINKAGE = 0.02
"""Share of the mean variance within lists added to W, so that it can be inverted."""

LEAST_BETWEEN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ContentModel:
    """`mean` (d,), `basis` (d, d) and `between` (d,), the variance of list centres in it."""

    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    between: NDArray[np.float64]

    def project(self, content: Reals) -> Reals:
        """Tracks in the basis where a list's tracks have variance 1: (n, d)."""
        return ((content - self.mean) @ self.basis).astype(np.float32)

    def centre(self, tracks: Reals, weights: Reals) -> tuple[Reals, Reals]:
        """Posterior mean and variance of a list's centre, (d,) each, from weighted tracks.

        With weights w the variance is 1 / (1/lambda + Σw), the mean that times Σ w·x.
        """
        variance = 1.0 / (1.0 / self.between + float(weights.sum()))
        return (variance * (weights @ tracks)).astype(np.float32), variance.astype(np.float32)

    def log_odds(
        self, candidates: Reals, tracks: Reals, weights: Sequence[Reals]
    ) -> tuple[Reals, ...]:
        """ln p(candidate | same list as tracks) − ln p(candidate), (n,) for each of the weights.

        The squares are written out, so that it takes products of matrices only.
        """
        of_squares, of_values, constants = [], [], []
        for each in weights:
            mean, variance = self.centre(tracks, each)
            together = 1.0 / (1.0 + variance)
            of_squares.append(1.0 / (1.0 + self.between) - together)
            of_values.append(2 * mean * together)
            logs = np.log(1.0 + self.between) - np.log(1.0 + variance)
            constants.append(float((logs - mean**2 * together).sum()))
        squares = np.stack(of_squares, axis=1).astype(np.float32)
        values = np.stack(of_values, axis=1).astype(np.float32)
        found = np.square(candidates) @ squares + candidates @ values
        return tuple(np.float32(0.5) * (found.T + np.array(constants, np.float32)[:, None]))


def fit_content(content: Reals, lists: Sequence[Indices]) -> ContentModel:
    """Estimate centre and variances from lists of at least `LEAST_LIST` tracks.

    Without two such lists every list is taken to be like any other: log-odds near 0.
    """
    d = content.shape[1]
    used = [rows for rows in lists if len(rows) >= LEAST_LIST]
    if len(used) < 2 or d == 0:
        return ContentModel(np.zeros(d), np.eye(d), np.full(d, LEAST_BETWEEN))
    sizes = np.array([len(rows) for rows in used])
    centres = np.zeros((len(used), d))
    within = np.zeros((d, d))
    for place, rows in enumerate(used):
        tracks = content[rows].astype(np.float64)
        centres[place] = tracks.mean(axis=0)
        apart = tracks - centres[place]
        within += apart.T @ apart
    within /= sizes.sum() - len(used)
    within += SHRINKAGE * max(float(np.trace(within)) / d, 1e-6) * np.eye(d)
    mean = centres.mean(axis=0)
    between = np.atleast_2d(np.cov(centres.T)) - within * float((1.0 / sizes).mean())
    variances, basis = eigh(between, within)
    return ContentModel(mean, basis, np.maximum(variances, LEAST_BETWEEN))
