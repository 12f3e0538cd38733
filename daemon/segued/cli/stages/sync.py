"""`segue sync`: read what changed on the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console

from segue.errors import PARTLY
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import by_reason, plural, print_json, stdout

if TYPE_CHECKING:
    from segued.sync.account import SyncOutcome


@click.command("sync", help="Read what changed on the account: likes, albums, playlists, plays.")
@json_option
@wait_option
@pass_call
def command(call: Call, as_json: bool, wait: float) -> int:
    """Sync and say what was read; nothing on the account changes."""
    from segued.sync.account import run_sync

    call.require_app()
    if call.dry_run_of("read the account", as_json=as_json):
        return 0
    with call.run("segue sync", wait) as run:
        outcome = run_sync(run)
    if as_json:
        print_json(sync_document(outcome))
    else:
        print_sync(stdout(), outcome)
    return 0 if outcome.complete else PARTLY


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
    others = [what for what in outcome.skipped if what.startswith("playlist ")]
    rest = {what: why for what, why in outcome.skipped.items() if what not in others}
    for line in by_reason(rest):
        console.print(f"Skipped {line}", markup=False)
    if others:
        console.print(f"Not read: {plural(len(others), 'playlist')}; `segue list` says why.")
    for note in outcome.notes:
        console.print(f"Note: {note}", markup=False)


def _changes(key: str) -> tuple[tuple[str, str], ...]:
    return ((f"{key}_new", "new"), (f"{key}_gone", "gone"), (f"{key}_read", "read"))
