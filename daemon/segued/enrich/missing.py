"""What a recipe asks about and nobody was asked for yet, in words for its plan."""

from __future__ import annotations

from segue.playlists.gather.candidates import Candidates, needs
from segue.playlists.inventory import Inventory
from segue.playlists.text import count, quoted
from segue.recipe.recipe import Recipe
from segued.store.state import State

_LATER = "`segue enrich` does, and each refresh some"


def missing_notes(
    recipe: Recipe, inventory: Inventory, state: State, found: Candidates
) -> tuple[str, ...]:
    """Notes on what a recipe's filter asks about and that was never looked up.

    What was looked up and not found is no news: the stages count it as unknown.
    """
    lacking = needs(recipe, inventory, found)
    notes: list[str] = []
    if lacking.filtered:
        missed = {track_id for _, track_id in state.features.misses()}
        known = inventory.features
        new = [i for i in lacking.features if i not in known and i not in missed]
        if new:
            notes.append(
                f"the filter asks for audio features, and those of {count(len(new), 'track')} "
                f"were not looked up yet: {_LATER}"
            )
    asked = state.lyrics.records()
    unheard = [i for i in lacking.lyrics if i not in asked or i in inventory.lyrics]
    if unheard:
        notes.append(
            f"the filter asks about lyrics, and those of {count(len(unheard), 'track')} were not "
            f"looked up yet: {_LATER}"
        )
    if lacking.texts:
        notes.append(
            f"{quoted(lacking.texts)} could not be compared with lyrics yet: the text is encoded "
            "by `segue enrich` or the next refresh"
        )
    return tuple(notes)
