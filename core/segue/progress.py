"""How a long computation runs: how far it is, what with, and the one loop that trains a network."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from segue.errors import UnavailableError, UsageError

if TYPE_CHECKING:  # whoever trains has imported torch; everybody else imports this too
    import torch
    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler


@contextmanager
def collecting_no_cycles() -> Iterator[None]:
    """Read what has no cycles of references without looking for any: each look passes over all that
    was read so far, so that time would grow faster than what is read. What is then alive is old."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        gc.enable()


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


Shared = TypeVar("Shared")
Block = TypeVar("Block")
Result = TypeVar("Result")


class Spread(Protocol):
    """Where blocks of work are done: here (`serial`), in `Processes`, or on other machines.

    Gives `work(shared, block)` of every block, in their order. No block may depend on another,
    and `work` is a function of a module: it may be called in another process, and again where
    that process was lost. What comes out is the same wherever it was done.
    """

    def __call__(
        self, work: Callable[[Shared, Block], Result], shared: Shared, blocks: Sequence[Block]
    ) -> Iterator[Result]: ...


def serial(
    work: Callable[[Shared, Block], Result], shared: Shared, blocks: Sequence[Block]
) -> Iterator[Result]:
    """One block after the other, in this process."""
    return (work(shared, block) for block in blocks)


@dataclass(frozen=True, slots=True)
class Processes:
    """At most so many processes of this machine, and this one alone where one is enough."""

    workers: int

    def __call__(
        self, work: Callable[[Shared, Block], Result], shared: Shared, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Spread`."""
        if self.workers < 2 or len(blocks) < 2:
            return serial(work, shared, blocks)
        import warnings

        from joblib import Parallel, delayed

        # A worker whose memory grew is exchanged for a new one, and nothing is lost.
        warnings.filterwarnings("ignore", "A worker stopped while", UserWarning)
        pool = Parallel(n_jobs=min(self.workers, len(blocks)), return_as="generator")
        found: Iterator[Result] = pool(delayed(work)(shared, block) for block in blocks)
        return found


@dataclass(frozen=True, slots=True)
class OnRay:
    """The processes of a Ray cluster, which is kept until this process ends.

    `address` is `ray://HOST:PORT` of a cluster where this release of Segue is installed; without
    one a cluster is begun on this machine with so many `workers` (None: one for each core). A block
    whose process is lost is given to another one, up to three times. Nothing is reported to the
    makers of Ray.
    """

    address: str | None = None
    workers: int | None = None

    def __call__(
        self, work: Callable[[Shared, Block], Result], shared: Shared, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Spread`. Raises UsageError without Ray, UnavailableError without its cluster."""
        ray = self._begun()
        kept = ray.put(shared)
        remote = ray.remote(max_retries=3)(work)
        waiting = [remote.remote(kept, block) for block in blocks]
        try:
            for found in waiting:
                yield ray.get(found)
        except ray.exceptions.RayTaskError:  # what the work itself raised
            raise
        except ray.exceptions.RayError as error:
            raise UnavailableError(
                f"Ray: the work was lost more than three times ({error}); look at its log, or "
                "leave --on out to work on this machine alone"
            ) from error

    def _begun(self) -> Any:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ModuleNotFoundError as error:
            raise UsageError(
                "Ray is not installed; install Segue with the extra cluster: segue[cluster]"
            ) from error
        if not ray.is_initialized():
            where: dict[str, Any] = {"address": self.address or "local"}
            if self.address is None:
                where |= {"num_cpus": self.workers, "include_dashboard": False}
            try:
                ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UnavailableError(
                    f"{self.address or 'this machine'}: no Ray cluster answers ({error})"
                ) from error
        return ray


@dataclass(frozen=True, slots=True)
class Fitting:
    """Handed down as one value by everything that learns or measures.

    `spread` is where what is independent is worked on; the results are the same.
    """

    seed: int = 0
    device: str = "cpu"
    progress: Progress = silent
    spread: Spread = serial


Item = TypeVar("Item")


def blocks_of(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Items in blocks of `size`, the last of what is left: the same wherever they are worked on."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def over_blocks(
    work: Callable[[Shared, Block], Result],
    shared: Shared,
    blocks: Sequence[Block],
    how: Fitting,
    stage: str,
) -> list[Result]:
    """`work(shared, block)` of every block, in their order, wherever `how.spread` does it."""
    results: list[Result] = []
    how.progress(stage, 0, len(blocks))
    for result in how.spread(work, shared, blocks):
        results.append(result)
        how.progress(stage, len(results), len(blocks))
    return results


def side_by_side(parts: Sequence[Callable[[], Result]], how: Fitting, stage: str) -> list[Result]:
    """The result of every part, in their order; see `over_blocks`."""
    return over_blocks(_done, None, parts, how, stage)


def _done(_: None, part: Callable[[], Result]) -> Result:
    return part()


def alone(how: Fitting) -> Fitting:
    """How one part is worked on: in one process, and silently."""
    return replace(how, progress=silent, spread=serial)


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
