"""A sync as a run: what it did, or why it stopped, is in the history."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from segue.errors import SegueError
from segued.config.schema import Settings
from segued.spotify.client import SpotifyClient
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.sync.account import Progress, SyncOutcome, sync


def run_sync(
    client: SpotifyClient,
    state: State,
    settings: Settings,
    clock: Callable[[], datetime],
    progress: Progress,
) -> SyncOutcome:
    """Sync and record the run. Raises what `sync` raises, recorded as failed."""
    started = clock()
    run = RunRecord(
        id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}",
        kind="sync",
        started_at=started,
        status="running",
    )
    state.runs.add(run)
    try:
        outcome = sync(client, state, settings, started, progress)
    except SegueError as error:
        ended = replace(
            run, status="failed", ended_at=clock(), text=str(error), requests=client.requests
        )
        state.runs.update(ended)
        raise
    state.runs.update(
        replace(
            run,
            status="done" if outcome.complete else "partly",
            ended_at=clock(),
            text=_text(outcome),
            counts=outcome.counts,
            requests=outcome.requests,
        )
    )
    return outcome


def _text(outcome: SyncOutcome) -> str:
    changed = {
        name.removesuffix("_new"): count
        for name, count in outcome.counts.items()
        if name.endswith("_new") and count
    }
    new = ", ".join(f"{count:,} new {name}" for name, count in changed.items())
    return new or "nothing new"
