"""ListenBrainz and Last.fm as far as songs alike go: by genre, sound and how many hear them.

What is near is planted. ListenBrainz goes by genre, then sound, then popularity; Last.fm by
popularity within a genre, with more chance in it. Neither knows the listener's taste.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import numpy as np

from segued.sandbox.account.catalogue import Artist, Track
from segued.sandbox.account.words import folded, share_of
from segued.sandbox.calls import Answer, Json, RefusalError
from segued.sandbox.gate import Incoming, Services
from segued.sandbox.providers.tags import LISTENED, mbid, scrobbled, top_tags

LASTFM_KEY = "0123456789abcdef0123456789abcdef"
SUSPENDED_KEY = "f" * 32
PRIVATE_USER = "hidden"
"""A user who shows their listening to nobody."""
_MOST = 50
_ALONE = 0.15
"""The share of songs that a service knows nothing beside."""


def _near(
    services: Services, track: Track, service: str, weights: tuple[float, ...]
) -> list[Track]:
    """The songs a service has beside one, nearest first; one a recording, none of its own."""
    if share_of(track.isrc, f"{service} alone") < _ALONE:
        return []
    genre, sound, popular, chance = weights
    listener = services.world.listener
    place = next(i for i, each in enumerate(listener.tracks) if each.id == track.id)
    apart = np.linalg.norm(listener.matrix - listener.matrix[place], axis=1)
    found: dict[str, tuple[float, Track]] = {}
    for i, each in enumerate(listener.tracks):
        if each.isrc == track.isrc or share_of(each.isrc, service) >= LISTENED:
            continue
        nearness = (
            genre * (each.genre == track.genre)
            - sound * float(apart[i])
            + popular * each.popularity / 100
            + chance * share_of(f"{track.isrc}{each.isrc}", service)
        )
        found.setdefault(each.isrc, (nearness, each))
    return [each for _, each in sorted(found.values(), key=lambda row: -row[0])[:_MOST]]


def _alike(services: Services, artist: Artist, service: str) -> list[Artist]:
    """The artists of an artist's main genre, those heard most first."""
    known = services.world.catalogue.artists.values()
    near = [a for a in known if a.id != artist.id and a.genres[:1] == artist.genres[:1]]
    return sorted(near, key=lambda a: -a.popularity - 20 * share_of(artist.id + a.id, service))


def _top(services: Services, artist: Artist) -> list[Track]:
    tracks = services.world.catalogue.tracks.values()
    own = {t.isrc: t for t in tracks if t.artist_ids[0] == artist.id}
    return sorted(own.values(), key=lambda t: -t.popularity)


def _asked(incoming: Incoming, name: str) -> str:
    """The lone MusicBrainz id that labs are asked about; they refuse what lacks an algorithm."""
    query = incoming.http.query_params
    if not query.get(name) or not query.get("algorithm", "").startswith("session_based_days_"):
        raise RefusalError(400, f"{name} and a known algorithm are required")
    return str(query[name])


def similar_recordings(services: Services, incoming: Incoming) -> Answer:
    """GET /similar-recordings/json?recording_mbids=&algorithm=: the songs, and the reference."""
    asked = _asked(incoming, "recording_mbids")
    catalogue = services.world.catalogue
    track = next((t for t in catalogue.tracks.values() if mbid("recording", t.isrc) == asked), None)
    if track is None:
        return Answer(body=[])
    near = _near(services, track, "listenbrainz", (2.0, 0.5, 0.5, 0.3))
    rows: list[Json] = [
        {
            "recording_mbid": mbid("recording", each.isrc),
            "recording_name": each.title,
            "artist_credit_name": _credit(services, each),
            "artist_credit_mbids": [mbid("artist", i) for i in each.artist_ids],
            "release_name": catalogue.albums[each.album_id].name,
            "release_mbid": mbid("release", each.album_id),
            "score": 1000 - 10 * place,
            "reference_mbid": asked,
        }
        for place, each in enumerate(near)
    ]
    return Answer(body=rows)


