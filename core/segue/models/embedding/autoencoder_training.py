"""Training an autoencoder from PCA on.

How long to train is found on a tenth of the rows held out, where no training at all, PCA itself,
is one of the choices; then all rows train. Values that are not known, where the matrix holds a
stand-in, are no part of any error.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from segue.metrics import overlap
from segue.models.data import Floats
from segue.models.embedding.autoencoder import (
    Autoencoder,
    AutoencoderSettings,
    Flags,
    Layers,
    nearest,
    principal_directions,
)
from segue.progress import Fitting, Progress, batches_in, fit_network, shuffled_batches

HELD_OUT_SHARE = 0.1


def fit_autoencoder(
    x: Floats,
    k: int,
    how: Fitting,
    *,
    settings: AutoencoderSettings | None = None,
    curved: bool = True,
    known: Flags | None = None,
) -> Autoencoder:
    """Learn k latent dimensions of x (n, d), by the mean squared error of what is `known` (n, d).

    Not `curved`, the encoder stays PCA's (f = 0) and so do neighbours; only the way back learns.
    Raises ValueError where k is not in 1..min(n, d).
    """
    if not 1 <= k <= min(x.shape):
        raise ValueError(f"{k} latent dimensions from a matrix of {x.shape}")
    chosen = settings or AutoencoderSettings()
    order = np.random.default_rng(how.seed).permutation(len(x))
    n_held = round(HELD_OUT_SHARE * len(x))
    held, others = order[:n_held], order[n_held:]
    counted = np.ones(x.shape, dtype=np.bool_) if known is None else known
    epochs = chosen.epochs
    if n_held and len(others) >= k:
        practice = _Training(x[others], counted[others], k, how, chosen, curved)
        epochs = practice.best_epoch(x[held], counted[held], how.progress)
    whole = _Training(x, counted, k, how, chosen, curved)
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
        how: Fitting,
        settings: AutoencoderSettings,
        curved: bool,
    ) -> None:
        self.settings, self.curved = settings, curved
        mean, directions, scale = principal_directions(x, k)
        spread = np.maximum(x.std(axis=0), 1e-6).astype(np.float32)
        self.plain = (mean.astype(np.float32), spread, directions, np.maximum(scale, 1e-6))
        self.fixed = [torch.from_numpy(part).to(how.device) for part in self.plain]
        torch.manual_seed(how.seed)
        self.down = _residual(x.shape[1], settings.hidden, k, settings.input_dropout).to(how.device)
        self.up = _residual(k, settings.hidden, x.shape[1], 0.0).to(how.device)
        self.back = torch.from_numpy(directions.T.copy()).to(how.device).requires_grad_()
        self.rows = self.told(x, known)
        learned = [*(self.down.parameters() if curved else ()), *self.up.parameters(), self.back]
        self.optimiser = torch.optim.AdamW(
            learned, lr=settings.rate, weight_decay=settings.weight_decay, fused=True
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            settings.rate,
            total_steps=settings.epochs * batches_in(len(x), settings.batch),
        )
        self.generator = torch.Generator().manual_seed(how.seed)

    def told(self, x: Floats, known: Flags) -> tuple[torch.Tensor, ...]:
        """What no step changes of rows x (n, d): what is to be rebuilt less the mean, the latent
        vectors of PCA, what the encoder reads, and what is known; each (n, …)."""
        mean, spread, directions, scale = self.fixed
        rows = torch.from_numpy(x).to(mean.device)
        counted = torch.from_numpy(known.astype(np.float32)).to(mean.device)
        return rows - mean, (rows - mean) @ directions / scale, (rows - mean) / spread, counted

    def epoch(self) -> None:
        self.down.train()
        fit_network(
            shuffled_batches(len(self.rows[0]), self.settings.batch, 1, self.generator),
            lambda batch: self.error(*(part[batch] for part in self.rows)),
            self.optimiser,
            self.schedule,
        )
        self.down.eval()

    def error(
        self, centred: torch.Tensor, latent: torch.Tensor, read: torch.Tensor, known: torch.Tensor
    ) -> torch.Tensor:
        if self.curved:
            latent = latent + self.down(read)
        rebuilt = (latent * self.fixed[3]) @ self.back + self.up(latent)
        squared: torch.Tensor = (rebuilt - centred) ** 2 * known
        return squared.sum() / known.sum().clamp(min=1)

    def best_epoch(self, held: Floats, known: Flags, progress: Progress) -> int:
        """After how many epochs rows not trained on are rebuilt best; 0 is PCA itself."""
        unseen = self.told(held, known)

        def now() -> float:
            with torch.no_grad():
                return float(self.error(*unseen))

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


COMPARED_ROWS = 1500
NEIGHBOURS = 10


def neighbour_overlap(before: Floats, after: Floats, k: int = NEIGHBOURS) -> float:
    """Share of each row's k nearest in `before` that also are in `after` (overlap at k)."""
    rows = np.arange(len(before))
    return overlap(nearest(before, before, k, rows), nearest(after, after, k, rows))


def choose_autoencoder(
    x: Floats,
    k: int,
    how: Fitting,
    *,
    settings: AutoencoderSettings | None = None,
    known: Flags | None = None,
) -> Autoencoder:
    """A curved encoder where it keeps at least as many neighbours as PCA, else PCA's own.

    `known` (n, d) says which values of x are real and no stand-ins; all are by default.
    Compared on at most `COMPARED_ROWS` of the rows it learned from.
    """

    def fitted(curved: bool) -> Autoencoder:
        return fit_autoencoder(x, k, how, settings=settings, curved=curved, known=known)

    bent = fitted(True)
    rows = np.random.default_rng(how.seed).permutation(len(x))[:COMPARED_ROWS]
    mean, directions, _ = principal_directions(x, k)
    straight = ((x[rows] - mean) @ directions).astype(np.float32)
    kept = neighbour_overlap(x[rows], bent.encode(x[rows]))
    if bent.dead(x) == 0 and kept >= neighbour_overlap(x[rows], straight):
        return bent
    return fitted(False)
