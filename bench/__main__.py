"""Run benchmarks by name, or all of them: `python -m bench [NAME…] [OPTIONS]`.

`--write` puts the rows of those that have any into the one table of `docs/benchmarks.md`, where the
rows of others stay; `--base FOLDER`, a checkout of an earlier commit, measures that beside ours in
the same run.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from subprocess import SubprocessError

from bench import _report
from segue.errors import SegueError

WRITTEN = (
    "growth", "nothing_to_do", "first_sync", "sequencing", "learners", "evaluations",
    "small_machine",
)  # fmt: skip
"""The benchmarks with rows for the table, in its order."""


def names() -> list[str]:
    """The benchmarks there are: every module beside this one that does not start with `_`."""
    return sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )


def main(arguments: list[str]) -> int:
    """Run the wanted benchmarks, or all; an unknown name is an error that lists the known."""
    wanted = list(takewhile(lambda word: not word.startswith("-"), arguments))
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(names())}")
        return 2
    if "--write" in arguments:
        return write(wanted or WRITTEN)
    for name in wanted or names():
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()
    return 0


def write(wanted: Iterable[str]) -> int:
    """Put the rows of benchmarks into the table, those of each as soon as it has ended: one that
    fails is said at the end, and leaves its rows as they were."""
    failed: list[str] = []
    for name in wanted:
        print(f"== {name}", flush=True)
        module = importlib.import_module(f"bench.{name}")
        rows: list[_report.Row] = []
        try:
            found: Iterable[_report.Row] = module.rows(module.options())
            for row in found:
                print(" | ".join(row.cells()), flush=True)
                rows.append(row)
        except (AssertionError, OSError, SegueError, ValueError, SubprocessError) as error:
            failed.append(f"{name}: {error}")
            continue
        _report.write(rows, WRITTEN)
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
