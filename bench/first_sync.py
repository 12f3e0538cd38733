"""The first sync of a large account over a slow network, beside the bound of fifteen seconds.

`python -m bench first_sync --base FOLDER` measures the code of another checkout too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench._account import ROOT, Ran, installation, recipes
from bench._account import beside as options
from bench._report import Row, markdown
from segued.sandbox.calls import SandboxSettings

LATENCY, BOUND = 0.15, 15.0
ACCOUNT = SandboxSettings(
    tracks=12_000, artists=1800, likes=10_000, playlists=60, latency_seconds=LATENCY
)


def first(root: Path) -> tuple[Ran, int]:
    """The first sync with the code at `root`, and its requests."""
    with installation(ACCOUNT, recipes(1), root=root) as at:
        ran = at.run("sync")
        assert ran.code == 0, ran.output
        return ran, len(at.sandbox.requests)


def rows(base: Path | None) -> Iterator[Row]:
    """One row: seconds on the wall, since a sync mostly waits."""
    ran, requests = first(ROOT)
    before = first(base)[0] if base is not None else None
    yield Row(
        f"the first sync, answers in {1000 * LATENCY:.0f} ms, on the wall",
        f"{ACCOUNT.likes:,} likes, {ACCOUNT.playlists} playlists",
        "first_sync",
        ran.wall,
        bound=f"bound: {BOUND:g} s",
        memory=ran.peak,
        before=before.wall if before else None,
        remark=f"{requests} requests, {ran.cpu:.1f} s of the processor",
    )


def main() -> None:
    """Print the seconds of a first sync, on the wall and of the processor."""
    print(markdown(list(rows(options()))))


if __name__ == "__main__":
    main()
