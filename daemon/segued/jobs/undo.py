"""The undo as a run: a kept version of a playlist comes back, and the history says so."""

from __future__ import annotations

from segue.errors import UsageError
from segued.run import Run, RunRecipe
from segued.writing.outcome import ApplyOutcome
from segued.writing.recover import recover
from segued.writing.undo import undo


def undo_recipe(run: Run, known: RunRecipe, version_id: str | None = None) -> ApplyOutcome:
    """Bring back a version of a recipe's playlist: the named one, else the latest that differs.

    The caller holds the writer's lock. Raises UsageError where the recipe has no playlist, and
    what `segued.writing.undo.undo` raises, recorded as failed.
    """
    recipe = known.recipe
    recover(run)
    binding = run.state.playlists.binding(recipe.id)
    if binding is None or binding.playlist_id is None:
        raise UsageError(
            f"{recipe.name!r} has no playlist yet, so there is nothing to undo; "
            "`segue plan` shows what a refresh would make"
        )
    with run.recorded("undo", recipe.id) as line:
        outcome = undo(run, binding, recipe.write, period=known.period, version_id=version_id)
        line.status = outcome.status
        line.text = "; ".join(outcome.notes) or (str(outcome.error) if outcome.error else "")
    return outcome
