"""How long the learners take to learn a large library, each on its own.

    python -m bench.learners [--tracks N] [--playlists N] [--days N] [--threads N] [--only NAME]

Each learner is judged on held-out parts, fitted where it is better than its baseline, and packed to
be saved: the very function that `segue learn` calls. The bound is on all. Sessions are those
of `--days` days of listening, and threads as many as `segue learn` takes for so many tracks.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench._library import NOW, account
from bench._report import Row
from segue.models.learners import LEARNERS
from segue.progress import silent
from segued.config.sections import LearnSection
from segued.learn.job import train_one
from segued.store.models import LearnedOne

BOUND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds on the wall and of the processor that one learner took, and what came of it."""

    wall: float
    cpu: float
    result: LearnedOne


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--playlists", type=int, default=100)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", action="append", choices=list(LEARNERS))
    return parser.parse_known_args(arguments)[0]


def measured(chosen: argparse.Namespace) -> Iterator[Measured]:
    """Judge each learner, and fit it where it is used."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the process that learns has it
    import torch

    torch.set_num_threads(chosen.threads)
    data = account(tracks=chosen.tracks, playlists=chosen.playlists, days=chosen.days)
    section = LearnSection()
    with threadpool_limits(chosen.threads):
        for name in chosen.only or LEARNERS:
            wall, cpu = time.perf_counter(), time.process_time()
            result, _ = train_one(name, data, section, seed=0, now=NOW, progress=silent)
            yield Measured(time.perf_counter() - wall, time.process_time() - cpu, result)


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each learner, judged and fitted, and one for all."""
    total = 0.0
    for each in measured(chosen):
        total += each.cpu
        yield Row(f"{each.result.name}, judged and fitted", f"{chosen.tracks:,} tracks", "learners",
                  each.cpu, remark=gain(each.result))  # fmt: skip
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Row("all learners", f"{chosen.tracks:,} tracks", "learners", total,
              bound=f"bound: {BOUND_SECONDS:g} s", memory=memory)  # fmt: skip


def gain(result: LearnedOne) -> str:
    """Whether a learner is used, and by how much it was better."""
    used = "used" if result.used else "its baseline is used"
    score = result.held_out
    if score is None:
        return f"{used}: {result.reason}"
    return (
        f"{used}: {score.metric} {score.gain:+.3f} "
        f"[{score.gain_ci[0]:+.3f}, {score.gain_ci[1]:+.3f}] over {score.baseline}"
    )


def main() -> None:
    """Measure and print."""
    chosen = options()
    printed = Table(title=f"{chosen.tracks:,} tracks, {chosen.playlists} playlists")
    printed.add_column("learner")
    printed.add_column("seconds", justify="right")
    printed.add_column("processor", justify="right")
    printed.add_column("held out")
    wall = cpu = 0.0
    for each in measured(chosen):
        wall, cpu = wall + each.wall, cpu + each.cpu
        printed.add_row(
            each.result.name, f"{each.wall:.1f} s", f"{each.cpu:.1f} s", gain(each.result)
        )
    Console(width=140).print(printed)
    holds = "holds" if wall < BOUND_SECONDS else "BREAKS"
    print(
        f"all: {wall:.1f} s on {chosen.threads} threads {holds} {BOUND_SECONDS:.0f} s; "
        f"{cpu:.1f} s of the processor"
    )


if __name__ == "__main__":
    main()
