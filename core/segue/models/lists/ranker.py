"""A small network over signals: a linear part where evidence cannot count against a track, and a
residual hidden layer. What is fitted is plain arrays; `ranker_training` has torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats

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
        columns = np.stack([found[name] for name in self.names], axis=1)
        x = np.clip((columns - self.centre) / self.scale, -20, 20)
        hidden = x @ self.inner + self.inner_bias
        hidden *= _normal_cdf(hidden)
        return np.asarray(x @ self.linear + hidden @ self.outer, dtype=np.float32)

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


def _normal_cdf(x: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(x), dtype=np.float32)
