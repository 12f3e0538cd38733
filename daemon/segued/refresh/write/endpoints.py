"""Which endpoints a write needs, to its end and back again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry
from segued.refresh.write.operations import Add, Operation, Remove
from segued.refresh.write.route import Bounds, fixed_uris, operations, route

CREATE = "POST /me/playlists"
LIST = "GET /me/playlists"
READ = "GET /playlists/{id}"
READ_PAGE = "GET /playlists/{id}/items"
ADD = "POST /playlists/{id}/items"
REMOVE = "DELETE /playlists/{id}/items"
PUT = "PUT /playlists/{id}/items"

_ROWS_WITH_A_PLAYLIST = 100  # what GET /playlists/{id} tells; beyond it pages are read


def needed(before: Sequence[PlaylistEntry], after: Sequence[str], bounds: Bounds) -> frozenset[str]:
    """The endpoints of a write from `before` to `after`: its requests, the reading back, and what
    taking it back from its end would need.

    Raises what `operations` raises.
    """
    there = operations(before, after, bounds)
    if not there:
        return frozenset()
    rows = [entry.uri for entry in before]
    try:
        back = route(after, rows, fixed_uris(before), bounds) if rows else ()
    except GuardError:
        back = ()  # what fails half-way is then finished later
    reads = {READ, READ_PAGE} if max(len(rows), len(after)) > _ROWS_WITH_A_PLAYLIST else {READ}
    return frozenset(reads).union(*(_of(operation) for operation in (*there, *back)))


def _of(operation: Operation) -> frozenset[str]:
    """An addition that fails is taken out before it is sent again, a removal is added back."""
    return frozenset({ADD, REMOVE}) if isinstance(operation, (Add, Remove)) else frozenset({PUT})
