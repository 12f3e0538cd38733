"""An autoencoder that starts as PCA and learns what PCA cannot say.

z = (x − μ)·P / s + f((x − μ) / σ),  x̂ = μ + (z·s)·D + g(z): P, s are the first principal
directions and the spread along them, D starts as Pᵀ, the residual networks f and g start as
nothing. The latent layer is linear, so no unit can die.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats

Layers = tuple[tuple[Floats, Floats], ...]
"""Weights (in, out) and bias (out,) of each layer of a residual network."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AutoencoderSettings:
    """`hidden` units in each of two layers; the rest is for AdamW in one cycle."""

    hidden: int = 64
    epochs: int = 25
    batch: int = 256
    rate: float = 3e-3
    weight_decay: float = 1e-4
    input_dropout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """A fitted autoencoder as plain arrays.

    `mean` and `spread` (d,), `directions` (d, k), `scale` (k,), `back` (k, d).
    """

    mean: Floats
    spread: Floats
    directions: Floats
    scale: Floats
    back: Floats
    encoder: Layers
    decoder: Layers

    @property
    def size(self) -> int:
        """How many latent dimensions there are."""
        return int(self.scale.size)

    def encode(self, x: Floats) -> Floats:
        """Latent vectors (n, k), each scaled by the spread PCA finds along its direction."""
        centred = x - self.mean
        latent = centred @ self.directions
        if self.encoder:
            latent = latent + _forward(self.encoder, centred / self.spread) * self.scale
        return np.asarray(latent, dtype=np.float32)

    def decode(self, latent: Floats) -> Floats:
        """The inverse, as well as it can: (n, d)."""
        rebuilt = self.mean + latent @ self.back + _forward(self.decoder, latent / self.scale)
        return np.asarray(rebuilt, dtype=np.float32)

    def dead(self, x: Floats) -> int:
        """How many latent dimensions do not vary over x."""
        return int((self.encode(x).std(axis=0) < 1e-6).sum())

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array by name, `prefix` before each."""
        out: dict[str, NDArray[np.generic]] = {
            f"{prefix}.{part}": getattr(self, part)
            for part in ("mean", "spread", "directions", "scale", "back")
        }
        for side in ("encoder", "decoder"):
            for depth, (weight, bias) in enumerate(getattr(self, side)):
                out[f"{prefix}.{side}.{depth}.weight"] = weight
                out[f"{prefix}.{side}.{depth}.bias"] = bias
        return out

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Autoencoder:
        """The inverse of `tensors`."""

        def array(name: str) -> Floats:
            return tensors[f"{prefix}.{name}"].astype(np.float32)

        def layers(side: str) -> Layers:
            depths = sum(name.startswith(f"{prefix}.{side}.") for name in tensors) // 2
            return tuple(
                (array(f"{side}.{depth}.weight"), array(f"{side}.{depth}.bias"))
                for depth in range(depths)
            )

        dense = (array(part) for part in ("mean", "spread", "directions", "scale", "back"))
        mean, spread, directions, scale, back = dense
        return cls(mean, spread, directions, scale, back, layers("encoder"), layers("decoder"))


def _forward(layers: Layers, x: Floats) -> Floats:
    for depth, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        if depth < len(layers) - 1:
            x = np.asarray(x / (1.0 + np.exp(-np.clip(x, -60, 60))), dtype=np.float32)
    return x


def principal_directions(x: Floats, k: int) -> tuple[Floats, Floats, Floats]:
    """Mean (d,), the first k directions (d, k) and the spread along each (k,).

    A direction's sign is such that its largest part is positive.
    """
    mean = x.mean(axis=0)
    _, singular, directions = np.linalg.svd(x - mean, full_matrices=False)
    chosen = directions[:k]
    largest = np.abs(chosen).argmax(axis=1)
    signs = np.where(chosen[np.arange(len(chosen)), largest] < 0, -1.0, 1.0)
    scale = singular[:k] / math.sqrt(len(x))
    return mean, (chosen * signs[:, None]).T.astype(np.float32), scale.astype(np.float32)
