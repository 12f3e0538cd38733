"""Spotify's ids, and the links and URIs that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable

TRACK_URI = "spotify:track:"

_ID = re.compile(r"[0-9A-Za-z]{22}")
_LINK = re.compile(
    # a URI, of old with the playlist's owner in it, or an app's link
    r"(?:spotify:(?://)?(?:user:[^:\s]+:)?"
    # an address: with or without its scheme, with a language, "embed" or a user before the kind
    r"|(?:https?://)?(?:open|play|api)\.spotify\.com/(?:[^/\s?#]+/)*?)"
    r"(?P<kind>track|playlist|album|artist)s?[/:](?P<id>[0-9A-Za-z]{22})/?(?:[?#&]\S*)?",
    re.IGNORECASE,
)


def linked(text: str) -> tuple[str, str] | None:
    """What a link or URI names and its id, such as ("track", …); None for any other text."""
    link = _LINK.fullmatch(text.strip())
    return (link["kind"].lower(), link["id"]) if link else None


def spotify_id(text: str, kind: str) -> str | None:
    """The Spotify id that an id, URI or link of this kind names, else None."""
    if _ID.fullmatch(text.strip()):
        return text.strip()
    found = linked(text)
    return found[1] if found is not None and found[0] == kind else None


def playlist_id_in(reference: str) -> str | None:
    """The id in a Spotify link, URI or bare id of 22 characters; None for a name."""
    return spotify_id(reference, "playlist")


def track_id_in(uri_or_id: str) -> str | None:
    """The id in a track's URI or a bare id; None for local files, episodes and empty rows."""
    if uri_or_id.startswith(TRACK_URI):
        return uri_or_id.removeprefix(TRACK_URI)
    return uri_or_id if uri_or_id and ":" not in uri_or_id else None


def track_ids_in(uris_or_ids: Iterable[str]) -> list[str]:
    """The track ids among URIs and ids, in their order."""
    return [i for each in uris_or_ids if (i := track_id_in(each)) is not None]
