"""Which recipe is which: a recipe keeps its id, and with it its playlist, when it is renamed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.inventory.fingerprint import fingerprint
from segued.inventory.markers import mark_in
from segued.store.library import ACCOUNT
from segued.store.playlists import Binding
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class RecipeIdentity:
    """A recipe under its lasting id. `configured_id` is what the configuration calls it;
    `note` says, in words, when the two differ."""

    recipe: Recipe
    configured_id: str
    note: str | None = None


def recipes_with_ids(settings: Settings, state: State) -> tuple[RecipeIdentity, ...]:
    """Every recipe of the configuration under the id it keeps when it is renamed."""
    account = state.library.cursor(ACCOUNT)
    return identify(
        settings.playlists,
        state.playlists.bindings(),
        state.playlists.summaries(),
        str(account["id"]) if account else None,
    )


def identify(
    recipes: Sequence[Recipe],
    bindings: Mapping[str, Binding],
    summaries: Sequence[PlaylistSummary] = (),
    user_id: str | None = None,
) -> tuple[RecipeIdentity, ...]:
    """Each recipe under its lasting id, in order.

    A recipe that is bound keeps its id. One that is not is a renamed one when exactly one
    binding that no recipe claims any more has its name (it was renamed before) or else its
    fingerprint, and no other recipe wants the same; or, where the state was lost, when exactly one
    playlist of the user's with its name carries the mark of an id that nothing claims.
    """
    configured = {recipe.id for recipe in recipes}
    marks = [
        (mark, summary.name)
        for summary in summaries
        if user_id in (None, summary.owner_id) and (mark := mark_in(summary.description))
    ]
    marked_ids = {mark for mark, _ in marks}
    unbound = [r for r in recipes if r.id not in bindings and r.id not in marked_ids]
    vanished = [b for b in bindings.values() if b.recipe_id not in configured]
    alike = {recipe.id: _alike(recipe, vanished) for recipe in unbound}
    found: list[RecipeIdentity] = []
    taken: set[str] = set()
    for recipe in recipes:
        known = alike.get(recipe.id, ())
        contested = sum(known == other for other in alike.values()) > 1
        if len(known) != 1 or contested:
            unclaimed = configured | set(bindings) | taken
            known = _named(recipe, marks, unclaimed) if recipe.id in alike else ()
        if len(known) == 1 and known[0] not in taken:
            taken.add(known[0])
            note = f"{recipe.name!r} is the recipe that was made as {known[0]!r}: it keeps that id"
            found.append(
                RecipeIdentity(recipe.model_copy(update={"id": known[0]}), recipe.id, note)
            )
        else:
            orphans = [one for one in marks if one[0] not in configured | taken]
            asked = _perhaps_renamed(orphans) if recipe.id in alike else None
            found.append(RecipeIdentity(recipe, recipe.id, asked))
    return tuple(found)


def _perhaps_renamed(orphans: Sequence[tuple[str, str]]) -> str | None:
    """What is said beside a new recipe while playlists carry the mark of none."""
    if not orphans:
        return None
    mark, name = orphans[0]
    return (
        f"it is new to Segue; if it is the one that made {name!r} and was renamed since, "
        f'say id = "{mark}" in it, or it gets a second playlist'
    )


def _alike(recipe: Recipe, vanished: Sequence[Binding]) -> tuple[str, ...]:
    renamed = tuple(binding.recipe_id for binding in vanished if binding.name == recipe.name)
    if renamed:
        return renamed
    wanted = fingerprint(recipe)
    return tuple(binding.recipe_id for binding in vanished if binding.fingerprint == wanted)


def _named(
    recipe: Recipe, marks: Sequence[tuple[str, str]], claimed: Collection[str]
) -> tuple[str, ...]:
    return tuple(mark for mark, name in marks if name == recipe.name and mark not in claimed)
