"""The one loop that trains a network: batches, a loss, an optimiser and its schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

Batch = TypeVar("Batch")


def fit_network(
    batches: Iterable[Batch],
    loss: Callable[[Batch], Tensor],
    optimiser: Optimizer,
    schedule: LRScheduler | None = None,
    *,
    clip: float | None = None,
    after: Callable[[int, Tensor], None] | None = None,
) -> None:
    """Take one step down the gradient of `loss` for each batch, and one along the schedule.

    `clip` bounds the gradient's norm over the optimiser's first group of parameters. `after` is
    called with how many steps were made and the loss of the last.
    """
    for done, batch in enumerate(batches, 1):
        value = loss(batch)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        if clip is not None:
            nn.utils.clip_grad_norm_(optimiser.param_groups[0]["params"], clip)
        optimiser.step()
        if schedule is not None:
            schedule.step()
        if after is not None:
            after(done, value)


def shuffled_batches(
    rows: int, size: int, epochs: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Row numbers in batches: all rows once an epoch, each time in another order."""
    for _ in range(epochs):
        order = torch.randperm(rows, generator=generator)
        yield from order.split(size)  # type: ignore[no-untyped-call]  # torch does not type it


def batches_in(rows: int, size: int) -> int:
    """How many batches an epoch has."""
    return -(-rows // size)
