"""The jobs, each a function from a run and what was asked to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from segue.errors import (
    PARTLY,
    AuthorisationError,
    ConfigError,
    DataError,
    ForbiddenError,
    GuardError,
    LockedError,
    MalformedAnswerError,
    NewerSchemaError,
    NotFoundError,
    RateLimitedError,
    RecipeError,
    SegueError,
    StoreError,
    UnavailableError,
    UsageError,
)
from segued.enrich.job import run_enrich
from segued.learn.job import due, run_learn
from segued.refresh.job import Refreshed, refresh_all
from segued.refresh.planning import Planned, plan_all
from segued.run import Run
from segued.schedule.policy import Outcome, Result, Step
from segued.sync.account import run_sync
from segued.worker.messages import Request
from segued.worker.stop import limit

Job = Callable[[Run, Request], Outcome]


def sync_job(run: Run, _: Request) -> Outcome:
    """Read the account."""
    found = run_sync(run)
    status, code = ("done", 0) if found.complete else ("partly", PARTLY)
    return Outcome((Result("sync", "done", status, exit_code=code),), code)


def enrich_job(run: Run, request: Request) -> Outcome:
    """Look up features and lyrics, for as long as the request allows."""
    if not run.settings.playlists or not run.state.library.tracks():
        return Outcome((Result("enrich", "done", "done", "nothing to look up yet"),))
    found = run_enrich(run, most_seconds=request.most_seconds)
    if found.retry_at is not None and found.exit_code not in (0, PARTLY):
        text = "; ".join(found.said())
        result = Result("enrich", "retry_at", "failed", text, found.retry_at, found.exit_code)
    else:
        result = Result("enrich", "done", "done" if found.complete else "partly")
    return Outcome((result,), found.exit_code)


def learn_job(run: Run, request: Request) -> Outcome:
    """Learn from the library, by hand or where its time has come, within the memory for it."""
    settings = run.settings
    if not request.by_hand and not due(settings, run.state, run.now):
        return Outcome((Result("learn", "done", "done", "not due yet"),))
    if not request.by_hand and not run.state.library.tracks():
        return Outcome((Result("learn", "done", "done", "nothing to learn from yet"),))
    limit(min(settings.learn.memory_mib, request.memory_mib or settings.learn.memory_mib))
    run_learn(run, again=request.again)
    return Outcome((Result("learn", "done", "done"),))


def refresh_job(run: Run, request: Request) -> Outcome:
    """Make playlists anew and write them; only plan them where the login has ended."""
    return refresh(run, request.names)


JOBS: Mapping[str, Job] = {
    "sync": sync_job,
    "enrich": enrich_job,
    "learn": learn_job,
    "refresh": refresh_job,
}
"""Every kind of job. A new one is a function above, a line here, and its name in
`segued.config.schedule.timetable` with a schedule in `segued.config.sections`."""


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


# The first that fits counts, so that a class stands before its parents.
_STEPS: tuple[tuple[type[SegueError], Step], ...] = (
    (LockedError, "lock"),
    (AuthorisationError, "login"),
    (ForbiddenError, "forbidden"),
    (RateLimitedError, "retry_at"),
    (UnavailableError, "back_off"),
    (MalformedAnswerError, "back_off"),
    (NotFoundError, "back_off"),
    (GuardError, "guard"),
    (RecipeError, "recipe"),
    (UsageError, "recipe"),
    (ConfigError, "recipe"),
    (DataError, "recipe"),
    (NewerSchemaError, "bug"),
    (StoreError, "back_off"),
)


def step_of(error: SegueError) -> Step:
    """What kind of ending an error is."""
    return next((step for kind, step in _STEPS if isinstance(error, kind)), "bug")


def failed(name: str, error: SegueError) -> Result:
    """The result of what ended with an error."""
    return Result(
        name=name,
        step=step_of(error),
        status="refused" if isinstance(error, GuardError) else "failed",
        text=str(error),
        retry_at=error.retry_at if isinstance(error, RateLimitedError) else None,
        exit_code=error.exit_code,
    )
