"""An autoencoder that starts as PCA and learns what PCA cannot say.

z = (x − μ)·P / s + f((x − μ) / σ),  x̂ = μ + (z·s)·D + g(z): P, s are the first principal
directions and the spread along them, D starts as Pᵀ, the residual networks f and g start as
nothing. The latent layer is linear, so no unit can die; the weights kept are those that did best
on a tenth of the training rows, which PCA itself starts as: there it is never worse than PCA.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from segue.models.data import Floats
from segue.models.scorer import Progress, silent

Layers = tuple[tuple[Floats, Floats], ...]
"""Weights (in, out) and bias (out,) of each layer of a residual network."""

HELD_OUT_SHARE = 0.1


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


def fit_autoencoder(
    x: Floats,
    k: int,
    *,
    seed: int,
    device: str = "cpu",
    settings: AutoencoderSettings | None = None,
    curved: bool = True,
    progress: Progress = silent,
) -> Autoencoder:
    """Learn k latent dimensions of x (n, d), by the mean squared error.

    Not `curved`, the encoder stays PCA's (f = 0) and so do neighbours; only the way back learns.
    Raises ValueError where k is not in 1..min(n, d).
    """
    if not 1 <= k <= min(x.shape):
        raise ValueError(f"{k} latent dimensions from a matrix of {x.shape}")
    chosen = settings or AutoencoderSettings()
    mean, directions, scale = principal_directions(x, k)
    scale = np.maximum(scale, 1e-6)
    spread = np.maximum(x.std(axis=0), 1e-6)
    torch.manual_seed(seed)
    down = _residual(x.shape[1], chosen.hidden, k, chosen.input_dropout).to(device)
    up = _residual(k, chosen.hidden, x.shape[1], 0.0).to(device)
    back = torch.from_numpy(directions.T.copy()).to(device).requires_grad_()
    fixed = [torch.from_numpy(part).to(device) for part in (mean, spread, directions, scale)]

    def rebuilt(rows: torch.Tensor) -> torch.Tensor:
        mean_, spread_, directions_, scale_ = fixed
        latent = (rows - mean_) @ directions_ / scale_
        if curved:
            latent = latent + down((rows - mean_) / spread_)
        result: torch.Tensor = mean_ + (latent * scale_) @ back + up(latent)
        return result

    order = np.random.default_rng(seed).permutation(len(x))
    n_held = max(1, round(HELD_OUT_SHARE * len(x)))
    held = torch.from_numpy(x[order[:n_held]]).to(device)
    rows = torch.from_numpy(x[order[n_held:]] if len(x) > 1 else x).to(device)
    learned = [*(down.parameters() if curved else ()), *up.parameters(), back]
    optimiser = torch.optim.AdamW(learned, lr=chosen.rate, weight_decay=chosen.weight_decay)
    steps = chosen.epochs * -(-len(rows) // chosen.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, chosen.rate, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    best, best_error = [part.detach().clone() for part in learned], _error(rebuilt, held)
    for epoch in range(chosen.epochs):
        down.train()
        for batch in torch.randperm(len(rows), generator=generator).split(chosen.batch):  # type: ignore[no-untyped-call]  # torch does not type it
            loss = ((rebuilt(rows[batch]) - rows[batch]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
            optimiser.step()
            schedule.step()
        down.eval()
        error = _error(rebuilt, held)
        if error < best_error:
            best, best_error = [part.detach().clone() for part in learned], error
        progress("embedding", epoch + 1, chosen.epochs)
    with torch.no_grad():
        for part, kept in zip(learned, best, strict=True):
            part.copy_(kept)
    return Autoencoder(
        mean.astype(np.float32),
        spread.astype(np.float32),
        directions,
        scale,
        back.detach().cpu().numpy(),
        _layers(down) if curved else (),
        _layers(up),
    )


def _residual(inputs: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    last = nn.Linear(hidden, outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(inputs, hidden),
        nn.SiLU(),
        nn.Linear(hidden, hidden),
        nn.SiLU(),
        last,
    )


def _error(rebuilt: object, held: torch.Tensor) -> float:
    assert callable(rebuilt)
    with torch.no_grad():
        return float(((rebuilt(held) - held) ** 2).mean())


def _layers(network: nn.Sequential) -> Layers:
    return tuple(
        (layer.weight.detach().cpu().numpy().T.copy(), layer.bias.detach().cpu().numpy().copy())
        for layer in network
        if isinstance(layer, nn.Linear)
    )
