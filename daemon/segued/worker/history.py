"""A job's runs in the history: each with why it was begun, none left out, none left open."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from segued.schedule.outcome import Result
from segued.store.runs import RunRecord, RunStore

_LATEST = 200


def known_runs(runs: RunStore) -> frozenset[str]:
    """The ids of the runs there are before a job."""
    return frozenset(run.id for run in runs.recent(_LATEST))


def give_reason(runs: RunStore, before: Collection[str], reason: str) -> Sequence[RunRecord]:
    """Note why the runs since `before` were begun; gives them."""
    found = [run for run in runs.recent(_LATEST) if run.id not in before]
    for run in reversed(found):
        runs.update(replace(run, reason=reason))
    return found


def add_missing(
    runs: RunStore,
    kind: str,
    reason: str,
    results: Sequence[Result],
    recipe_ids: Mapping[str, str],
    recorded: Collection[RunRecord],
    started: datetime,
    ended: datetime,
) -> None:
    """Record the results that have no run of their own yet, such as what ended before it began.

    `recipe_ids` are the lasting ids of recipes by their ids in the configuration.
    """
    told = {run.recipe_id if kind == "refresh" else run.kind for run in recorded}
    for result in results:
        recipe_id = recipe_ids.get(result.name, result.name) if kind == "refresh" else None
        if (recipe_id or kind) in told:
            continue
        runs.add(
            RunRecord(
                id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}",
                kind=kind,
                started_at=started,
                status=result.status,
                recipe_id=recipe_id,
                ended_at=ended,
                text=result.text,
                reason=reason,
            )
        )


def close_open(
    runs: RunStore, since: datetime | None, now: datetime, text: str
) -> Sequence[RunRecord]:
    """End the runs that a dead process left open, and give them; `since` bounds their age."""
    found = [
        run
        for run in runs.recent(_LATEST)
        if run.status == "running" and (since is None or run.started_at >= since)
    ]
    for run in found:
        runs.update(replace(run, status="failed", ended_at=now, text=text))
    return found
