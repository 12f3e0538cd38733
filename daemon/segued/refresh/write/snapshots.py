"""What a snapshot id tells: its first four bytes count the playlist's versions.

Spotify does not document this, and some playlists have ids of another kind. Nothing but the
wording of a notice and the reading of an otherwise unexplained difference rests on it.
"""

from __future__ import annotations

import base64
import binascii

_BYTES = 24
_MOST_VERSIONS = 1_000_000
_MOST_EDITS = 100  # between two looks a moment apart; more is no count of versions


def version_count(snapshot_id: str | None) -> int | None:
    """How many versions a playlist has had, or None where the id does not look as expected."""
    try:
        raw = base64.b64decode(snapshot_id or "", validate=True)
    except binascii.Error:
        return None
    count = int.from_bytes(raw[:4], "big")
    return count if len(raw) == _BYTES and count <= _MOST_VERSIONS else None


def edits_between(before: str | None, after: str | None, writes: int) -> int | None:
    """How many versions others made between two snapshots with `writes` of ours, if it shows."""
    first, last = version_count(before), version_count(after)
    if first is None or last is None:
        return None
    edits = last - first - writes
    return edits if 0 <= edits <= _MOST_EDITS else None
