"""What counts as a play, and how often a track was played."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SHORTEST_PLAY_MS = 30_000
"""A shorter play does not count: Spotify's own history leaves such plays out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How often a track was played, skipped and very short plays left out, and when last (UTC)."""

    plays: int
    last: datetime
