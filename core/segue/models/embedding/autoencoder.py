"""An autoencoder that starts as PCA and learns what PCA cannot say.

z = (x − μ)·P / s + f((x − μ) / σ),  x̂ = μ + (z·s)·D + g(z): P, s are the first principal
directions and the spread along them, D starts as Pᵀ, the residual networks f and g start as
nothing. The latent layer is linear, so no unit can die. How long to train is found on a tenth of
the rows held out, where no training at all, PCA itself, is one of the choices; then all rows train.
Values that are not known, where the matrix holds a stand-in, are no part of any error.
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
from segue.progress import Progress, silent
from segue.training import batches_in, fit_network, shuffled_batches

Layers = tuple[tuple[Floats, Floats], ...]
"""Weights (in, out) and bias (out,) of each layer of a residual network."""

Flags = NDArray[np.bool_]

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
    known: Flags | None = None,
    progress: Progress = silent,
) -> Autoencoder:
    """Learn k latent dimensions of x (n, d), by the mean squared error of what is `known` (n, d).

    Not `curved`, the encoder stays PCA's (f = 0) and so do neighbours; only the way back learns.
    Raises ValueError where k is not in 1..min(n, d).
    """
    if not 1 <= k <= min(x.shape):
        raise ValueError(f"{k} latent dimensions from a matrix of {x.shape}")
    chosen = settings or AutoencoderSettings()
    order = np.random.default_rng(seed).permutation(len(x))
    n_held = round(HELD_OUT_SHARE * len(x))
    held, others = order[:n_held], order[n_held:]
    counted = np.ones(x.shape, dtype=np.bool_) if known is None else known
    epochs = chosen.epochs
    if n_held and len(others) >= k:
        practice = _Training(x[others], counted[others], k, seed, device, chosen, curved)
        epochs = practice.best_epoch(x[held], counted[held], progress)
    whole = _Training(x, counted, k, seed, device, chosen, curved)
    for _ in range(epochs):
        whole.epoch()
    return whole.fitted()


class _Training:
    """One training from PCA on, an epoch at a time."""

    def __init__(
        self,
        x: Floats,
        known: Flags,
        k: int,
        seed: int,
        device: str,
        settings: AutoencoderSettings,
        curved: bool,
    ) -> None:
        self.settings, self.curved = settings, curved
        mean, directions, scale = principal_directions(x, k)
        spread = np.maximum(x.std(axis=0), 1e-6).astype(np.float32)
        self.plain = (mean.astype(np.float32), spread, directions, np.maximum(scale, 1e-6))
        self.fixed = [torch.from_numpy(part).to(device) for part in self.plain]
        torch.manual_seed(seed)
        self.down = _residual(x.shape[1], settings.hidden, k, settings.input_dropout).to(device)
        self.up = _residual(k, settings.hidden, x.shape[1], 0.0).to(device)
        self.back = torch.from_numpy(directions.T.copy()).to(device).requires_grad_()
        self.rows = torch.from_numpy(x).to(device)
        self.known = torch.from_numpy(known.astype(np.float32)).to(device)
        learned = [*(self.down.parameters() if curved else ()), *self.up.parameters(), self.back]
        self.optimiser = torch.optim.AdamW(
            learned, lr=settings.rate, weight_decay=settings.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            settings.rate,
            total_steps=settings.epochs * batches_in(len(x), settings.batch),
        )
        self.generator = torch.Generator().manual_seed(seed)

    def rebuilt(self, rows: torch.Tensor) -> torch.Tensor:
        mean, spread, directions, scale = self.fixed
        latent = (rows - mean) @ directions / scale
        if self.curved:
            latent = latent + self.down((rows - mean) / spread)
        result: torch.Tensor = mean + (latent * scale) @ self.back + self.up(latent)
        return result

    def epoch(self) -> None:
        self.down.train()
        fit_network(
            shuffled_batches(len(self.rows), self.settings.batch, 1, self.generator),
            lambda batch: self.error(self.rows[batch], self.known[batch]),
            self.optimiser,
            self.schedule,
        )
        self.down.eval()

    def error(self, rows: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        squared: torch.Tensor = (self.rebuilt(rows) - rows) ** 2 * known
        return squared.sum() / known.sum().clamp(min=1)

    def best_epoch(self, held: Floats, known: Flags, progress: Progress) -> int:
        """After how many epochs rows not trained on are rebuilt best; 0 is PCA itself."""
        unseen = torch.from_numpy(held).to(self.rows.device)
        counted = torch.from_numpy(known.astype(np.float32)).to(self.rows.device)

        def now() -> float:
            with torch.no_grad():
                return float(self.error(unseen, counted))

        errors = [now()]
        for epoch in range(self.settings.epochs):
            self.epoch()
            errors.append(now())
            progress("embedding", epoch + 1, self.settings.epochs)
        return int(np.argmin(errors))

    def fitted(self) -> Autoencoder:
        mean, spread, directions, scale = self.plain
        encoder = _layers(self.down) if self.curved else ()
        back = self.back.detach().cpu().numpy()
        return Autoencoder(mean, spread, directions, scale, back, encoder, _layers(self.up))


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


def _layers(network: nn.Sequential) -> Layers:
    return tuple(
        (layer.weight.detach().cpu().numpy().T.copy(), layer.bias.detach().cpu().numpy().copy())
        for layer in network
        if isinstance(layer, nn.Linear)
    )
