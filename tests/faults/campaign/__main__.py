"""`make faults`: the whole campaign, as one table."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.campaign.parts import PARTS, Shard, run_side_by_side
from tests.faults.campaign.verdict import table

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
BEGIN, END = "<!-- written by make faults -->", "<!-- end of what make faults writes -->"


def main() -> int:
    """Run the parts asked for and print the table; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--share", type=float, default=1.0, help="what share of the trials to run")
    chosen = parser.parse_args()
    began = time.monotonic()
    # In memory where that can be: a process is killed, not a machine, so no disk has to keep up.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        of = 2 * chosen.processes  # more than run at once, so that no processor waits at the end
        shards = [
            Shard(number, of, chosen.seed, chosen.share, Path(folder) / str(number))
            for number in range(of)
        ]
        trials = run_side_by_side(shards, tuple(chosen.part or PARTS), chosen.processes)
    seconds = time.monotonic() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in used)
    words = (
        f"{table(trials)}\n{len(trials)} trials in {seconds:.0f} s, {cpu:.0f} s of them on a "
        f"processor, seed {chosen.seed}\n"
    )
    sys.stdout.write(words)
    if chosen.write:
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        page = f"{before}{BEGIN}\n\n```text\n{words}```\n\n{END}{after}"
        PAGE.write_text(page, encoding="utf-8")
    return 0 if all(trial.right for trial in trials) else 1


if __name__ == "__main__":
    sys.exit(main())
