"""What the autoencoders are measured beside: PCA, and the kind of autoencoder once published."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from segue.models.data import Floats
from segue.models.embedding.autoencoder import principal_directions
from segue.training import fit_network, shuffled_batches


@dataclass(frozen=True, slots=True)
class Coder:
    """The way to latent vectors (n, d) -> (n, k) and back."""

    encode: Callable[[Floats], Floats]
    decode: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class PublishedShape:
    """Hidden widths of the encoder, mirrored in the decoder, and the last activation."""

    hidden: tuple[int, ...]
    sigmoid: bool


TABULAR_SHAPES: Mapping[str, PublishedShape] = {
    f"published: {name}, {'sigmoid' if sigmoid else 'linear'} output": PublishedShape(
        hidden, sigmoid
    )
    for name, hidden in (("no hidden layer", ()), ("16", (16,)), ("20-15", (20, 15)))
    for sigmoid in (False, True)
}
LYRIC_SHAPES: Mapping[str, PublishedShape] = {
    f"published: {name}, {'sigmoid' if sigmoid else 'linear'} output": PublishedShape(
        hidden, sigmoid
    )
    for name, hidden in (("no hidden layer", ()), ("128", (128,)), ("256-128", (256, 128)))
    for sigmoid in (False, True)
}

EPOCHS = 20
BATCH = 128
RATE = 1e-3


def pca(x: Floats, k: int) -> Coder:
    """The best linear coder of k dimensions."""
    mean, directions, _ = principal_directions(x, k)

    def encode(rows: Floats) -> Floats:
        return np.asarray((rows - mean) @ directions, dtype=np.float32)

    def decode(latent: Floats) -> Floats:
        return np.asarray(mean + latent @ directions.T, dtype=np.float32)

    return Coder(encode, decode)


def published(x: Floats, k: int, shape: PublishedShape, *, seed: int) -> Coder:
    """An autoencoder with ReLU on every layer, the latent one too, which is where units die."""
    torch.manual_seed(seed)
    widths = (x.shape[1], *shape.hidden, k)
    down = nn.Sequential()
    for a, b in itertools.pairwise(widths):
        down.extend([nn.Linear(a, b), nn.ReLU()])
    up = nn.Sequential()
    back = widths[::-1]
    for place, (a, b) in enumerate(itertools.pairwise(back)):
        up.append(nn.Linear(a, b))
        if place < len(back) - 2:
            up.append(nn.ReLU())
    if shape.sigmoid:
        up.append(nn.Sigmoid())
    rows = torch.from_numpy(x)
    optimiser = torch.optim.Adam([*down.parameters(), *up.parameters()], lr=RATE)
    generator = torch.Generator().manual_seed(seed)

    def loss(batch: torch.Tensor) -> torch.Tensor:
        error: torch.Tensor = ((up(down(rows[batch])) - rows[batch]) ** 2).mean()
        return error

    fit_network(shuffled_batches(len(rows), BATCH, EPOCHS, generator), loss, optimiser)

    def applied(network: nn.Sequential) -> Callable[[Floats], Floats]:
        def apply(values: Floats) -> Floats:
            with torch.no_grad():
                result: torch.Tensor = network(torch.from_numpy(values))
            return np.asarray(result.numpy(), dtype=np.float32)

        return apply

    return Coder(applied(down), applied(up))
