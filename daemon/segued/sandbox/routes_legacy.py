"""The old catalogue routes: refused to Development Mode apps, kept for Extended Quota ones."""

from __future__ import annotations

from functools import partial

import numpy as np

from segued.sandbox.answers import Answer, Call, Handler, Json, Operation, RefusalError, not_found
from segued.sandbox.catalogue import Features, Track
from segued.sandbox.paging import limit_of, page
from segued.sandbox.routes_catalogue import find_artist, find_track
from segued.sandbox.shapes import MARKETS


def ids_of(call: Call, maximum: int) -> list[str]:
    """The ids of the `ids` parameter, or of a body that lists them."""
    listed = [one for one in call.query.get("ids", "").split(",") if one]
    if not listed and call.body:
        body = call.json_body()
        given = body.get("ids") if isinstance(body, dict) else body
        listed = [str(one) for one in given] if isinstance(given, list) else []
    if not listed:
        raise RefusalError(400, "invalid id")
    if len(listed) > maximum:
        raise RefusalError(400, "Too many ids requested")
    return listed


def several(call: Call, *, kind: str, maximum: int) -> Answer:
    """GET /tracks, /albums, /artists, /episodes with `ids`; null for what there is not."""
    catalogue, shapes = call.world.catalogue, call.shapes
    rows: list[Json | None] = []
    for one in ids_of(call, maximum):
        if kind == "tracks" and one in catalogue.tracks:
            rows.append(shapes.track_by_id(one))
        elif kind == "albums" and one in catalogue.albums:
            rows.append(shapes.album(catalogue.albums[one]))
        elif kind == "artists" and one in catalogue.artists:
            rows.append(shapes.artist(catalogue.artists[one]))
        elif kind == "episodes" and one in catalogue.episodes:
            rows.append(shapes.episode(catalogue.episodes[one]))
        else:
            rows.append(None)
    return Answer(body={kind: rows})


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


def several_features(call: Call) -> Answer:
    """GET /audio-features?ids=."""
    tracks = call.world.catalogue.tracks
    rows = [
        features_json(call, tracks[one]) if one in tracks else None for one in ids_of(call, 100)
    ]
    return Answer(body={"audio_features": rows})


def one_features(call: Call) -> Answer:
    """GET /audio-features/{id}."""
    return Answer(body=features_json(call, find_track(call)))


def analysis(call: Call) -> Answer:
    """GET /audio-analysis/{id}: the track as a whole, without its sections."""
    track = find_track(call)
    features = track.features
    whole = {
        "duration": track.duration_ms / 1000,
        "key": features.key,
        "loudness": features.loudness,
        "mode": features.mode,
        "tempo": features.tempo,
        "time_signature": 4,
    }
    empty: Json = {name: [] for name in ("bars", "beats", "sections", "segments", "tatums")}
    return Answer(body={"meta": {}, "track": whole, **empty})


def recommendations(call: Call) -> Answer:
    """GET /recommendations: the tracks that sound most like the seeds."""
    limit = limit_of(call, default=20, maximum=100)
    seeds = {one for one in call.query.get("seed_tracks", "").split(",") if one}
    artists = {one for one in call.query.get("seed_artists", "").split(",") if one}
    genres = {one for one in call.query.get("seed_genres", "").split(",") if one}
    if not 1 <= len(seeds | artists | genres) <= 5:
        raise RefusalError(400, "invalid request")
    listener = call.world.listener
    near = [
        place
        for place, track in enumerate(listener.tracks)
        if track.id in seeds or track.artist_ids[0] in artists or track.genre in genres
    ]
    if not near:
        raise not_found()
    distances = np.linalg.norm(listener.matrix - listener.matrix[near].mean(axis=0), axis=1)
    order = [listener.tracks[place] for place in np.argsort(distances, kind="stable").tolist()]
    chosen = [track for track in order if track.id not in seeds][:limit]
    named = [("TRACK", seeds), ("ARTIST", artists), ("GENRE", genres)]
    return Answer(
        body={
            "seeds": [
                {"id": one, "type": kind, "href": None, "initialPoolSize": len(order)}
                for kind, ones in named
                for one in sorted(ones)
            ],
            "tracks": [call.shapes.track(track) for track in chosen],
        }
    )


