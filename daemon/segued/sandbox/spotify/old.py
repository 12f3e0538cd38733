"""The old surface: refused to Development Mode apps. Of what Extended Quota ones keep, Segue asks
for audio features alone, so the sandbox has no more of it."""

from __future__ import annotations

from segued.sandbox.account.catalogue import Features, Track
from segued.sandbox.answers import Answer, Json, RefusalError, not_found
from segued.sandbox.spotify.catalogue import find_track
from segued.sandbox.spotify.operation import Call, Operation

_MOST_IDS = 100
_REFUSED = """
GET /tracks /albums /artists /episodes /audio-analysis/{id} /recommendations /markets
GET /recommendations/available-genre-seeds /artists/{id}/top-tracks /artists/{id}/related-artists
GET /browse/new-releases /browse/categories /browse/categories/{id} /browse/featured-playlists
GET /browse/categories/{id}/playlists /users/{id} /users/{id}/playlists /playlists/{id}/tracks
GET /me/tracks/contains /me/albums/contains /me/following/contains
GET /playlists/{id}/followers/contains
POST /users/{id}/playlists /playlists/{id}/tracks
PUT /playlists/{id}/tracks /playlists/{id}/followers /me/tracks /me/albums /me/following
DELETE /playlists/{id}/tracks /playlists/{id}/followers /me/tracks /me/albums /me/following
"""
"""What a Development Mode app is answered 403: a method and its paths a line."""


def several_features(call: Call) -> Answer:
    """GET /audio-features?ids=; null for what there is not."""
    wanted = [track_id for track_id in call.query.get("ids", "").split(",") if track_id]
    if not wanted:
        raise RefusalError(400, "invalid id")
    if len(wanted) > _MOST_IDS:
        raise RefusalError(400, "Too many ids requested")
    tracks = call.world.catalogue.tracks
    rows = [features_json(call, tracks[found]) if found in tracks else None for found in wanted]
    return Answer(body={"audio_features": rows})


def one_features(call: Call) -> Answer:
    """GET /audio-features/{id}."""
    return Answer(body=features_json(call, find_track(call)))


def features_json(call: Call, track: Track) -> Json:
    """The audio features of a track, as Spotify gave them."""
    named = {name: getattr(track.features, name) for name in Features.__slots__}
    return {
        **named,
        "analysis_url": f"{call.base}/audio-analysis/{track.id}",
        "duration_ms": track.duration_ms,
        "id": track.id,
        "time_signature": 4,
        "track_href": f"{call.base}/tracks/{track.id}",
        "type": "audio_features",
        "uri": track.uri,
    }


def _absent(_: Call) -> Answer:
    raise not_found()


OPERATIONS = (
    Operation("GET", "/audio-features", several_features, removed=True),
    Operation("GET", "/audio-features/{id}", one_features, removed=True),
    *(
        Operation(method, path, _absent, removed=True)
        for method, *paths in map(str.split, _REFUSED.strip().splitlines())
        for path in paths
    ),
)
