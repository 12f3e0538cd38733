"""Where a recipe writes, what stands there, what the guards say, and which of its name and
description changes: looked up in one place.

Asked before a plan is made and again after the last read before a write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import GuardFinding
from segue.recipe.recipe import Recipe
from segued.inventory.identity import mark_in, marked, unmarked
from segued.refresh.edits import Edits, find_edits
from segued.refresh.guards import Location, check, locate
from segued.store.playlists import Binding


@dataclass(frozen=True, slots=True)
class Target:
    """A recipe's playlist: `playlist` is None where there is none yet or it cannot be read."""

    recipe: Recipe
    binding: Binding | None
    location: Location
    playlist: Playlist | None
    edits: Edits

    @property
    def uris(self) -> tuple[str, ...]:
        """What stands there, none where nothing does."""
        return self.playlist.uris if self.playlist is not None else ()

    def check(self, after: Sequence[str], waived: Collection[str]) -> tuple[GuardFinding, ...]:
        """What the guards say about making it `after`."""
        return check(self.recipe.write, self.location, self.playlist, after, waived=waived)


def find_target(
    recipe: Recipe,
    binding: Binding | None,
    summaries: Sequence[PlaylistSummary],
    user_id: str,
    read: Callable[[PlaylistSummary], Playlist | None],
    *,
    learn_edits: bool = True,
) -> Target:
    """Find a recipe's playlist among the account's and `read` it.

    Without `learn_edits` only the edits by hand that are known already count.
    """
    location = locate(recipe, binding, summaries, user_id)
    playlist = read(location.summary) if location.summary is not None else None
    compared = playlist if learn_edits else None
    edits = find_edits(binding, compared, respect=recipe.write.respect_edits)
    return Target(recipe, binding, location, playlist, edits)


@dataclass(frozen=True, slots=True)
class Details:
    """What to change; None leaves it as it is."""

    name: str | None = None
    description: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self.name is None and self.description is None


def changed_details(recipe: Recipe, binding: Binding | None, summary: PlaylistSummary) -> Details:
    """What the recipe wants otherwise than it stands there.

    Only a recipe that was itself renamed or re-described since the last write changes them: a
    name or text given by hand on the account stays. The mark is put back where it is missing.
    """
    renamed = binding is not None and recipe.name not in (binding.name, summary.name)
    text = unmarked(summary.description)
    wanted = recipe.write.description
    if binding is not None and binding.description not in (None, wanted):
        text = wanted
    described = marked(text, recipe.id)
    current = mark_in(summary.description) == recipe.id and text == unmarked(summary.description)
    return Details(recipe.name if renamed else None, None if current else described)
