"""What a sync read, as JSON and in words."""

from __future__ import annotations

from rich.console import Console

from segued.cli.output import plural
from segued.cli.reasons import by_reason
from segued.sync.account import SyncOutcome

PARTLY = 3
"""The exit code of a command that was partly done."""

_COUNTED = (("liked", "like"), ("albums", "album"), ("playlists", "playlist"))


def sync_document(outcome: SyncOutcome) -> dict[str, object]:
    """The outcome as one JSON document."""
    return {
        "schema": 1,
        "user_id": outcome.user_id,
        "complete": outcome.complete,
        "counts": dict(outcome.counts),
        "skipped": dict(outcome.skipped),
        "notes": list(outcome.notes),
        "requests": dict(outcome.requests),
    }


def print_sync(console: Console, outcome: SyncOutcome) -> None:
    """Print the outcome for people."""
    counts = outcome.counts
    parts = []
    for key, word in _COUNTED:
        if key in counts:
            changes = [f"{counts[name]} {how}" for name, how in _changes(key) if counts.get(name)]
            aside = f" ({', '.join(changes)})" if changes else ""
            parts.append(plural(counts[key], word) + aside)
    if "plays_new" in counts:
        parts.append(plural(counts["plays_new"], "new play"))
    requests = plural(sum(outcome.requests.values()), "request")
    console.print(f"Read {', '.join(parts) or 'nothing'}; {requests}.", markup=False)
    for line in by_reason(outcome.skipped):
        console.print(f"Skipped {line}", markup=False)
    for note in outcome.notes:
        console.print(f"Note: {note}", markup=False)


def _changes(key: str) -> tuple[tuple[str, str], ...]:
    return ((f"{key}_new", "new"), (f"{key}_gone", "gone"), (f"{key}_read", "read"))
