"""What people said of texts as targets, and the loss that a head and an encoder learn by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from segue.lyrics.sentiment_data import RatedTexts


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of n texts: valence `target` and `polarity` −1..1, and what each counts."""

    target: Tensor
    polarity: Tensor
    valence_weight: Tensor
    class_weight: Tensor

    def at(self, rows: Tensor) -> Judged:
        """Of these texts only."""
        return Judged(
            self.target[rows],
            self.polarity[rows],
            self.valence_weight[rows],
            self.class_weight[rows],
        )

    def to(self, device: str) -> Judged:
        """The same on another device."""
        return Judged(
            self.target.to(device),
            self.polarity.to(device),
            self.valence_weight.to(device),
            self.class_weight.to(device),
        )


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