def similar_artists(services: Services, incoming: Incoming) -> Answer:
    """GET /similar-artists/json?artist_mbids=&algorithm=."""
    asked = _asked(incoming, "artist_mbids")
    artists = services.world.catalogue.artists.values()
    artist = next((a for a in artists if mbid("artist", a.id) == asked), None)
    near = _alike(services, artist, "listenbrainz")[:_MOST] if artist is not None else []
    rows: list[Json] = [
        {
            "artist_mbid": mbid("artist", each.id),
            "name": each.name,
            "comment": "",
            "type": "Group",
            "gender": None,
            "score": 1000 - 10 * place,
            "reference_mbid": asked,
        }
        for place, each in enumerate(near)
    ]
    return Answer(body=rows)


def recordings(services: Services, incoming: Incoming) -> Answer:
    """GET /1/metadata/recording/?recording_mbids=: an object by id, what is unknown left out."""
    asked = set(incoming.http.query_params.get("recording_mbids", "").split(","))
    known = {mbid("recording", t.isrc): t for t in services.world.catalogue.tracks.values()}
    body: Json = {
        i: {
            "artist": {"name": _credit(services, known[i]), "artists": []},
            "recording": {
                "name": known[i].title,
                "length": known[i].duration_ms,
                "rels": [],
                **({"isrcs": [known[i].isrc]} if share_of(i, "isrc") < 0.7 else {}),
            },
        }
        for i in sorted(asked & known.keys())
    }
    return Answer(body=body)


def top_recordings(services: Services, incoming: Incoming) -> Answer:
    """GET /1/popularity/top-recordings-for-artist/{mbid}."""
    asked = incoming.http.path_params["mbid"]
    artists = services.world.catalogue.artists.values()
    artist = next((a for a in artists if mbid("artist", a.id) == asked), None)
    rows: list[Json] = [
        {
            "recording_mbid": mbid("recording", each.isrc),
            "recording_name": each.title,
            "artist_name": _credit(services, each),
            "artist_mbids": [mbid("artist", i) for i in each.artist_ids],
            "length": each.duration_ms,
            "total_listen_count": 100 * each.popularity,
        }
        for each in (_top(services, artist) if artist is not None else [])
    ]
    return Answer(body=rows)


def _credit(services: Services, track: Track) -> str:
    return " & ".join(services.world.catalogue.artists[i].name for i in track.artist_ids)


def last_fm(services: Services, incoming: Incoming) -> Answer:
    """GET /2.0/?method=…: its errors come with a status of 200, but for the key's and method's."""
    query = incoming.http.query_params
    if query.get("api_key") == SUSPENDED_KEY:
        return Answer(403, {"message": "Suspended API key", "error": 26})
    if query.get("api_key") != LASTFM_KEY:
        return Answer(403, {"message": "Invalid API key", "error": 10})
    method = _METHODS.get(query.get("method", "").casefold())
    if method is None:
        return Answer(400, {"message": "Invalid Method", "error": 3})
    return method(services, incoming)


def _similar_tracks(services: Services, incoming: Incoming) -> Answer:
    query, catalogue = incoming.http.query_params, services.world.catalogue
    asked = folded(query.get("track", "")), folded(query.get("artist", ""))
    track = next(
        (
            t
            for t in catalogue.tracks.values()
            if (folded(t.title), folded(catalogue.artists[t.artist_ids[0]].name)) == asked
        ),
        None,
    )
    if track is None:
        return Answer(200, {"message": "Track not found", "error": 6})
    near = _near(services, track, "lastfm", (2.0, 0.1, 1.5, 1.5))
    rows = _tracks(services, near[: int(query.get("limit", "100"))])
    return Answer(body={"similartracks": {"track": rows, "@attr": {"artist": query["artist"]}}})


