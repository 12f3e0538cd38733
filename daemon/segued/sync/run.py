"""A sync as a run: what it did, or why it stopped, is in the history."""

from __future__ import annotations

from segued.run import Run
from segued.sync.account import SyncOutcome, sync


def run_sync(run: Run) -> SyncOutcome:
    """Sync and record it. Raises what `sync` raises. The caller holds the writer's lock."""
    with run.recorded("sync") as record:
        outcome = sync(run.client(), run.state, run.settings, run.now, run.progress)
        record.status = "done" if outcome.complete else "partly"
        record.text = _text(outcome)
        record.counts, record.requests = outcome.counts, outcome.requests
    return outcome


def _text(outcome: SyncOutcome) -> str:
    changed = {
        name.removesuffix("_new"): count
        for name, count in outcome.counts.items()
        if name.endswith("_new") and count
    }
    new = ", ".join(f"{count:,} new {name}" for name, count in changed.items())
    return new or "nothing new"
