"""Where a recipe writes, what stands there, and what the guards say: looked up in one place.

Asked before a plan is made and again after the last read before a write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import GuardFinding
from segue.recipe.recipe import Recipe
from segued.refresh.edits import Edits, find_edits
from segued.refresh.guards import check
from segued.refresh.locate import Location, locate
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
