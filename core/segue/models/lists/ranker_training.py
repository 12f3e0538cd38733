"""Training the ranker to put what was hidden above what was not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from segue.models.data import Floats
from segue.models.lists.ranker import EVIDENCE, OWN, Ranker, RankerSettings, Sample
from segue.progress import Fitting
from segue.training import batches_in, fit_network, shuffled_batches


def pairwise_softmax_loss(
    scores: torch.Tensor, relevant: torch.Tensor, log_weight: torch.Tensor
) -> torch.Tensor:
    """Mean over relevant r of ln(1 + Σ_j w_j·e^(s_j − s_r)), j over what is not relevant.

    All (batch, k); weights correct for sampling (Bengio and Senecal, 2008). Padding has
    log_weight −inf (or very low) and is not relevant.
    """
    others = (scores + log_weight).masked_fill(relevant, -torch.inf)
    against = torch.logsumexp(others, dim=1, keepdim=True)
    losses: torch.Tensor = nn.functional.softplus(against - scores)
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
        hidden = nn.functional.gelu(batch @ (inner * seen) + bias)
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
