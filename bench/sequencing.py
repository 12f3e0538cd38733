"""The sequencer: how fast, how near the exact optimum and bounds, and choosing with ordering."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from bench import growth
from bench._report import Row
from bench._songs import drawn, pool
from bench.growth import HERE, run
from segue.evaluation.sequencing import evened
from segue.sequencing.choose import SCORE, Size, choose_and_order
from segue.sequencing.methods.exact import exact_order, lower_bound
from segue.sequencing.methods.search import rounds_of, search
from segue.sequencing.options import arc_of
from segue.sequencing.problem import Settings, problem_of
from segue.sequencing.report import gap_percent, shuffles
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs, Target

ORDERED = {
    200: (0.5, 4, ("flat", "ramp", "flat+pins", "ramp+pins")),
    1000: (5.0, 1, ("flat", "ramp", "flat+pins", "ramp+pins")),
}
"""Tracks to the bound in seconds, the number of lists and their kinds."""

FLAT, RAMP = Settings(), Settings(arc=arc_of("ramp"))


def main() -> None:
    """Print every table."""
    songs, name = pool()
    print(f"songs: {name}")
    _imports()
    _speed(songs)
    _exact(songs)
    _choosing(songs)


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line: `--base`."""
    return growth.options(arguments)


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each kind of list, the objective beside that of an earlier commit's order."""
    for tracks, (bound, lists, kinds) in ORDERED.items():
        for kind in kinds:
            ours = run("_orders.py", HERE, kind, tracks, lists)
            cost, before = f"cost {ours['cost']:.1f}", None
            if chosen.base:
                theirs = run("_orders.py", chosen.base, kind, tracks, lists)
                cost, before = f"{cost}, was {theirs['cost']:.1f}", theirs["seconds"]
            yield Row(
                f"a list ordered, {kind.replace('+', ', with ')}",
                f"{tracks:,} tracks",
                "sequencing",
                ours["seconds"],
                bound=f"bound: {bound:g} s",
                memory=ours["memory"],
                before=before,
                remark=cost,
            )


def _imports() -> None:
    def seconds(code: str) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - began)
        return min(times)

    nothing, numpy = seconds("pass"), seconds("import numpy")
    ours = seconds("import segue.sequencing.sequence")
    print(f"import: python {nothing:.3f} s, numpy {numpy - nothing:.3f} s on top, "
          f"segue.sequencing.sequence {ours - numpy:.3f} s on top of that")  # fmt: skip


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def _speed(songs: Songs) -> None:
    print("\ntime to order (matrices, starts and search), and the gap to a proven lower bound")
    print("tracks  arc   wall s (median, best)  cpu s (median, best)  gap to bound, mean %")
    for count, lists in ((50, 12), (100, 6), (200, 6)):
        for arc, settings in (("flat", FLAT), ("ramp", RAMP)):
            walls, cpus, gaps = [], [], []
            for index, some in enumerate(drawn(songs, count, lists, seed=count)):
                wall, cpu = _timed(lambda s=some, i=index, w=settings: sequence(s, w, seed=i))
                found = sequence(some, settings, seed=index)
                problem = problem_of(some, evened(settings))
                chance = problem.costs(shuffles(count, 0)).mean()
                walls.append(wall)
                cpus.append(cpu)
                gap = gap_percent(problem.cost(found.order), lower_bound(problem), float(chance))
                gaps.append(gap if gap is not None else float("nan"))
            print(f"{count:6}  {arc}  {statistics.median(walls):9.3f} {min(walls):9.3f}"
                  f"      {statistics.median(cpus):9.3f} {min(cpus):9.3f}"
                  f"     {np.nanmean(gaps):9.3f}", flush=True)  # fmt: skip


def _exact(songs: Songs) -> None:
    """The search itself: `sequence` solves lists this short exactly."""
    gaps, solving, searching = [], 0.0, 0.0
    for index, some in enumerate(drawn(songs, 12, 200, seed=12)):
        problem = problem_of(some, evened(RAMP if index % 2 else FLAT))
        began = time.process_time()
        best = problem.cost(exact_order(problem))
        solving += time.process_time() - began
        began = time.process_time()
        found = search(problem, [np.arange(12)], seed=index, rounds=rounds_of(problem, 1.0))
        searching += time.process_time() - began
        chance = float(problem.costs(shuffles(12, 0)).mean())
        gaps.append(gap_percent(found.cost, best, chance) or 0.0)
    found_it = np.mean(np.array(gaps) < 1e-6)
    print("\n200 lists of 12, worst = 0 (half with a ramp), the search beside exact")
    print(
        f"mean gap {np.mean(gaps):.4f} %, worst {np.max(gaps):.4f} %, optimal {found_it:.1%}; "
        f"cpu a list: exact {solving / 200:.4f} s, search {searching / 200:.4f} s"
    )


def _choosing(songs: Songs) -> None:
    print("\n30 of 400 for 110 minutes, with scores: joint cost = order + arc − 2·scores (lower)")
    print("arc   how                 cost   order   score  off by s  wall s   cpu s")
    target = Target(110 * 60_000)
    for arc, settings in (("flat", FLAT), ("ramp", RAMP)):
        rows: dict[str, list[list[float]]] = {"together": [], "choose, then order": []}
        for index, some in enumerate(drawn(songs, 400, 5, seed=400)):
            scores = np.random.default_rng(index).random(400)
            began, cpu = time.perf_counter(), time.process_time()
            found = choose_and_order(some, scores, Size(30, target), settings, seed=index)
            took = [time.perf_counter() - began, time.process_time() - cpu]
            rows["together"].append(
                [found.cost, found.objective, found.score,
                 abs(found.duration_ms - target.duration_ms) / 1000, *took]
            )  # fmt: skip
            began, cpu = time.perf_counter(), time.process_time()
            rows["choose, then order"].append(
                [*_choose_then_order(some, scores, evened(settings), target),
                 time.perf_counter() - began, time.process_time() - cpu]
            )  # fmt: skip
        for how, values in rows.items():
            cost, order, score, off, wall, used = np.mean(values, axis=0)
            print(f"{arc}  {how:18} {cost:7.2f} {order:7.2f} {score:7.3f} {off:8.1f}"
                  f" {wall:8.2f} {used:7.2f}", flush=True)  # fmt: skip


def _choose_then_order(
    songs: Songs, scores: np.ndarray, settings: Settings, target: Target
) -> list[float]:
    """The best by score, exchanged until they play long enough, and then ordered."""
    by_score = np.argsort(-scores, kind="stable")
    chosen, others = list(by_score[:30]), list(by_score[30:])
    while target.excess(int(songs.duration_ms[chosen].sum())) > 0:
        plays = int(songs.duration_ms[chosen].sum())
        off = [
            (target.excess(plays - int(songs.duration_ms[a]) + int(songs.duration_ms[b])), a, b)
            for a in chosen
            for b in others[:40]
        ]
        _, out, into = min(off)
        chosen[chosen.index(out)] = into
        others.remove(into)
    rows = np.array(chosen)
    problem = problem_of(songs.take(rows), settings)
    own = sequence(songs.take(rows), settings).objective
    plays = int(songs.duration_ms[rows].sum())
    assert len(problem) == 30
    return [
        own - SCORE * float(scores[rows].sum()),
        own,
        float(scores[rows].mean()),
        abs(plays - target.duration_ms) / 1000,
    ]


if __name__ == "__main__":
    main()
