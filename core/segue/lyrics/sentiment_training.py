"""Training a sentiment head on the vectors of an encoder, and on the words themselves.

Two losses over mini-batches: cross-entropy of the three classes on every text, and the squared
error of valence where people gave ratings; sets that only have classes count a little towards
valence too, with ±`class_valence` as their target, so that it orders their texts as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from segue.errors import NotEnoughDataError
from segue.lyrics.cleaning import BUCKETS, Bags, bags
from segue.lyrics.sentiment import EncoderIdentity, HeadWeights, SentimentCard, SentimentHead
from segue.lyrics.sentiment_data import SPLIT_RULE, RatedTexts
from segue.progress import Fitting, Progress, batches_in, fit_network

FEWEST_TEXTS = 60


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How a head is trained. `members` networks are trained apart and averaged into one.

    `rated_weight` is what the class of a rated text counts where that of another counts 1, and
    `class_only_weight` what the valence of the latter counts. `words_left_out` is the share of
    texts shown by their vector alone, so that a vector without its words can be judged too.
    """

    hidden: int = 96
    members: int = 3
    epochs: int = 4
    batch: int = 256
    rate: float = 1e-3
    word_rate: float = 0.015
    weight_decay: float = 0.01
    dropout: float = 0.4
    words_dropout: float = 0.2
    words_left_out: float = 0.1
    rated_weight: float = 1.5
    valence_weight: float = 8.0
    class_only_weight: float = 0.1
    class_valence: float = 0.6


