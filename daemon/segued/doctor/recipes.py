"""The recipes: where each writes, and whether everything it names is there."""

from __future__ import annotations

from collections.abc import Iterator

from segue.errors import MissingError, UsageError
from segue.recipe.recipe import Recipe
from segued.doctor.check import Check
from segued.inventory.recipe_check import check_recipes
from segued.refresh.guards import Location, locate
from segued.run import Run
from segued.store.library import ACCOUNT


def recipes(run: Run) -> Iterator[Check]:
    """A line for each recipe's playlist, and one for each thing that it names and cannot have."""
    if not run.settings.playlists:
        step = "add a [[playlist]], or see `segue init --force`"
        yield Check("playlists", "warning", "the configuration describes none", step)
        return
    account = run.state.library.cursor(ACCOUNT)
    if account is None:
        text = f"{len(run.recipes)} described; what they name was not looked up yet"
        yield Check("playlists", "warning", text, "segue sync")
        return
    for known in run.recipes:
        yield _playlist(run, known.recipe, str(account["id"]))
    yield from _missing(run)


def _playlist(run: Run, recipe: Recipe, user_id: str) -> Check:
    binding = run.state.playlists.binding(recipe.id)
    if binding is not None and binding.paused_reason:
        text = f"{recipe.name} is paused: {binding.paused_reason}"
        return Check("playlists", "warning", text, "segue refresh --help says how it ends")
    found = locate(recipe, binding, run.state.playlists.summaries(), user_id)
    if found.kind in ("paused", "refused"):
        return Check("playlists", "bad", f"{recipe.name}: {found.text}", "", MissingError.exit_code)
    return Check("playlists", "good", f"{recipe.name} {_where(found)}")


def _where(found: Location) -> str:
    if found.kind == "create" or found.summary is None:
        return "will be made by its first refresh"
    words = "takes over" if found.kind == "adopted" else "is"
    return f"{words} “{found.summary.name}” on your account ({found.summary.id})"


def _missing(run: Run) -> Iterator[Check]:
    """What recipes name that cannot be found: a refresh would leave their playlists as they are."""
    try:
        found = check_recipes(run.settings, run.state)
    except UsageError:  # nothing was read yet
        return
    for each in found:
        text = f"{each.recipe.name}: {each.missing.why} ({each.missing.key})"
        if each.stops:
            step = "correct the recipe; `segue config check` names the line"
            yield Check("recipes", "bad", text, step, MissingError.exit_code)
        else:
            yield Check("recipes", "warning", text)
    if not found:
        yield Check("recipes", "good", "every source, seed and track they name is there")
