"""An edit by hand that met a write of ours: both are kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from segue.playlists.library import Playlist
from segued.refresh.edits import compare


def merge(
    wanted: tuple[str, ...],
    expected: Sequence[tuple[str, ...]],
    found: Playlist,
    *,
    cut_off_from: Collection[str] | None = None,
) -> tuple[str, ...]:
    """The wanted list with the edits that lead from what our writes alone would have left there
    (the nearest of `expected`) to what was found: additions behind the row they follow, removals
    out, order as wanted. Every row of `found` that could not be added back is in it.

    `cut_off_from` is the list before a write that was cut off nobody knows where: what is missing
    may just not have been written yet, and what was there before is no addition.
    """
    base = nearest(expected, found.uris)
    edits = compare(base, found.uris)
    fixed = Counter(entry.uri for entry in found.entries if not entry.can_be_added_back)
    gone = set(edits.removed) - set(fixed) if cut_off_from is None else set()
    merged = [uri for uri in wanted if uri not in gone]
    extra = set(edits.added) - set(merged) - set(cut_off_from or ())
    for place, uri in enumerate(found.uris):
        if uri in extra or (uri in fixed and merged.count(uri) < fixed[uri]):
            before = found.uris[place - 1] if place else None
            merged.insert(merged.index(before) + 1 if before in merged else place, uri)
            extra.discard(uri)
    return tuple(merged)


def nearest(states: Sequence[tuple[str, ...]], uris: tuple[str, ...]) -> tuple[str, ...]:
    """The state whose members differ least from the list's; the later one on a tie."""
    members = Counter(uris)

    def distance(state: tuple[str, ...]) -> int:
        there = Counter(state)
        return (members - there).total() + (there - members).total()

    return min(reversed(states), key=distance)
