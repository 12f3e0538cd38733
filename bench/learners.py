"""How long the five learners take to learn a large library, each on its own.

    python -m bench.learners [--tracks N] [--playlists N] [--days N] [--threads N] [--only NAME]

Each learner is judged on held-out parts and fitted, as `segue learn` does; the bound is on both,
of all five. Sessions are those of `--days` days of listening.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench._library import account
from bench._report import Row
from segue.models.learners import LEARNERS
from segue.models.scorer import HeldOut

BOUND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds on the wall and of the processor for judging and fitting one learner."""

    name: str
    judged: tuple[float, float]
    fitted: tuple[float, float]
    held_out: HeldOut


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--playlists", type=int, default=100)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", action="append", choices=list(LEARNERS))
    return parser.parse_known_args(arguments)[0]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """The seconds of a call on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def measured(chosen: argparse.Namespace) -> Iterator[Measured]:
    """Judge and fit each learner."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the process that learns has it
    import torch

    torch.set_num_threads(chosen.threads)
    data = account(tracks=chosen.tracks, playlists=chosen.playlists, days=chosen.days)
    found: list[HeldOut] = []
    with threadpool_limits(chosen.threads):
        for name in chosen.only or LEARNERS:
            learner = LEARNERS[name].learner()
            judged = timed(lambda of=learner: found.append(of.assess(data, seed=0)))
            fitted = timed(lambda of=learner: of.fit(data, seed=0))
            yield Measured(name, judged, fitted, found[-1])


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each learner, judged and fitted, and one for all."""
    total = 0.0
    for each in measured(chosen):
        seconds = each.judged[1] + each.fitted[1]
        total += seconds
        gain = f"{each.held_out.metric} {each.held_out.gain:+.3f} over {each.held_out.baseline}"
        yield Row(f"{each.name}, judged and fitted", f"{chosen.tracks:,} tracks", "learners",
                  seconds, remark=gain)  # fmt: skip
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Row("all five learners", f"{chosen.tracks:,} tracks", "learners", total,
              bound=f"bound: {BOUND_SECONDS:g} s", memory=memory)  # fmt: skip


def main() -> None:
    """Measure and print."""
    chosen = options()
    printed = Table(title=f"{chosen.tracks:,} tracks, {chosen.playlists} playlists")
    for heading in ("learner", "judged in", "processor", "fitted in", "processor", "held-out gain"):
        printed.add_column(heading, justify="left" if heading == "learner" else "right")
    total = 0.0
    for each in measured(chosen):
        total += each.judged[0] + each.fitted[0]
        held_out = each.held_out
        gain = f"{held_out.gain:+.3f} [{held_out.gain_ci[0]:+.3f}, {held_out.gain_ci[1]:+.3f}]"
        cells = (f"{value:.1f} s" for value in (*each.judged, *each.fitted))
        printed.add_row(each.name, *cells, f"{gain} {held_out.metric}")
    Console().print(printed)
    holds = "holds" if total < BOUND_SECONDS else "BREAKS"
    print(f"all: {total:.1f} s on {chosen.threads} threads {holds} {BOUND_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
