"""The refresh as a job: a result for each playlist; without a login, plans that are not written."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import AuthorisationError, UsageError
from segued.refresh.job import Refreshed, refresh_all
from segued.refresh.planning import Planned, plan_all
from segued.run import Run
from segued.schedule.outcome import Outcome, Result
from segued.worker.failures import failed


def refresh(run: Run, names: Sequence[str]) -> Outcome:
    """Refresh recipes; the results are by the ids that the configuration gives them.

    Raises what `refresh_all` raises, but AuthorisationError: then the recipes are planned from
    what was last read, and the plans are in the history.
    """
    try:
        done = refresh_all(run, names)
    except AuthorisationError as error:
        return _planned_only(run, names, error)
    configured = {known.recipe.id: known.configured_id for known in run.recipes}
    finished = {
        recovered.recipe_id: recovered.text
        for recovered in done.recovered
        if recovered.status == "finished"
    }
    results = tuple(
        _result(one, configured[one.plan.recipe_id], finished.get(one.plan.recipe_id, ""))
        for one in done.refreshed
    )
    return Outcome(results, done.exit_code)


def _result(one: Refreshed, name: str, finished: str) -> Result:
    """What became of a recipe; a write of an earlier run that was `finished` is a change."""
    if one.plan.status == "unchanged" and one.error is None and finished:
        return Result(name, "done", "changed", finished)
    if one.error is not None:
        return failed(name, one.error)
    if one.plan.status == "refused":
        text = "; ".join(finding.text for finding in one.plan.refusals)
        return Result(name, "guard", "refused", text, exit_code=one.exit_code)
    return Result(name, "done", one.plan.status, exit_code=one.exit_code)


def _planned_only(run: Run, names: Sequence[str], error: AuthorisationError) -> Outcome:
    try:
        planned = plan_all(run, names, offline=True)
    except UsageError:  # nothing was ever read, so there is nothing to plan from
        raise error from None
    configured = {known.recipe.id: known.configured_id for known in run.recipes}
    results = []
    for one in planned:
        with run.recorded("plan", one.recipe.id) as line:
            line.status = "failed" if one.error is not None else "planned"
            line.text = _not_written(one)
        text = f"{error} {line.text}."
        results.append(
            Result(configured[one.recipe.id], "login", "planned", text, exit_code=error.exit_code)
        )
    return Outcome(tuple(results), error.exit_code)


def _not_written(one: Planned) -> str:
    if one.error is not None:
        return str(one.error)
    diff = one.plan.diff
    would = f"+{len(diff.added)} −{len(diff.removed)}, {diff.moved} moved"
    return f"planned and not written, for want of a login: {would}"