def genre_seeds(call: Call) -> Answer:
    """GET /recommendations/available-genre-seeds."""
    return Answer(body={"genres": _genres(call)})


def artist_top_tracks(call: Call) -> Answer:
    """GET /artists/{id}/top-tracks."""
    artist = find_artist(call)
    own = [one for one in call.world.catalogue.tracks.values() if artist.id in one.artist_ids]
    own.sort(key=lambda track: -track.popularity)
    return Answer(body={"tracks": [call.shapes.track(track) for track in own[:10]]})


def related_artists(call: Call) -> Answer:
    """GET /artists/{id}/related-artists: those of the same genre, most followed first."""
    artist = find_artist(call)
    near = [
        one
        for one in call.world.catalogue.artists.values()
        if one.id != artist.id and set(one.genres) & set(artist.genres)
    ]
    near.sort(key=lambda one: -one.followers)
    return Answer(body={"artists": [call.shapes.artist(one) for one in near[:20]]})


def new_releases(call: Call) -> Answer:
    """GET /browse/new-releases."""
    newest = sorted(
        call.world.catalogue.albums.values(), key=lambda album: album.release_date, reverse=True
    )
    shown = [album.id for album in newest[:100]]
    path = "/browse/new-releases"
    return Answer(body={"albums": page(call, path, shown, call.shapes.album_brief)})


def categories(call: Call) -> Answer:
    """GET /browse/categories: one a genre."""
    path = "/browse/categories"
    return Answer(
        body={"categories": page(call, path, _genres(call), lambda name: _category(call, name))}
    )


def category(call: Call) -> Answer:
    """GET /browse/categories/{id}."""
    if call.path["id"] not in _genres(call):
        raise not_found()
    return Answer(body=_category(call, call.path["id"]))


def featured(call: Call) -> Answer:
    """GET /browse/featured-playlists and a category's playlists: Spotify's own, so none."""
    nothing: tuple[Json, ...] = ()
    shown = page(call, "/browse/featured-playlists", nothing, lambda one: one)
    return Answer(body={"message": "Nothing is featured today", "playlists": shown})


def markets(_: Call) -> Answer:
    """GET /markets."""
    return Answer(body={"markets": list(MARKETS)})


def _genres(call: Call) -> list[str]:
    return sorted({track.genre for track in call.world.catalogue.tracks.values()})


def _category(call: Call, name: str) -> Json:
    icons = call.shapes.images(name, 274)
    href = f"{call.base}/browse/categories/{name}"
    return {"href": href, "icons": icons, "id": name, "name": name.title()}


_BATCHES = (("tracks", 50), ("albums", 20), ("artists", 50), ("episodes", 50))
_OLD: tuple[tuple[str, Handler], ...] = (
    *((f"/{kind}", partial(several, kind=kind, maximum=most)) for kind, most in _BATCHES),
    ("/audio-features", several_features),
    ("/audio-features/{id}", one_features),
    ("/audio-analysis/{id}", analysis),
    ("/recommendations", recommendations),
    ("/recommendations/available-genre-seeds", genre_seeds),
    ("/artists/{id}/top-tracks", artist_top_tracks),
    ("/artists/{id}/related-artists", related_artists),
    ("/browse/new-releases", new_releases),
    ("/browse/categories", categories),
    ("/browse/categories/{id}", category),
    ("/browse/categories/{id}/playlists", featured),
    ("/browse/featured-playlists", featured),
    ("/markets", markets),
)
OPERATIONS = tuple(Operation("GET", path, handler, removed=True) for path, handler in _OLD)
