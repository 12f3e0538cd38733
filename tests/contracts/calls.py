"""Every call of the Web API that Segue makes, or a person beside it, as one line each."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from segued.sandbox.server import Sandbox

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(100)).decode()
READS = """
GET /me
GET /me/tracks?limit=50
GET /me/tracks?limit=50&offset=100
GET /me/albums?limit=20
GET /me/playlists?limit=50
GET /me/top/tracks?limit=50&time_range=short_term
GET /me/top/tracks?limit=50&time_range=medium_term
GET /me/top/tracks?limit=50&time_range=long_term
GET /me/top/artists?limit=50
GET /me/player/recently-played?limit=50
GET /me/following?type=artist&limit=20
GET /me/player
GET /me/library/contains?uris=spotify:track:{track}
GET /playlists/{own}
GET /playlists/{own}/items?limit=50
GET /playlists/{own}/images
GET /playlists/{mixed}
GET /playlists/{mixed}/items?limit=50
GET /playlists/{together}
GET /playlists/{together}/items?limit=50
GET /playlists/{followed}
GET /tracks/{track}
GET /albums/{album}
GET /albums/{album}/tracks?limit=5
GET /artists/{artist}
GET /artists/{artist}/albums?limit=10
GET /search?q=a&type=track&limit=10
GET /search?q=a&type=track,artist,album,playlist&limit=10
"""
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/me/playlists", {"name": "Another", "public": True}),
    ("POST", "/playlists/{made}/items", {"uris": ["{uri}", "{second}"]}),
    ("POST", "/playlists/{made}/items", {"uris": ["{uri}"], "position": 0}),
    ("PUT", "/playlists/{made}/items", {"uris": ["{uri}", "{second}"]}),
    ("PUT", "/playlists/{made}/items", {"range_start": 0, "insert_before": 2, "range_length": 1}),
    ("DELETE", "/playlists/{made}/items", {"items": [{"uri": "{uri}"}]}),
    ("PUT", "/playlists/{made}", {"name": "Renamed", "description": "c"}),
    ("PUT", "/playlists/{made}/images", JPEG),
    ("GET", "/playlists/{made}/images", None),
    ("DELETE", "/me/library?uris={uri}", None),
    ("PUT", "/me/library?uris={uri}", None),
)


def names(sandbox: Sandbox) -> dict[str, str]:
    """What the placeholders of the calls stand for on a sandbox."""
    world = sandbox.world
    own = world.settings.user_id
    lists = world.account.playlists.values()
    playable = [track for track in world.catalogue.tracks.values() if track.playable]
    followed = (
        playlist.id
        for playlist in lists
        if playlist.owner_id not in (own, "spotify") and playlist.public
    )
    return {
        "track": playable[0].id,
        "uri": playable[0].uri,
        "second": playable[1].uri,
        "album": playable[0].album_id,
        "artist": playable[0].artist_ids[0],
        "own": next(
            playlist.id for playlist in lists if playlist.owner_id == own and playlist.rows
        ),
        "mixed": next(
            playlist.id for playlist in lists if any(row.is_local for row in playlist.rows)
        ),
        "together": next(playlist.id for playlist in lists if playlist.collaborative),
        "followed": next(followed),
        "made": sandbox.human.create_playlist("Conformance", []),
    }


def calls(sandbox: Sandbox) -> Iterator[tuple[str, str, Any]]:
    """Method, path and body of every call, reads before writes."""
    known = names(sandbox)
    for line in READS.split("\n"):
        if line:
            method, path = line.split()
            yield method, path.format(**known), None
    for method, path, body in WRITES:
        yield method, path.format(**known), _filled(body, known)


def _filled(body: Any, known: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {key: _filled(value, known) for key, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, known) for value in body]
    return body.format(**known) if isinstance(body, str) and body.startswith("{") else body
