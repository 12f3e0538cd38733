"""What a snapshot id tells: its first four bytes count the playlist's versions.

Spotify does not document this; nothing but the wording of a notice and the reading of a
difference we cannot explain otherwise rests on it.
"""

from __future__ import annotations

import base64
import binascii

_BYTES = 24


def version_count(snapshot_id: str | None) -> int | None:
    """How many versions a playlist has had, or None where the id does not look as expected."""
    try:
        raw = base64.b64decode(snapshot_id or "", validate=True)
    except binascii.Error:
        return None
    return int.from_bytes(raw[:4], "big") if len(raw) == _BYTES else None


def edits_between(before: str | None, after: str | None, writes: int) -> int | None:
    """How many versions others made between two snapshots with `writes` of ours, if it shows."""
    first, last = version_count(before), version_count(after)
    if first is None or last is None or last < first + writes:
        return None
    return last - first - writes