def _recent_tracks(services: Services, incoming: Incoming) -> Answer:
    """A user's scrobbles from `from` on and before `to`, the newest first, 50 a page unless `limit`
    says otherwise, 200 at most; what is heard right now comes on top of every page, without a date.

    Numbers are texts, and a lone row stands without its list.
    """
    query, world = incoming.http.query_params, services.world
    user = query.get("user", "")
    if user == PRIVATE_USER:
        return Answer(403, {"message": "Login: User required to be logged in", "error": 17})
    if user.casefold() != world.settings.user_id:
        return Answer(404, {"message": "User not found", "error": 6})
    limit = min(max(int(query.get("limit", "50")), 1), 200)
    page, since = max(int(query.get("page", "1")), 1), int(query.get("from", "0"))
    until = int(query.get("to", "0")) or math.inf
    listens = [(t, at) for t, at in reversed(scrobbled(services)) if since <= at < until]
    rows = [_recent(services, track, at) for track, at in listens[(page - 1) * limit :][:limit]]
    about = {
        "user": world.settings.user_id,
        "page": page,
        "perPage": limit,
        "totalPages": -(-len(listens) // limit),
        "total": len(listens),
    }
    for track, _ in scrobbled(services)[-1:]:  # heard once more right now
        rows = [{**_recent(services, track, None), "@attr": {"nowplaying": "true"}}, *rows]
    attr = {key: str(value) for key, value in about.items()}
    shown = rows[0] if len(rows) == 1 else rows
    return Answer(body={"recenttracks": {"track": shown, "@attr": attr}})


def _recent(services: Services, track: Track, at: int | None) -> Json:
    row: Json = {
        "artist": {"mbid": "", "#text": services.world.catalogue.artists[track.artist_ids[0]].name},
        "streamable": "0",
        "image": [{"size": "small", "#text": ""}],
        "mbid": "",
        "album": {"mbid": "", "#text": services.world.catalogue.albums[track.album_id].name},
        "name": track.title,
        "url": "https://www.last.fm/music/_",
    }
    if at is not None:
        row["date"] = {
            "uts": str(at),
            "#text": f"{datetime.fromtimestamp(at, UTC):%d %b %Y, %H:%M}",
        }
    return row


def _tracks(services: Services, tracks: Iterable[Track]) -> list[Json]:
    artists = services.world.catalogue.artists
    return [
        {
            "name": each.title,
            "playcount": 1000 * each.popularity,
            "match": round(1 - 0.01 * place, 3),
            "duration": each.duration_ms // 1000,
            "artist": {"name": artists[each.artist_ids[0]].name},
        }
        for place, each in enumerate(tracks)
    ]


def _artist(services: Services, incoming: Incoming) -> Artist | None:
    asked = folded(incoming.http.query_params.get("artist", ""))
    artists = services.world.catalogue.artists.values()
    return next((a for a in artists if folded(a.name) == asked), None)


def _similar_artists(services: Services, incoming: Incoming) -> Answer:
    artist = _artist(services, incoming)
    if artist is None:
        return Answer(200, {"message": "The artist you supplied could not be found", "error": 6})
    near = _alike(services, artist, "lastfm")[: int(incoming.http.query_params.get("limit", "30"))]
    rows: list[Json] = [{"name": each.name, "match": "1"} for each in near]
    return Answer(body={"similarartists": {"artist": rows, "@attr": {"artist": artist.name}}})


def _top_tracks(services: Services, incoming: Incoming) -> Answer:
    artist = _artist(services, incoming)
    if artist is None:
        return Answer(200, {"message": "The artist you supplied could not be found", "error": 6})
    top = _top(services, artist)[: int(incoming.http.query_params.get("limit", "50"))]
    body = {"track": _tracks(services, top), "@attr": {"artist": artist.name}}
    return Answer(body={"toptracks": body})


_METHODS: dict[str, Callable[[Services, Incoming], Answer]] = {
    "artist.gettoptags": top_tags,
    "track.getsimilar": _similar_tracks,
    "artist.getsimilar": _similar_artists,
    "artist.gettoptracks": _top_tracks,
    "user.getrecenttracks": _recent_tracks,
}

ROUTES = (
    ("/listenbrainz/labs/similar-recordings/json", similar_recordings),
    ("/listenbrainz/labs/similar-artists/json", similar_artists),
    ("/listenbrainz/1/metadata/recording", recordings),
    ("/listenbrainz/1/popularity/top-recordings-for-artist/{mbid}", top_recordings),
)
LASTFM_ROUTES = (("/lastfm/2.0", last_fm),)
