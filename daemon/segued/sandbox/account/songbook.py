"""What the lyrics services know: which songs, found by which names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from segued.sandbox.account.catalogue import Catalogue, Track
from segued.sandbox.account.lyrics import is_instrumental, share_of

_SHARES = {"lrclib": (0.82, 0.5), "genius": (0.74, 0.1)}
"""Of each service: the share of sung tracks it has, and of instrumentals."""


def folded(text: str) -> str:
    """A name as it is compared: lower case, letters and digits only."""
    return " ".join(re.findall(r"\w+", text.casefold()))


@lru_cache(maxsize=8)
def songbook(catalogue: Catalogue, service: str) -> Mapping[tuple[str, str], Track]:
    """The tracks a service has, by folded title and first artist; one a recording."""
    sung, instrumental = _SHARES[service]
    found: dict[tuple[str, str], Track] = {}
    for track in catalogue.tracks.values():
        share = instrumental if is_instrumental(track) else sung
        if share_of(track.isrc, service) < share:
            artist = catalogue.artists[track.artist_ids[0]].name
            found.setdefault((folded(track.title), folded(artist)), track)
    return found


def song_number(track: Track) -> int:
    """The number under which a service keeps a song."""
    return 1_000 + int(share_of(track.isrc, "number") * 9_000_000)
