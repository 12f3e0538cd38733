"""Seeds: where chance comes from, so that one period gives one answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b


def seed_for(recipe_id: str, period_start: datetime) -> int:
    """The seed of a recipe's refresh in a period, the same on every machine.

    It is 0 to 2⁵³ − 1, so that every JSON reader keeps it exactly.
    """
    text = f"{recipe_id}\n{int(period_start.timestamp())}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 11


def tie_breaks(track_ids: Iterable[str], seed: int) -> dict[str, int]:
    """A random number for each track, which decides between equals.

    It depends on the seed and the id alone: a track more or less in the library leaves the numbers
    of the others as they were.
    """
    key = seed.to_bytes(16, "big", signed=True)
    return {
        track_id: int.from_bytes(blake2b(track_id.encode(), key=key, digest_size=8).digest(), "big")
        for track_id in track_ids
    }
