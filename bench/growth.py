"""The everyday at 1, 10 and 100 thousand tracks and 2 million plays, beside a peer or a bound.

    python -m bench growth [--base FOLDER] [--sizes N,N] [--only STAGE]

Every stage and size is a process of its own (`_stages`), whose peak of memory is shown. FOLDER is
a checkout of an earlier commit: its code does the same, in turn with ours. Exits with 1 where time
grows by more than the power 1.1 and faster than the peer's between the two largest sizes, if both
are 10,000 tracks at least: a peer that only parses the same bytes, or only groups the same plays,
shows what caches and new memory cost whoever reads so much.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench._report import STEEPEST, Row, exponent, markdown, steep

SIZES = (1_000, 10_000, 100_000)
TURNS = 2
"""How often each is run, in turn with the earlier commit; the least counts."""
STAGES = {
    "commit": ("a change of one track on disk", "orjson and one write of the whole file"),
    "open": ("the library opened, every track a value", "orjson.loads"),
    "inventory": ("the inventory of a state", "orjson.loads"),
    "filter": ("a plan: 30 of the likes of some energy", "Polars' filter and sort"),
    "plan": ("a plan: 50 of all likes by two scores", "NumPy's sum and sort"),
    "similar": ("every track's nearness to 10 seeds", "SciPy's cdist"),
    "history": ("20 plays a track, counted", "Polars' group_by"),
}
BOUNDS = {("plan", 10_000): "bound: 1 s"}
"""Limits that are asked for, which stand before the peer."""
SMALLEST = 10_000
"""From how many tracks on the growth is judged. What is smaller stands in the processor's caches,
and what a call costs at any size counts for much in a peer's: both bend the exponent."""
HERE = Path(__file__).parents[1]


def run(script: str, root: Path, *arguments: object) -> dict[str, float]:
    """What a script of this folder prints, with the packages of a checkout."""
    paths = os.pathsep.join(str(root / part) for part in ("core", "daemon"))
    found = subprocess.run(
        [sys.executable, str(HERE / "bench" / script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    measured: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return measured


def rows(options: Any) -> Iterator[Row]:
    """A row for every stage and size; the largest has the exponent."""
    for stage in options.only or STAGES:
        what, peer = STAGES[stage]
        taken: list[float] = []
        peers: list[float] = []
        for size in options.sizes:
            found: dict[Path, list[dict[str, float]]] = {}
            for _ in range(TURNS):
                for root in filter(None, (HERE, options.base)):
                    found.setdefault(root, []).append(run("_stages.py", root, stage, size))
            least = {root: min(each["seconds"] for each in runs) for root, runs in found.items()}
            ours = {name: min(each[name] for each in found[HERE]) for name in found[HERE][0]}
            taken.append(ours["seconds"])
            peers.append(ours["peer"])
            last = size == options.sizes[-1] and is_judged(options.sizes)
            yield Row(
                what,
                f"{20 * size:,} plays" if stage == "history" else f"{size:,} tracks",
                f"growth --only {stage}",
                ours["seconds"],
                peer,
                ours["peer"],
                bound=BOUNDS.get((stage, size), ""),
                memory=ours["memory"],
                exponent=exponent(options.sizes, taken) if last else None,
                peer_exponent=exponent(options.sizes, peers) if last else None,
                before=least.get(options.base),
            )


def is_judged(sizes: Sequence[int]) -> bool:
    """Whether the two largest sizes tell how time grows; sizes come smallest first."""
    return len(sizes) > 1 and sizes[-2] >= SMALLEST


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench growth")
    parser.add_argument("--base", type=Path)
    parser.add_argument(
        "--sizes", default=SIZES, type=lambda text: tuple(map(int, text.split(",")))
    )
    parser.add_argument("--only", action="append", choices=list(STAGES))
    return parser.parse_known_args(arguments)[0]


def main() -> None:
    """Print the table."""
    wanted = options()
    found = list(rows(wanted))
    print(markdown(found))
    if not is_judged(wanted.sizes):
        print(f"no exponent: it takes two sizes of {SMALLEST:,} tracks at least")
        return
    found = [row for row in found if row.exponent is not None]
    over = [row.what for row in found if steep(row.exponent or 0.0, row.peer_exponent)]
    if over:
        sys.exit(f"time grows by more than the power {STEEPEST} and a peer's: {', '.join(over)}")
    print(f"no exponent above {STEEPEST} and that of a peer")


if __name__ == "__main__":
    main()
