"""Every evaluation on a public file, as a process of its own: seconds beside the bound, and memory.

    SEGUE_BENCH_DATA=spotify_songs.csv.gz SEGUE_BENCH_LIKES=likes.csv SEGUE_BENCH_TEXTS=FOLDER \\
        python -m bench evaluations [--only NAME] [--base FOLDER]

What names a file that is not given is left out and said. Seconds are of the processor, of all its
processes together; the bound is on the clock of two cores that have nothing else to do, so a figure
of twice as many seconds may touch it. `--base` measures a checkout of an earlier commit in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench._account import ROOT
from bench._report import Row, markdown

BOUND_SECONDS = 120
_LISTS, _LIKES, _TEXTS = "SEGUE_BENCH_DATA", "SEGUE_BENCH_LIKES", "SEGUE_BENCH_TEXTS"

EVALUATIONS: Mapping[str, tuple[str, ...]] = {
    "taste": ("--data", _LIKES),
    "taste --context": ("--data", _LIKES, "--context", _LISTS),
    "nextstep": ("--data", _LISTS),
    "continuation": ("--data", _LISTS),
    "association": ("--data", _LISTS),
    "embedding": ("--data", _LISTS),
    "sequencing": ("--data", _LISTS),
    "sentiment": ("--data", _TEXTS),
    "due --made-up": (),
    "discovery --made-up": (),
    "verdict": (),
    "loop": (),
}
"""What is asked after the name of each; a word in capitals is where its file is named."""

_WATCH = """
import ctypes, json, os, resource, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # processes whose parent has ended become ours: all count
began = time.perf_counter()
ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
wall = time.perf_counter() - began
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([ended.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the clock and of all processes, and the peak memory of the largest one (MiB)."""

    wall: float
    cpu: float
    peak: float


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=list(EVALUATIONS))
    parser.add_argument("--base", type=Path)
    return parser.parse_known_args(arguments)[0]


def measured(name: str, root: Path) -> Took | None:
    """What an evaluation takes with the code at `root`; None where its file is not given."""
    given = [
        os.environ.get(word, "") if word.startswith("SEGUE_") else word
        for word in EVALUATIONS[name]
    ]
    if "" in given:
        return None
    words = [word for word in name.split() if word != "--context"]
    command = [sys.executable, "-m", "segued.cli.main", "evaluate", *words, *given, "--json"]
    with tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {
            "PYTHONPATH": f"{root / 'core'}:{root / 'daemon'}",
            "OMP_NUM_THREADS": "1",
            "XDG_CONFIG_HOME": folder,
            "XDG_STATE_HOME": folder,
        }
        done = subprocess.run(
            [sys.executable, "-c", _WATCH, *command],
            env=environ, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    code, *took = json.loads(done.stdout)
    if code:
        raise SystemExit(f"segue evaluate {name} ended with {code}")
    return Took(*took)


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each evaluation whose file is given."""
    for name in chosen.only or EVALUATIONS:
        ours = measured(name, ROOT)
        if ours is None:
            named = [word for word in EVALUATIONS[name] if word.startswith("SEGUE_")]
            print(f"{name}: left out, set {' and '.join(named)}", file=sys.stderr)
            continue
        before = None if chosen.base is None else measured(name, chosen.base)
        yield Row(
            f"segue evaluate {name}",
            "its public file" if EVALUATIONS[name] else "made up",
            "evaluations",
            ours.cpu,
            bound=f"bound: {BOUND_SECONDS} s on the clock of two quiet cores",
            memory=ours.peak,
            before=None if before is None else before.cpu,
            remark=f"{ours.wall:.0f} s on the clock",
        )


def main() -> None:
    """Measure and print, each as soon as it is known."""
    print(markdown([]), flush=True)
    for row in rows(options()):
        print(markdown([row]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
