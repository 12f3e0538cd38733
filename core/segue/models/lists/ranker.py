"""A small network over signals, and its training to put what was hidden above what was not: a
linear part where evidence cannot count against a track, and a residual hidden layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices, Reals
from segue.progress import Fitting

if TYPE_CHECKING:
    import torch

EVIDENCE = ("lists_", "own_")
"""Signals whose linear weight is never negative."""

OWN = "own_"
"""Signals the hidden layer does not see: it could learn to punish a known track with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Some candidates of one episode.

    `signals` (k, f); `relevant` (k,) bool; `log_weight` (k,): ln of how many candidates each
    stands for, 0 for one that stands for itself.
    """

    signals: Floats
    relevant: NDArray[np.bool_]
    log_weight: Floats


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
        from scipy.special import ndtr  # an idle service does without

        x = np.stack([found[name] for name in self.names])
        x -= self.centre[:, None]
        x /= self.scale[:, None]
        np.clip(x, -20, 20, out=x)
        hidden = self.inner.T @ x
        hidden += self.inner_bias[:, None]
        hidden *= ndtr(hidden)  # GELU: x Φ(x)
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


HARD = 300
"""How many of the most plausible candidates an episode always keeps."""

OTHERS = 600
"""How many of all other candidates stand for them, drawn at random."""


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """A query and what it should find."""

    query: Indices
    hidden: Indices


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRound:
    """Episodes and the lists that may be known while they are answered."""

    known: tuple[Indices, ...]
    episodes: tuple[Episode, ...]


def without_repeats(rows: Indices) -> Indices:
    """A list with each track where it first stands."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)].astype(np.int32)


def hide_ends(lists: Sequence[Indices], share: float, shortest: int) -> TrainingRound:
    """Each list of at least `shortest` tracks loses its last `share` to an episode.

    Its first part is the query and stays known; shorter lists stay known whole.
    """
    known: list[Indices] = []
    episodes: list[Episode] = []
    for rows in lists:
        if rows.size < shortest:
            known.append(rows)
            continue
        kept = max(1, min(round(rows.size * (1 - share)), rows.size - 1))
        known.append(rows[:kept])
        episodes.append(Episode(rows[:kept], rows[kept:]))
    return TrainingRound(tuple(known), tuple(episodes))


def plausibility(found: Mapping[str, Reals]) -> Reals:
    """A rough first ranking, by which an episode's hard candidates are found: (n,)."""
    return (
        found["artist_recent"]
        + found["album_count"]
        + 0.3 * (found["lists_artist_artists"] + found["lists_artist_both"])
        + 0.3 * found["own_lists_tracks"]
        + 0.3 * (found["content_odds"] + found["date_2"])
        + found["words"]
        - 0.7 * found["artist_size"]
    )


def sample_candidates(
    found: Mapping[str, Reals],
    candidates: Indices,
    episode: Episode,
    rng: np.random.Generator,
    names: Sequence[str],
) -> Sample:
    """All hidden tracks among `candidates`, the hardest others and some at random.

    `found` holds the signals of `candidates`, row by row; those drawn at random weigh as many
    as they stand for.
    """
    relevant = np.isin(candidates, episode.hidden)
    open_rows = np.flatnonzero(~relevant & ~np.isin(candidates, episode.query))
    order = open_rows[np.argsort(-plausibility(found)[open_rows], kind="stable")]
    hard, easy = order[:HARD], order[HARD:]
    drawn = rng.choice(easy, min(OTHERS, easy.size), replace=False)
    rows = np.concatenate([np.flatnonzero(relevant), hard, drawn])
    weight = np.zeros(rows.size, dtype=np.float32)
    if drawn.size:
        weight[-drawn.size :] = np.log(easy.size / drawn.size)
    matrix = np.stack([found[name][rows] for name in names], axis=1)
    return Sample(matrix.astype(np.float32), relevant[rows], weight)


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
) -> Ranker:
    """Train on the samples of many episodes; the same seed gives the same network.

    Signals whose name starts with one of `unseen` reach the linear part only.
    """
    import torch  # for training only: a saved ranker is asked without it

    from segue.training import batches_in, fit_network, shuffled_batches

    chosen = settings or RankerSettings()
    rows = np.concatenate([sample.signals for sample in samples])
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x, relevant, weight = (part.to(how.device) for part in _padded(samples, centre, scale))
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
        batch = x[rows_of]
        hidden = torch.nn.functional.gelu(batch @ (inner * seen) + bias)
        kept = torch.rand(hidden.shape, generator=generator).to(how.device) >= chosen.dropout
        scores = batch @ linear + (hidden * kept) @ (outer / (1 - chosen.dropout))
        misranked = pairwise_softmax_loss(scores, relevant[rows_of], weight[rows_of])
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


def _padded(
    samples: Sequence[Sample], centre: Floats, scale: Floats
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    longest = max(sample.relevant.size for sample in samples)
    shape = (len(samples), longest)
    x = np.zeros((*shape, centre.size), dtype=np.float32)
    relevant = np.zeros(shape, dtype=bool)
    weight = np.full(shape, -1e9, dtype=np.float32)
    for place, sample in enumerate(samples):
        k = sample.relevant.size
        x[place, :k] = np.clip((sample.signals - centre) / scale, -20, 20)
        relevant[place, :k] = sample.relevant
        weight[place, :k] = sample.log_weight
    return torch.from_numpy(x), torch.from_numpy(relevant), torch.from_numpy(weight)
