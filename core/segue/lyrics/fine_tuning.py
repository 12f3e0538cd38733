"""Fine-tuning an encoder so that its vectors capture the mood of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segue.errors import NotEnoughDataError
from segue.lyrics.sentiment_data import RatedTexts
from segue.lyrics.sentiment_training import FEWEST_TEXTS, judged, sentiment_loss
from segue.progress import Fitting, batches_in, fit_network

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """How an encoder is fine-tuned. Texts are cut to `longest` tokens while it learns."""

    epochs: int = 2
    batch: int = 32
    rate: float = 3e-5
    outward_rate: float = 1e-3
    warm_up: float = 0.1
    longest: int = 96
    valence_weight: float = 4.0


def fine_tune(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sets: Sequence[RatedTexts],
    how: Fitting,
    settings: TuningSettings | None = None,
) -> float:
    """Change `model` in place; its mean-pooled unit vectors then carry mood.

    All of its parameters learn, through a linear way out that is thrown away: train a head on the
    new vectors afterwards. Valence counts where people rated it. Returns the mean loss of the last
    epoch. Raises NotEnoughDataError for fewer than `FEWEST_TEXTS` texts.
    """
    used = settings or TuningSettings()
    texts = [text for part in sets for text in part.texts]
    if len(texts) < FEWEST_TEXTS:
        raise NotEnoughDataError(
            f"fine-tuning an encoder needs at least {FEWEST_TEXTS} texts, and here are "
            f"{len(texts)}; give it more with --data"
        )
    labels = judged(sets, rated_weight=1.0, class_only_weight=0.0, class_valence=1.0)
    rng = np.random.default_rng(how.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        placed = model.to(how.device).train()  # type: ignore[arg-type]  # see torch_forward
        outward = nn.Linear(int(model.config.hidden_size), 4).to(how.device)
        optimiser = torch.optim.AdamW(
            [
                {"params": list(placed.parameters()), "lr": used.rate},
                {"params": outward.parameters(), "lr": used.outward_rate},
            ]
        )
        total = used.epochs * batches_in(len(texts), used.batch)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: _slope(step, total, used.warm_up)
        )
        losses: list[float] = []

        def loss(rows: NDArray[np.int64]) -> Tensor:
            vectors = _vectors(placed, tokenizer, [texts[row] for row in rows], used, how.device)
            out = outward(vectors * vectors.shape[1] ** 0.5)
            chosen = labels.at(torch.from_numpy(rows)).to(how.device)
            return sentiment_loss(torch.tanh(out[:, 0]), out[:, 1:], chosen, used.valence_weight)

        def after(done: int, last: Tensor) -> None:
            losses.append(float(last.detach()))
            how.progress("fine-tuning the encoder", done, total)

        every = (rows for _ in range(used.epochs) for rows in _batches(texts, used.batch, rng))
        fit_network(every, loss, optimiser, schedule, clip=1.0, after=after)
    model.to("cpu").eval()  # type: ignore[arg-type]  # see torch_forward
    return float(np.mean(losses[-(total // used.epochs) :]))


def _slope(step: int, total: int, warm_up: float) -> float:
    """The share of the learning rate: up over `warm_up` of the steps, then down to nothing."""
    rising = max(1, round(warm_up * total))
    return min((step + 1) / rising, max(0.0, (total - step) / max(1, total - rising)))


def _batches(texts: Sequence[str], size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """All rows once, in batches of alike length that come in random order."""
    noise = rng.uniform(0.9, 1.1, len(texts))
    order = np.argsort(np.array([len(text) for text in texts]) * noise, kind="stable")
    cut = [order[start : start + size] for start in range(0, len(texts), size)]
    return [cut[i] for i in rng.permutation(len(cut))]


def _vectors(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    settings: TuningSettings,
    device: str,
) -> Tensor:
    """Mean-pooled unit vectors (n, dim), with gradients."""
    encoded = tokenizer(
        texts, padding=True, truncation=True, max_length=settings.longest, return_tensors="pt"
    ).to(device)
    states: Tensor = model(**encoded).last_hidden_state
    mask = encoded["attention_mask"].unsqueeze(-1).to(states.dtype)
    return nn.functional.normalize((states * mask).sum(dim=1), dim=1)
