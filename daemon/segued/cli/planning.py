"""Planning for a command: with the account as it is now, or as it was last read."""

from __future__ import annotations

from collections.abc import Sequence

from segued.cli.account import client_for
from segued.cli.call import Call
from segued.cli.progress import progress_bar
from segued.jobs.planning import plan_all
from segued.jobs.refresh import Refreshed, RefreshOutcome, enrich_chosen, run_id
from segued.store.lock import writer_lock
from segued.sync.run import run_sync


def plan_now(call: Call, names: Sequence[str], allow: Sequence[str], wait: float) -> RefreshOutcome:
    """Read the account and plan; neither the account nor a recipe's state is written."""
    settings = call.settings
    with (
        writer_lock(call.state_folder, "segue plan", wait),
        call.state() as state,
        client_for(call, state) as client,
        progress_bar(quiet=call.quiet) as progress,
    ):
        synced = run_sync(client, state, settings, call.now, progress)
        enriched = enrich_chosen(
            settings,
            state,
            client,
            names,
            environ=call.environ,
            clock=call.now,
            progress=progress,
        )
        now = call.now()
        planned = plan_all(
            settings,
            state,
            client,
            names=names,
            now=now,
            run=run_id(now),
            progress=progress,
            seed=call.seed,
            waived=allow,
        )
        requests = dict(client.requests)
    found = tuple(Refreshed(one, error=one.error) for one in planned)
    return RefreshOutcome(found, synced=synced, requests=requests, enriched=enriched)


def plan_offline(
    call: Call, names: Sequence[str], allow: Sequence[str], _wait: float = 0
) -> RefreshOutcome:
    """Plan from what was last read; Spotify is asked nothing and nothing at all is written."""
    settings, now = call.settings, call.now()
    with call.state() as state, progress_bar(quiet=call.quiet) as progress:
        planned = plan_all(
            settings,
            state,
            None,
            names=names,
            now=now,
            run=run_id(now),
            progress=progress,
            seed=call.seed,
            waived=allow,
        )
    return RefreshOutcome(tuple(Refreshed(one, error=one.error) for one in planned), requests={})
