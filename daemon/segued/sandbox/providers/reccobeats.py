"""ReccoBeats: audio features by Spotify id or ISRC, with the gaps it really has."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

import numpy as np

from segued.sandbox.account.catalogue import Track
from segued.sandbox.account.words import share_of
from segued.sandbox.calls import Answer, Json, RefusalError
from segued.sandbox.gate import Incoming, Services

IDS_A_CALL, SEEDS_A_CALL = 40, 5
KEY_UNDETECTED = 0.03
_COVERAGE = ((2024, 0.90), (2025, 0.50), (9999, 0.11))
"""The share of tracks it knows, by the last year of release the share holds for."""
_SERVED = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "key",
    "liveness",
    "loudness",
    "mode",
    "speechiness",
    "tempo",
    "valence",
)


def knows(services: Services, track: Track) -> bool:
    """Whether ReccoBeats has a track: the newer, the less likely."""
    released = services.world.catalogue.albums[track.album_id].release_date[:4]
    year = int(released) if released.isdigit() else 0
    share = next(share for last, share in _COVERAGE if year <= last)
    return share_of(track.id, "reccobeats") < share


def audio_features(services: Services, incoming: Incoming) -> Answer:
    """GET /v1/audio-features?ids=: what is known, in no order, the rest left out."""
    return Answer(body={"content": [_features(track) for track in _known(services, incoming)]})


def tracks(services: Services, incoming: Incoming) -> Answer:
    """GET /v1/track?ids=."""
    return Answer(
        body={"content": [_track(services, track) for track in _known(services, incoming)]}
    )


def recommendation(services: Services, incoming: Incoming) -> Answer:
    """GET /v1/track/recommendation?seeds=&size=: the tracks that sound most like the seeds."""
    query = incoming.http.query_params
    seeds = {seed for value in query.getlist("seeds") for seed in value.split(",") if seed}
    size = query.get("size", "")
    if not 1 <= len(seeds) <= SEEDS_A_CALL or not size.isdigit() or not 1 <= int(size) <= 100:
        raise RefusalError(400, "seeds (1 to 5) and size (1 to 100) are required")
    listener = services.world.listener
    near = [place for place, track in enumerate(listener.tracks) if track.id in seeds]
    if not near:
        raise RefusalError(404, "seeds not found")
    distances = np.linalg.norm(listener.matrix - listener.matrix[near].mean(axis=0), axis=1)
    order = [listener.tracks[place] for place in np.argsort(distances, kind="stable").tolist()]
    chosen = [track for track in order if track.id not in seeds and knows(services, track)][
        : int(size)
    ]
    return Answer(body={"content": [_track(services, track) for track in chosen]})


def _known(services: Services, incoming: Incoming) -> list[Track]:
    query = incoming.http.query_params
    asked = [
        track_id for value in query.getlist("ids") for track_id in value.split(",") if track_id
    ]
    if not asked:
        raise RefusalError(400, "Required parameter 'ids' is not present.")
    if len(asked) > IDS_A_CALL:
        raise RefusalError(400, f"ids: at most {IDS_A_CALL} values are accepted")
    catalogue = services.world.catalogue.tracks
    by_isrc: dict[str, Track] = {}
    if any(len(track_id) == 12 for track_id in asked):
        by_isrc = {track.isrc: track for track in reversed(list(catalogue.values()))}
    found = [catalogue.get(track_id) or by_isrc.get(track_id) for track_id in asked]
    known = {track.id: track for track in found if track is not None and knows(services, track)}
    return sorted(known.values(), key=lambda track: share_of(track.id, "order"))


def _own_id(track: Track) -> str:
    return str(UUID(bytes=blake2b(track.id.encode(), digest_size=16).digest(), version=4))


def _features(track: Track) -> Json:
    row: Json = {
        "id": _own_id(track),
        "href": f"https://open.spotify.com/track/{track.id}",
        "isrc": track.isrc,
    }
    for name in _SERVED:
        row[name] = getattr(track.features, name)
    if share_of(track.id, "key") < KEY_UNDETECTED:
        row["key"] = -1
    return row


def _track(services: Services, track: Track) -> Json:
    artists = [services.world.catalogue.artists[artist_id] for artist_id in track.artist_ids]
    return {
        "id": _own_id(track),
        "trackTitle": track.title,
        "artists": [
            {
                "id": str(
                    UUID(bytes=blake2b(artist.id.encode(), digest_size=16).digest(), version=4)
                ),
                "name": artist.name,
                "href": f"https://open.spotify.com/artist/{artist.id}",
            }
            for artist in artists
        ],
        "durationMs": track.duration_ms,
        "isrc": track.isrc,
        "href": f"https://open.spotify.com/track/{track.id}",
        "popularity": track.popularity,
    }


def worded(refusal: RefusalError) -> Answer:
    """A refusal as ReccoBeats words it: 4291 is too many requests, 4001 a wrong parameter."""
    code = {429: 4291, 400: 4001}.get(refusal.status, refusal.status * 10 + 1)
    body: Json = {"error": code, "message": refusal.message, "status": refusal.status}
    return Answer(refusal.status, body, refusal.headers)


ROUTES = (
    ("/reccobeats/v1/audio-features", audio_features),
    ("/reccobeats/v1/track", tracks),
    ("/reccobeats/v1/track/recommendation", recommendation),
)
