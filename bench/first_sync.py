"""The first sync of a large account over a slow network, beside the bound of fifteen seconds.

`python -m bench first_sync --base FOLDER` measures the code of another checkout too.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench._account import ROOT, Ran, beside, installation, recipes
from segued.sandbox.settings import SandboxSettings

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


def main() -> None:
    """Print the seconds of a first sync, on the wall and of the processor."""
    title = f"first sync: {ACCOUNT.likes:,} likes, {ACCOUNT.playlists} playlists, answers in 150 ms"
    table = Table("code", "requests", "wall s", "CPU s", "peak MiB", "bound s", title=title)
    ran, requests = first(ROOT)
    row = (f"{requests}", f"{ran.wall:.1f}", f"{ran.cpu:.1f}", f"{ran.peak:.0f}", f"{BOUND:g}")
    table.add_row("this", *row)
    if (peer := beside()) is not None:
        other, asked = first(peer)
        words = f"{other.wall:.1f} ({other.wall / ran.wall:.1f}x)"
        table.add_row("peer", f"{asked}", words, f"{other.cpu:.1f}", f"{other.peak:.0f}", "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
