"""The refresh as a job: a result for each playlist; without a login, plans that are not written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from segue.errors import AuthorisationError, UsageError
from segued.config.schema import Settings
from segued.jobs.planning import Planned, Progress, lasting_recipes, plan_all
from segued.jobs.refresh import Refreshed, refresh_all, run_id
from segued.spotify.client import SpotifyClient
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.worker.failures import failed
from segued.worker.messages import Outcome, Result


def refresh(
    settings: Settings,
    state: State,
    client: SpotifyClient,
    *,
    names: Sequence[str],
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
) -> Outcome:
    """Refresh recipes; the results are by the ids that the configuration gives them.

    Raises what `refresh_all` raises, but AuthorisationError: then the recipes are planned from
    what was last read, and the plans are in the history.
    """
    try:
        done = refresh_all(
            settings,
            state,
            client,
            names=names,
            environ=environ,
            clock=clock,
            progress=progress,
        )
    except AuthorisationError as error:
        return _planned_only(settings, state, names, error, clock, progress)
    configured = {one.recipe.id: one.configured_id for one in lasting_recipes(settings, state)}
    results = tuple(_result(one, configured[one.plan.recipe_id]) for one in done.refreshed)
    return Outcome(results, done.exit_code)


def _result(one: Refreshed, name: str) -> Result:
    if one.error is not None:
        return failed(name, one.error)
    if one.plan.status == "refused":
        text = "; ".join(finding.text for finding in one.plan.refusals)
        return Result(name, "guard", "refused", text, exit_code=one.exit_code)
    return Result(name, "done", one.plan.status, exit_code=one.exit_code)


def _planned_only(
    settings: Settings,
    state: State,
    names: Sequence[str],
    error: AuthorisationError,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Outcome:
    started = clock()
    run = run_id(started)
    try:
        planned = plan_all(
            settings, state, None, names=names, now=started, run=run, progress=progress
        )
    except UsageError:  # nothing was ever read, so there is nothing to plan from
        raise error from None
    configured = {one.recipe.id: one.configured_id for one in lasting_recipes(settings, state)}
    results = []
    for one in planned:
        text = _not_written(one)
        state.runs.add(
            RunRecord(
                id=f"{run}-{one.recipe.id}",
                kind="plan",
                started_at=started,
                status="failed" if one.error is not None else "planned",
                recipe_id=one.recipe.id,
                ended_at=clock(),
                text=text,
            )
        )
        name = configured[one.recipe.id]
        results.append(
            Result(name, "login", "planned", f"{error} {text}.", exit_code=error.exit_code)
        )
    return Outcome(tuple(results), error.exit_code)


def _not_written(one: Planned) -> str:
    if one.error is not None:
        return str(one.error)
    diff = one.plan.diff
    would = f"+{len(diff.added)} −{len(diff.removed)}, {diff.moved} moved"
    return f"planned and not written, for want of a login: {would}"
