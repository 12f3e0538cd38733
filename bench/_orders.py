"""Lists of one kind ordered in this process, with this tree's packages or an earlier commit's.

    python _orders.py KIND TRACKS LISTS

prints one JSON document: processor seconds a list, the peak of memory, and what a list costs that
is ordered without the weight of the worst transition, which an earlier commit does not have. KIND
is `flat` or the name of an arc, with `+pins` for four pins and as many forbidden neighbours as a
twentieth of the tracks.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench._songs import drawn, pool
from bench._stages import named, once


def settings(kind: str, tracks: int, seed: int) -> Any:
    """The settings of a kind of list."""
    arc, _, pins = kind.partition("+")
    chosen: dict[str, Any] = {}
    if arc != "flat":
        chosen["arc"] = named(
            "arc_of", "segue.sequencing.options", once("segue", "sequencing.arcs")
        )(arc)
    if pins:
        rows = np.random.default_rng(seed).permutation(tracks).tolist()
        chosen["pins"] = dict(zip(rows[:4], (0, tracks // 3, tracks // 2, -1), strict=True))
        pairs = max(2, tracks // 20)
        chosen["forbidden"] = tuple(zip(rows[4 : 4 + pairs], rows[-pairs:], strict=True))
    of = named("Settings", "segue.sequencing.problem", once("segue", "sequencing.settings"))
    return of(**chosen)


def flow(problem: Any, order: np.ndarray) -> float:
    """What both commits' objectives have: the transitions and the arc."""
    misfit = ((problem.levels[order] - problem.targets) ** 2).sum() / 2
    return float(problem.transitions[order[:-1], order[1:]].sum() + problem.arc * misfit)


def main(kind: str, tracks: int, lists: int) -> None:
    """Order the lists and print."""
    sequence = named("sequence", "segue.sequencing.sequence")
    costs, spent = [], []
    for index, songs in enumerate(drawn(pool()[0], tracks, lists, seed=tracks)):
        wanted = settings(kind, tracks, index)
        began = time.process_time()
        found = sequence(songs, wanted, seed=index)
        spent.append(time.process_time() - began)
        if hasattr(wanted.weights, "worst"):
            evened = replace(wanted, weights=replace(wanted.weights, worst=0.0))
            found = sequence(songs, evened, seed=index)
        costs.append(flow(found.problem, found.order))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": np.mean(spent), "cost": np.mean(costs), "memory": memory}
    print(json.dumps({name: float(value) for name, value in found.items()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
