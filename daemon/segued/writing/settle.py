"""The list a recipe built, made to respect what is on the account. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from segue.playlists.library import Playlist, PlaylistEntry
from segue.playlists.plan import PlannedItem, Reason
from segued.writing.edits import Edits

BY_HAND = Reason("by_hand", "you added it by hand", 0.0)
STAYS = Reason("stays", "it could not be added back, so it stays where it is", 0.0)


def settle(
    items: Sequence[PlannedItem], playlist: Playlist | None, edits: Edits
) -> tuple[PlannedItem, ...]:
    """The items to write.

    What was removed by hand is left out. What was added by hand and is not among the items is put
    where it stands now, as is every row that could not be added back (local files, unplayable
    tracks, empty rows). When the members are those on the account and their order was changed by
    hand, that order holds. A transition from another neighbour than was planned is dropped.
    """
    if playlist is None:
        return _without(items, edits)
    rows = playlist.entries
    fixed = Counter(row.uri for row in rows if not row.can_be_added_back)
    planned = _limit(_without(items, edits, set(fixed)), fixed)
    there = Counter(item.uri for item in planned)
    settled = list(planned)
    seen: Counter[str] = Counter()
    for place, row in enumerate(rows):
        seen[row.uri] += 1
        stays = row.uri in fixed
        by_hand = row.uri in edits.kept_in and seen[row.uri] == 1
        if (stays or by_hand) and seen[row.uri] > there[row.uri]:
            settled.insert(min(place, len(settled)), _item(row, STAYS if stays else BY_HAND))
    if edits.reordered and Counter(item.uri for item in settled) == Counter(playlist.uris):
        settled = _in_order(settled, playlist.uris)
    return _transitions(items, settled)


def _without(
    items: Sequence[PlannedItem], edits: Edits, fixed: set[str] | None = None
) -> tuple[PlannedItem, ...]:
    out = set(edits.kept_out) - (fixed or set())
    return tuple(item for item in items if item.uri not in out)


def _limit(items: Sequence[PlannedItem], fixed: Counter[str]) -> list[PlannedItem]:
    """A row that cannot be added is planned at most as often as it is there."""
    seen: Counter[str] = Counter()
    kept: list[PlannedItem] = []
    for item in items:
        seen[item.uri] += 1
        if item.uri not in fixed or seen[item.uri] <= fixed[item.uri]:
            kept.append(item)
    return kept


def _item(row: PlaylistEntry, reason: Reason) -> PlannedItem:
    artist = row.track.artist_line if row.track else ""
    duration_ms = row.track.duration_ms if row.track else 0
    return PlannedItem(row.uri, row.title, artist, duration_ms, (reason,))


def _in_order(items: Sequence[PlannedItem], uris: Sequence[str]) -> list[PlannedItem]:
    by_uri: dict[str, list[PlannedItem]] = {}
    for item in items:
        by_uri.setdefault(item.uri, []).append(item)
    return [by_uri[uri].pop(0) for uri in uris]


def _transitions(
    planned: Sequence[PlannedItem], settled: Sequence[PlannedItem]
) -> tuple[PlannedItem, ...]:
    followed = {(one.uri, two.uri) for one, two in pairwise(planned)}
    befores: list[PlannedItem | None] = [None, *settled][: len(settled)]
    return tuple(
        item
        if item.transition is None or (before and (before.uri, item.uri) in followed)
        else replace(item, transition=None)
        for before, item in zip(befores, settled, strict=True)
    )
