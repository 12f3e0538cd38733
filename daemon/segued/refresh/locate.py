"""Which playlist of the account a recipe writes to. Pure: it looks, it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segued.inventory.identity import mark_in
from segued.store.playlists import Binding

Kind = Literal["bound", "found", "adopted", "create", "paused", "refused"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a recipe writes.

    "bound": as ever. "found": by its mark, after the state was lost. "adopted": one that Segue
    did not create and the recipe names. "create": yet to be made. "paused" and "refused": nowhere,
    and `text` says why and what to do. `summary` is set for the first three.
    """

    kind: Kind
    summary: PlaylistSummary | None = None
    text: str = ""

    @property
    def playlist_id(self) -> str | None:
        """The playlist's id, where there is one."""
        return self.summary.id if self.summary else None


def locate(
    recipe: Recipe, binding: Binding | None, summaries: Sequence[PlaylistSummary], user_id: str
) -> Location:
    """Find a recipe's playlist among the account's, as listed a moment ago (all of them).

    A playlist that merely has the recipe's name is never taken: only the bound one, one with the
    recipe's mark, or one the recipe names by id with `adopt`. A bound playlist that is gone
    pauses the recipe; one that its user brought back is written again.
    """
    listed = {summary.id: summary for summary in summaries}
    named = recipe.write.playlist_id
    bound = binding.playlist_id if binding is not None else None
    if bound is not None and named in (None, bound):
        if bound not in listed:
            return Location("paused", text=_gone(recipe))
        return _writable(Location("bound", listed[bound]), user_id)
    if named is not None:
        return _named(recipe, listed.get(named), named, user_id)
    own = [summary for summary in summaries if summary.owner_id == user_id]
    marked = [summary for summary in own if mark_in(summary.description) == recipe.id]
    if len(marked) > 1:
        return Location(
            "refused",
            text=f"{len(marked)} playlists carry the mark segue:{recipe.id} "
            f"({', '.join(repr(summary.name) for summary in marked)}); take it out of the "
            "description of all but one, or name one by write.playlist_id",
        )
    return Location("found", marked[0]) if marked else Location("create")


def _named(
    recipe: Recipe, summary: PlaylistSummary | None, playlist_id: str, user_id: str
) -> Location:
    if summary is None:
        return Location(
            "refused",
            text=f"write.playlist_id names {playlist_id}, which is not among your playlists; "
            "check the id, or leave it out to have a new playlist made",
        )
    if mark_in(summary.description) == recipe.id:
        return _writable(Location("found", summary), user_id)
    if not recipe.write.adopt:
        return Location(
            "refused",
            text=f"{summary.name!r} was not made by Segue and stays untouched; "
            "say write.adopt = true to let this recipe take it over",
        )
    return _writable(Location("adopted", summary), user_id)


def _writable(location: Location, user_id: str) -> Location:
    summary = location.summary
    if summary is None or summary.owner_id == user_id or summary.collaborative:
        return location
    return Location("refused", text=f"{summary.name!r} belongs to {summary.owner_id}, not to you")


def _gone(recipe: Recipe) -> str:
    return (
        f"the playlist of {recipe.name!r} is gone from your account; it was probably deleted, so "
        f"the recipe is paused. `segue refresh --resume {recipe.id}` has a new one made; or take "
        "the recipe out of the configuration"
    )
