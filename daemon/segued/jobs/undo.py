"""The undo as a run: a kept version of a playlist comes back, and the history says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from segue.errors import SegueError, UsageError
from segue.recipe.recipe import Recipe
from segued.jobs.refresh import run_id
from segued.spotify.client import SpotifyClient
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.writing.outcome import ApplyOutcome
from segued.writing.recover import recover
from segued.writing.undo import undo


def undo_recipe(
    recipe: Recipe,
    state: State,
    client: SpotifyClient,
    *,
    clock: Callable[[], datetime],
    version_id: str | None = None,
) -> ApplyOutcome:
    """Bring back a version of a recipe's playlist: the named one, else the latest that differs.

    `recipe` is under its lasting id. The caller holds the writer's lock. Raises UsageError where
    the recipe has no playlist, and what `segued.writing.undo.undo` raises, recorded as failed.
    """
    now = clock()
    run = run_id(now)
    recover(client, state, now=now)
    binding = state.playlists.binding(recipe.id)
    if binding is None or binding.playlist_id is None:
        raise UsageError(
            f"{recipe.name!r} has no playlist yet, so there is nothing to undo; "
            "`segue plan` shows what a refresh would make"
        )
    try:
        outcome = undo(binding, client, state, now=now, run=run, version_id=version_id)
    except SegueError as error:
        _record(state, run, recipe.id, now, clock(), "failed", str(error))
        raise
    text = "; ".join(outcome.notes) or (str(outcome.error) if outcome.error else "")
    _record(state, run, recipe.id, now, clock(), outcome.status, text)
    return outcome


def _record(
    state: State,
    run: str,
    recipe_id: str,
    started: datetime,
    ended: datetime,
    status: str,
    text: str,
) -> None:
    state.runs.add(
        RunRecord(
            id=f"{run}-undo",
            kind="undo",
            started_at=started,
            status=status,
            recipe_id=recipe_id,
            ended_at=ended,
            text=text,
        )
    )