class HeadNetwork(nn.Module):
    """The head while it is trained: the arithmetic of `SentimentHead.predict`, in torch."""

    def __init__(self, dim: int, settings: HeadSettings) -> None:
        super().__init__()
        self.inner = nn.Linear(dim, settings.hidden)
        self.outer = nn.Linear(settings.hidden, 4)
        self.lexicon = nn.Parameter(torch.zeros(BUCKETS, 2))
        self.lean = nn.Parameter(torch.tensor([0.5]))
        self._dropout = settings.dropout
        self._scale = dim**0.5

    def forward(self, vectors: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Valence (n,) and class logits (n, 3).

        `vectors` (n, dim) are of unit length; `words` (n, 2) the weighted sums of `lexicon`.
        """
        hidden = functional.gelu(self.inner(vectors * self._scale), approximate="tanh")
        hidden = functional.dropout(hidden, self._dropout, self.training)
        raw = self.outer(hidden)
        classes = raw[:, 1:] + torch.stack(
            [words[:, 0], torch.zeros_like(words[:, 0]), words[:, 1]], dim=1
        )
        return torch.tanh(raw[:, 0] + self.lean * (classes[:, 2] - classes[:, 0])), classes


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a head comes from: whose vectors it reads, in which languages, and when."""

    encoder: EncoderIdentity
    languages: tuple[str, ...]
    trained_at: datetime


def train_head(
    sets: Sequence[RatedTexts],
    vectors: Sequence[NDArray[np.float32]],
    origin: Origin,
    how: Fitting,
    settings: HeadSettings | None = None,
) -> SentimentHead:
    """Train a head on these texts and their vectors, one array (n, dim) a set.

    Every text given is trained on: leave the held-out ones away before. The same arguments give
    the same head. Raises NotEnoughDataError for fewer than `FEWEST_TEXTS` texts or one class only.
    """
    used = settings or HeadSettings()
    polarity = np.concatenate([rated.polarity for rated in sets]) if sets else np.zeros(0)
    if polarity.size < FEWEST_TEXTS or np.unique(polarity).size < 2:
        raise NotEnoughDataError(
            f"a sentiment head needs at least {FEWEST_TEXTS} texts of two kinds or more, and here "
            f"are {polarity.size} of {np.unique(polarity).size}; give it more with --data"
        )
    batch = _Batches(
        vectors=torch.from_numpy(np.concatenate(list(vectors)).astype(np.float32)),
        words=bags([text for part in sets for text in part.texts]),
        judged=judged(
            sets,
            rated_weight=used.rated_weight,
            class_only_weight=used.class_only_weight,
            class_valence=used.class_valence,
        ),
    )
    members = [
        _member(
            batch,
            origin.encoder.dim,
            used,
            [how.seed, member],
            _part(how.progress, member, used.members),
        )
        for member in range(used.members)
    ]
    card = SentimentCard(
        encoder=origin.encoder,
        languages=origin.languages,
        data={part.name: len(part) for part in sets},
        split=SPLIT_RULE,
        settings=asdict(used),
        seed=how.seed,
        trained_at=origin.trained_at,
    )
    return SentimentHead(merged(members), card)


@dataclass(frozen=True, slots=True)
class _Batches:
    """All training texts, and how a batch of them is taken."""

    vectors: Tensor
    words: Bags
    judged: Judged

    def grams(
        self, rows: NDArray[np.int64], rng: np.random.Generator, settings: HeadSettings
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The n-grams of these texts that are not dropped: buckets, weights, and whose they are."""
        starts = self.words.offsets[rows]
        ends = np.append(self.words.offsets[1:], self.words.buckets.size)[rows]
        at = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        owner = np.repeat(np.arange(rows.size), ends - starts)
        shown = rng.random(at.size) >= settings.words_dropout
        shown &= (rng.random(rows.size) >= settings.words_left_out)[owner]
        # What is kept is raised by what is dropped, so that the sum keeps its mean.
        weights = self.words.weights[at[shown]] / np.float32(1 - settings.words_dropout)
        return (
            torch.from_numpy(self.words.buckets[at[shown]]),
            torch.from_numpy(weights),
            torch.from_numpy(owner[shown]),
        )


def _member(
    data: _Batches, dim: int, settings: HeadSettings, seed: list[int], progress: Progress
) -> HeadNetwork:
    rng = np.random.default_rng(seed)
    n = data.judged.polarity.numel()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        network = HeadNetwork(dim, settings)
        dense = [*network.inner.parameters(), *network.outer.parameters(), network.lean]
        optimiser = torch.optim.AdamW(
            [
                {"params": dense, "weight_decay": settings.weight_decay},
                {"params": [network.lexicon], "weight_decay": 0.0},
            ]
        )
        rates = [settings.rate, settings.word_rate]
        total = settings.epochs * batches_in(n, settings.batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=total + 1)

        def batches() -> Iterator[NDArray[np.int64]]:
            for _ in range(settings.epochs):
                order = rng.permutation(n)
                for start in range(0, n, settings.batch):
                    yield order[start : start + settings.batch]

        def loss(rows: NDArray[np.int64]) -> Tensor:
            buckets, weights, owner = data.grams(rows, rng, settings)
            words = torch.zeros(rows.size, 2).index_add(
                0, owner, network.lexicon[buckets] * weights[:, None]
            )
            chosen = torch.from_numpy(rows)
            valence, classes = network(data.vectors[chosen], words)
            return sentiment_loss(valence, classes, data.judged.at(chosen), settings.valence_weight)

        fit_network(
            batches(),
            loss,
            optimiser,
            schedule,
            after=lambda done, _loss: progress("training the head", done, total),
        )
    return network.eval()


def merged(members: Sequence[HeadNetwork]) -> HeadWeights:
    """Networks as one head that answers with the mean of their logits.

    Hidden units stand side by side, each member's way out divided by their number. A class's
    lexicon is rounded to 255 steps between its extremes.
    """
    n = len(members)
    outward = np.concatenate([_numpy(member.outer.weight) for member in members], axis=1)
    lexicon = _numpy(torch.stack([member.lexicon for member in members]).mean(dim=0))
    scale = np.maximum(np.abs(lexicon).max(axis=0), 1e-9) / 127
    return HeadWeights(
        hidden=np.concatenate([_numpy(member.inner.weight) for member in members]),
        hidden_bias=np.concatenate([_numpy(member.inner.bias) for member in members]),
        out=(outward / n).astype(np.float32),
        out_bias=np.mean([_numpy(member.outer.bias) for member in members], axis=0),
        lexicon=np.rint(lexicon / scale).astype(np.int8),
        lexicon_scale=scale.astype(np.float32),
        lean=np.mean([_numpy(member.lean) for member in members], axis=0),
    )


def _numpy(tensor: Tensor) -> NDArray[np.float32]:
    out: NDArray[np.float32] = tensor.detach().numpy()
    return out


def _part(progress: Progress, member: int, members: int) -> Progress:
    def report(stage: str, done: int, total: int | None) -> None:
        steps = total or 0
        progress(stage, member * steps + done, members * steps)

    return report


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of n texts: valence `target` and `polarity` −1..1, and what each counts."""

    target: Tensor
    polarity: Tensor
    valence_weight: Tensor
    class_weight: Tensor

    def at(self, rows: Tensor) -> Judged:
        """Of these texts only."""
        return self._each(lambda values: values[rows])

    def to(self, device: str) -> Judged:
        """The same on another device."""
        return self._each(lambda values: values.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Judged:
        return Judged(*(change(getattr(self, column.name)) for column in fields(self)))


def judged(
    sets: Sequence[RatedTexts],
    *,
    rated_weight: float,
    class_only_weight: float,
    class_valence: float,
) -> Judged:
    """The targets of all sets, one after another; see `HeadSettings` for the weights."""
    rated = np.concatenate([np.isfinite(part.valence) for part in sets])
    target = np.concatenate([part.target() for part in sets])
    return Judged(
        target=torch.from_numpy(target * np.where(rated, 1, class_valence).astype(np.float32)),
        polarity=torch.from_numpy(np.concatenate([part.polarity for part in sets])),
        valence_weight=torch.from_numpy(np.where(rated, 1, class_only_weight).astype(np.float32)),
        class_weight=torch.from_numpy(np.where(rated, rated_weight, 1).astype(np.float32)),
    )


def sentiment_loss(
    valence: Tensor,
    classes: Tensor,
    judged: Judged,
    valence_weight: float,
) -> Tensor:
    """The mean over texts of weighted cross-entropy and squared error.

    `valence` (n,) meets `judged.target`, `classes` (n, 3) are logits of −1, 0 and 1.
    """
    crossed = functional.cross_entropy(classes, judged.polarity + 1, reduction="none")
    squared = (valence - judged.target) ** 2
    weighted = judged.class_weight * crossed + valence_weight * judged.valence_weight * squared
    return weighted.mean()
