"""How a long computation runs: how far it is, what with, and the one loop that trains a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:  # whoever trains has imported torch; everybody else imports this too
    import torch
    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler


class Stopped(KeyboardInterrupt):
    """The work was asked to end. Not a SegueError: nothing that handles failures may hold it."""


class Progress(Protocol):
    """Called with a stage's name, how much of it is done, and of how much where that is known.

    Each call is a safe moment to end: it may raise Stopped.
    """

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """A `Progress` that reports nothing."""


def under(progress: Progress, stage: str) -> Progress:
    """The same `Progress` with another name for every stage."""
    return lambda _stage, done, total: progress(stage, done, total)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Handed down as one value by everything that learns or measures.

    `workers` is how many processes may share what is independent; the results are the same.
    """

    seed: int = 0
    device: str = "cpu"
    progress: Progress = silent
    workers: int = 1


Result = TypeVar("Result")


def side_by_side(parts: Sequence[Callable[[], Result]], how: Fitting, stage: str) -> list[Result]:
    """The result of every part, in their order, `how.workers` of them at a time.

    With more than one worker the parts and their results cross process borders. No part may
    depend on another, so the results are the same with any number of workers.
    """
    results: list[Result] = []
    how.progress(stage, 0, len(parts))
    if how.workers > 1 and len(parts) > 1:
        import warnings

        from joblib import Parallel, delayed

        # A worker whose memory grew is exchanged for a new one, and nothing is lost.
        warnings.filterwarnings("ignore", "A worker stopped while", UserWarning)
        pool = Parallel(n_jobs=min(how.workers, len(parts)), return_as="generator")
        found = pool(delayed(part)() for part in parts)
    else:
        found = (part() for part in parts)
    for result in found:
        results.append(result)
        how.progress(stage, len(results), len(parts))
    return results


def alone(how: Fitting) -> Fitting:
    """How one part is worked on: in one process, and silently."""
    return replace(how, progress=silent, workers=1)


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
    from torch.nn.utils import clip_grad_norm_

    for done, batch in enumerate(batches, 1):
        value = loss(batch)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        if clip is not None:
            clip_grad_norm_(optimiser.param_groups[0]["params"], clip)
        optimiser.step()
        if schedule is not None:
            schedule.step()
        if after is not None:
            after(done, value)


def shuffled_batches(
    rows: int, size: int, epochs: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Row numbers in batches: all rows once an epoch, each time in another order."""
    import torch

    for _ in range(epochs):
        order = torch.randperm(rows, generator=generator)
        yield from order.split(size)  # type: ignore[no-untyped-call]  # torch does not type it


def batches_in(rows: int, size: int) -> int:
    """How many batches an epoch has."""
    return -(-rows // size)
