"""Listing: members in their order, with the rows that hold their place among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from segue.playlists.choose.choose import Members
from segue.playlists.choose.kept_rows import KeptRows
from segue.playlists.inventory import Inventory
from segue.playlists.library import PlaylistEntry
from segue.playlists.order.columns import Columns, arrange, columns_of
from segue.recipe.recipe import Recipe
from segue.sequencing.methods.greedy import NextFeatures

Slot = int | PlaylistEntry
"""A row of a list: an index into its columns, or a row of the account that holds its place."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a list. `order` are the columns in it, `opening` how many of them stood first."""

    columns: Columns
    order: list[int]
    slots: tuple[Slot, ...]
    opening: int = 0
    notes: tuple[str, ...] = ()


def list_rows(
    recipe: Recipe,
    inventory: Inventory,
    members: Members,
    next_features: NextFeatures | None = None,
) -> Listing:
    """Order the members and set them among the rows that hold their place.

    `next_features` is a model's ŷ for the beam. An appending recipe leaves what stands as it is
    and orders what is new to follow on. Where the user reordered a list and its members stay the
    same, their order holds.
    """
    kept, staying, chosen = members.kept, members.membership.staying, members.membership.chosen
    opening = len(staying) if recipe.write.mode == "append" else 0
    if recipe.sequence.method == "none" and not recipe.score:
        place = {track_id: index for index, track_id in enumerate(members.eligible)}
        chosen = tuple(sorted(chosen, key=lambda track: place[track.id]))
    tracks = (*staying, *chosen)
    lyrics = inventory.lyric_space.of_tracks(track.id for track in tracks)
    columns = columns_of(tracks, inventory.features, inventory.scaling, lyrics)
    order, notes = arrange(columns, recipe.sequence, members.seed, opening, next_features)
    if recipe.write.mode == "append":
        numbers = iter(order)
        stood = tuple(e if e.track is None else next(numbers) for e in kept.entries)
        return Listing(columns, order, (*stood, *numbers), opening, notes)
    slots = _among(order, kept.rows)
    if recipe.id in inventory.reordered and recipe.write.respect_edits:
        slots = _in_kept_order(columns, slots, kept) or slots
        order = [slot for slot in slots if isinstance(slot, int)]
    return Listing(columns, order, slots, notes=notes)


def _among(order: Sequence[int], rows: Sequence[tuple[int, PlaylistEntry]]) -> tuple[Slot, ...]:
    """Put held rows back at the index they stood at, or at the end of a list that got shorter."""
    slots: list[Slot] = list(order)
    for index, entry in rows:
        slots.insert(min(index, len(slots)), entry)
    return tuple(slots)


def _in_kept_order(
    columns: Columns, slots: Sequence[Slot], kept: KeptRows
) -> tuple[Slot, ...] | None:
    """The same rows as they stand on the account, or None where they are not the same."""
    by_uri: dict[str, list[Slot]] = {}
    for slot in slots:
        uri = columns.tracks[slot].uri if isinstance(slot, int) else slot.uri
        by_uri.setdefault(uri, []).append(slot)
    if Counter(entry.uri for entry in kept.entries) != {u: len(s) for u, s in by_uri.items()}:
        return None
    return tuple(by_uri[entry.uri].pop(0) for entry in kept.entries)
