"""Twenty recipes over 10,000 likes: a refresh and plans with nothing to change, beside bounds.

`python -m bench nothing_to_do --base FOLDER` measures the code of another checkout too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench._account import ROOT, Installation, Ran, installation, recipes
from bench._account import beside as options
from bench._report import Row, markdown
from segued.sandbox.calls import SandboxSettings

ACCOUNT = SandboxSettings(tracks=12_000, artists=1800, likes=10_000, playlists=60)
RECIPES, RUNS, FEW = 20, 3, 4
MOST_REQUESTS, MOST_CPU, MOST_MIB, MOST_OFFLINE = 6, 0.7, 90, 1.0


def measured(at: Installation, *arguments: str, runs: int = RUNS) -> tuple[Ran, int]:
    """The run of median CPU time among several, and the requests of one."""
    found: list[Ran] = []
    for _ in range(runs):
        at.sandbox.clear_requests()
        found.append(at.run(*arguments))
        assert found[-1].code == 0, found[-1].output
    middle = sorted(found, key=lambda ran: ran.cpu)[len(found) // 2]
    return middle, len(at.sandbox.requests)


def settled(at: Installation) -> None:
    """Refresh until there is nothing to do."""
    for _ in range(3):
        done = at.run("refresh", "--json")
        assert done.code == 0, done.output
        start = done.output.index('{"schema"') if '{"schema"' in done.output else 0
        plans = json.loads(done.output[start:])["playlists"]
        if all(plan["status"] == "unchanged" for plan in plans):
            return


def found_at(root: Path, runs: int = RUNS) -> dict[str, tuple[Ran, int]]:
    """What each command takes with the code at `root`; audio features are known."""
    with installation(ACCOUNT, recipes(RECIPES), root=root) as at:
        settled(at)
        assert at.run("enrich", "--features-only").code in (0, 3)
        settled(at)
        few = [f"Bench {number}" for number in range(FEW)]
        offline = ("plan", "--offline", "--quiet", *few)
        return {
            "refresh, nothing changed": measured(at, "refresh", runs=runs),
            "plan, nothing changed": measured(at, "plan", "--quiet", runs=runs),
            f"plan --offline of {FEW}, nothing changed": measured(at, *offline, runs=runs),
            PLANNED: measured(at, "--seed", "7", *offline, runs=runs),
        }


PLANNED = f"plan --offline of {FEW}, each planned anew"
BOUNDS: dict[str, tuple[str, str, str]] = {
    "refresh, nothing changed": (f"{MOST_REQUESTS}", f"{MOST_CPU:g}", f"{MOST_MIB}"),
    PLANNED: ("0", f"{MOST_OFFLINE:g}", ""),
}


def rows(base: Path | None) -> Iterator[Row]:
    """A row for each command."""
    ours = found_at(ROOT)
    theirs = found_at(base, runs=1) if base is not None else {}
    for name, (ran, requests) in ours.items():
        most = dict(zip(("requests", "s", "MB"), BOUNDS.get(name, ("", "", "")), strict=True))
        bounds = ", ".join(f"{value} {unit}" for unit, value in most.items() if value)
        yield Row(
            name,
            f"{RECIPES} recipes, {ACCOUNT.likes:,} likes",
            "nothing_to_do",
            ran.cpu,
            bound=f"bound: {bounds}" if bounds else "",
            memory=ran.peak,
            before=theirs[name][0].cpu if theirs else None,
            remark=f"{requests} requests" + (f", was {theirs[name][1]}" if theirs else ""),
        )


def main() -> None:
    """Print requests, CPU seconds and peak memory of each command."""
    print(markdown(list(rows(options()))))


if __name__ == "__main__":
    main()
