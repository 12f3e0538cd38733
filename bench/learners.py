"""How long the five learners take to learn a large library, each on its own.

    python -m bench.learners [--tracks N] [--playlists N] [--days N] [--threads N] [--only NAME]

Each learner is fitted, and judged on held-out parts as `segue learn` does before; the bound is on
fitting all five. Sessions are those of `--days` days of listening.
"""

from __future__ import annotations

import argparse
import os
import time

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench._library import account
from segue.models.learners import LEARNERS

BOUND_SECONDS = 180.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--playlists", type=int, default=100)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", action="append", choices=list(LEARNERS))
    options, _ = parser.parse_known_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the process that learns has it
    import torch

    torch.set_num_threads(options.threads)
    data = account(tracks=options.tracks, playlists=options.playlists, days=options.days)
    printed = Table(title=", ".join(f"{n:,} {what}" for what, n in data.counts().items()))
    for heading in ("learner", "fitted in", "processor", "judged in", "held-out gain"):
        printed.add_column(heading, justify="left" if heading == "learner" else "right")
    fitting = judging = 0.0
    with threadpool_limits(options.threads):
        for name in options.only or LEARNERS:
            learner = LEARNERS[name].learner()
            worked = time.process_time()
            start = time.perf_counter()
            learner.fit(data, seed=0)
            fitted = time.perf_counter() - start
            worked = time.process_time() - worked
            start = time.perf_counter()
            held_out = learner.assess(data, seed=0)
            judged = time.perf_counter() - start
            fitting, judging = fitting + fitted, judging + judged
            gain = f"{held_out.gain:+.3f} [{held_out.gain_ci[0]:+.3f}, {held_out.gain_ci[1]:+.3f}]"
            cells = (f"{fitted:.1f} s", f"{worked:.1f} s", f"{judged:.1f} s")
            printed.add_row(name, *cells, f"{gain} {held_out.metric}")
    printed.add_row("all", f"{fitting:.1f} s", "", f"{judging:.1f} s", "")
    Console().print(printed)
    holds = "holds" if fitting < BOUND_SECONDS else "BREAKS"
    print(f"fitting: {fitting:.1f} s on {options.threads} threads {holds} {BOUND_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
