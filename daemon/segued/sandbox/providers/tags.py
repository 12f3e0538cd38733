"""MusicBrainz, ListenBrainz and Last.fm as far as tags go: every artist has its genres, and what
listeners say besides."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from segued.sandbox.account.catalogue import Artist, Track
from segued.sandbox.account.words import GENRES, folded, share_of
from segued.sandbox.calls import Answer, Json, RefusalError
from segued.sandbox.gate import Incoming, Services

_ISRCS_KNOWN, _ARTISTS_TAGGED, LISTENED = 0.85, 0.9, 0.8
_SCROBBLED_BY_ID, _SCROBBLED_BY_ISRC = 0.6, 0.8
_MACHINES = 0.04
_CHATTER = ("seen live", "favourites", "2010s", "female vocalists", "albums i own")


class _Tag(NamedTuple):
    """A tag of an artist; `id` is None for one that is no genre."""

    id: str | None
    name: str
    votes: int


def isrc(services: Services, incoming: Incoming) -> Answer:
    """GET /ws/2/isrc/{isrc}?inc=artist-credits."""
    asked = incoming.http.path_params["isrc"]
    found = [
        track
        for track in services.world.catalogue.tracks.values()
        if track.isrc == asked and share_of(asked, "musicbrainz") < _ISRCS_KNOWN
    ]
    if not found:
        raise RefusalError(404, "Not Found")
    included = _included(incoming)
    rows = [_recording(services, track, included) for track in found[:1]]
    return Answer(body={"isrc": asked, "recordings": rows})


def recording(services: Services, incoming: Incoming) -> Answer:
    """GET /ws/2/recording/{mbid}?inc=genres+tags+artist-credits."""
    asked = incoming.http.path_params["mbid"]
    tracks = services.world.catalogue.tracks.values()
    track = next((each for each in tracks if mbid("recording", each.isrc) == asked), None)
    if track is None:
        raise RefusalError(404, "Not Found")
    return Answer(body=_recording(services, track, _included(incoming)))


def artist(services: Services, incoming: Incoming) -> Answer:
    """GET /ws/2/artist/{mbid}?inc=genres+tags."""
    asked = incoming.http.path_params["mbid"]
    artists = services.world.catalogue.artists.values()
    found = next((each for each in artists if mbid("artist", each.id) == asked), None)
    if found is None:
        raise RefusalError(404, "Not Found")
    body = {"id": asked, "name": found.name, "sort-name": found.name, "disambiguation": ""}
    tags = _tags(found)
    if "genres" in _included(incoming):
        body["genres"] = [
            {"id": row.id, "name": row.name, "count": row.votes} for row in tags if row.id
        ]
    if "tags" in _included(incoming):
        body["tags"] = [{"name": row.name, "count": row.votes} for row in tags]
    return Answer(body=body)


def genre_all(services: Services, incoming: Incoming) -> Answer:  # noqa: ARG001 (as every route)
    """GET /ws/2/genre/all?limit=&offset=."""
    query = incoming.http.query_params
    limit, offset = int(query.get("limit", "25")), int(query.get("offset", "0"))
    names = sorted({genre.name for genre in GENRES} | {"deep house", "zeuhl", "vapornoise"})
    rows = [{"id": mbid("genre", name), "name": name, "disambiguation": ""} for name in names]
    return Answer(
        body={
            "genre-count": len(rows),
            "genre-offset": offset,
            "genres": rows[offset : offset + min(limit, 100)],
        }
    )


def lookup(services: Services, incoming: Incoming) -> Answer:
    """GET /1/metadata/lookup/: the song that title and artist name, or an empty object."""
    query = incoming.http.query_params
    for name in ("artist_name", "recording_name"):
        if not query.get(name):
            raise RefusalError(400, f"{name} is required")
    asked = folded(query["recording_name"]), folded(query["artist_name"])
    catalogue = services.world.catalogue
    for track in catalogue.tracks.values():
        by = catalogue.artists[track.artist_ids[0]]
        if (folded(track.title), folded(by.name)) == asked and (
            share_of(track.isrc, "listenbrainz") < LISTENED
        ):
            return Answer(body=_looked_up(services, track, by))
    return Answer(body={})


def listens(services: Services, incoming: Incoming) -> Answer:
    """GET /1/user/{name}/listens?min_ts=&count=: the earliest after a moment, newest first.

    Of some the Spotify id is told, of some the ISRC, of the others title and artist alone.
    """
    world, query = services.world, incoming.http.query_params
    if incoming.http.path_params["name"] != world.settings.user_id:
        raise RefusalError(404, "Cannot find user")
    since, count = int(query.get("min_ts", "0")), min(int(query.get("count", "25")), 1000)
    found = [(track, began) for track, began in scrobbled(services) if began > since]
    rows = [_listen(services, track, began) for track, began in found[:count]][::-1]
    body = {"count": len(rows), "user_id": world.settings.user_id, "listens": rows}
    return Answer(body={"payload": body})


def scrobbled(services: Services) -> list[tuple[Track, int]]:
    """What was heard for half its length and when it began, in Unix seconds, oldest first."""
    found = []
    for play in services.world.counted_plays():
        track = services.world.catalogue.tracks[play.track_id]
        if 2 * play.ms_played >= track.duration_ms:
            began = int((play.ended_at - timedelta(milliseconds=play.ms_played)).timestamp())
            found.append((track, began))
    return found


def _listen(services: Services, track: Track, began: int) -> Json:
    names = [services.world.catalogue.artists[each].name for each in track.artist_ids]
    told, info = share_of(f"{track.id}{began}", "scrobbled"), Json()
    if told < _SCROBBLED_BY_ID:
        info = {"spotify_id": f"https://open.spotify.com/track/{track.id}", "artist_names": names}
    elif told < _SCROBBLED_BY_ISRC:
        info = {"isrc": track.isrc}
    metadata = {
        "track_name": track.title,
        "artist_name": " & ".join(names),
        "release_name": services.world.catalogue.albums[track.album_id].name,
        "additional_info": info,
    }
    return {"listened_at": began, "track_metadata": metadata}


def top_tags(services: Services, incoming: Incoming) -> Answer:
    """GET /2.0/?method=artist.gettoptags: the tags of an artist, the first at 100."""
    asked = folded(incoming.http.query_params.get("artist", ""))
    found = [a for a in services.world.catalogue.artists.values() if folded(a.name) == asked]
    if not found:
        return Answer(200, {"message": "The artist you supplied could not be found", "error": 6})
    tags = _tags(found[0])
    top = max((row.votes for row in tags), default=1)
    rows = [{"count": round(100 * row.votes / top), "name": row.name} for row in tags]
    return Answer(body={"toptags": {"tag": rows, "@attr": {"artist": found[0].name}}})


def machine_artists(services: Services) -> tuple[str, ...]:
    """The ids of the artists that the public list names."""
    artists = services.world.catalogue.artists
    return tuple(each for each in artists if share_of(each, "machine") < _MACHINES)


def machine_list(services: Services, incoming: Incoming) -> Answer:  # noqa: ARG001 (as every route)
    """GET /lists/machine-artists.csv: a heading, then a name and a link a row."""
    artists = services.world.catalogue.artists
    rows = [
        f'"{artists[each].name}",https://open.spotify.com/artist/{each}'
        for each in machine_artists(services)
    ]
    text = "\n".join(["artist,link", *rows, ""])
    return Answer(body=text.encode(), media_type="text/csv; charset=utf-8")


def mbid(kind: str, name: str) -> str:
    """The made-up MusicBrainz id of a thing."""
    digest = blake2b(f"{kind}:{name}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


def _included(incoming: Incoming) -> set[str]:
    return set(incoming.http.query_params.get("inc", "").replace(" ", "+").split("+"))


def _recording(services: Services, track: Track, included: set[str]) -> Json:
    row: Json = {
        "id": mbid("recording", track.isrc),
        "title": track.title,
        "length": track.duration_ms,
        "video": False,
        "disambiguation": "",
    }
    if "artist-credits" in included:
        artists = [services.world.catalogue.artists[each] for each in track.artist_ids]
        row["artist-credit"] = [
            {
                "name": each.name,
                "joinphrase": "" if each is artists[-1] else " & ",
                "artist": {"id": mbid("artist", each.id), "name": each.name},
            }
            for each in artists
        ]
    if "tags" in included:
        row["tags"] = [{"name": track.genre, "count": 2}]
    return row


def _tags(of: Artist) -> list[_Tag]:
    """An artist's genres by votes, falling, then what is said besides; few have none at all."""
    if share_of(of.id, "tagged") >= _ARTISTS_TAGGED:
        return []
    votes = 3 + int(share_of(of.id, "votes") * 40)
    rows = [
        _Tag(mbid("genre", name), name, max(1, votes >> place))
        for place, name in enumerate(of.genres)
    ]
    chatter = _CHATTER[int(share_of(of.id, "chatter") * len(_CHATTER))]
    return [*rows, _Tag(None, chatter, max(1, votes // 3))]


def _looked_up(services: Services, track: Track, by: Artist) -> Json:
    artists = [services.world.catalogue.artists[each] for each in track.artist_ids]
    return {
        "artist_credit_name": " & ".join(each.name for each in artists),
        "artist_mbids": [mbid("artist", each.id) for each in artists],
        "recording_mbid": mbid("recording", track.isrc),
        "recording_name": track.title,
        "release_mbid": mbid("release", track.album_id),
        "release_name": services.world.catalogue.albums[track.album_id].name,
        "metadata": {
            "artist": {
                "name": by.name,
                "artists": [
                    {"artist_mbid": mbid("artist", each.id), "name": each.name, "type": "Group"}
                    for each in artists
                ],
            },
            "recording": {"length": track.duration_ms, "rels": []},
            "tag": {
                "artist": [
                    {
                        "artist_mbid": mbid("artist", each.id),
                        "count": row.votes,
                        "genre_mbid": row.id,
                        "tag": row.name,
                    }
                    for each in artists
                    for row in _tags(each)
                ],
                "recording": [],
            },
        },
    }


def genres_of(artist: Artist) -> tuple[str, ...]:
    """The genres among an artist's tags; few have none at all."""
    return tuple(row.name for row in _tags(artist) if row.id)


def worded(refusal: RefusalError) -> Answer:
    """A refusal as these services word it."""
    body: Json = {"error": refusal.message, "code": refusal.status}
    return Answer(refusal.status, body, refusal.headers)


_CODES = {
    400: (5, "Invalid format"),
    429: (29, "Rate limit exceeded"),
    503: (11, "Service Offline"),
}


def last_fm_worded(refusal: RefusalError) -> Answer:
    """A refusal as Last.fm words it: by a number of its own."""
    code, message = _CODES.get(refusal.status, (8, "Operation failed"))
    return Answer(refusal.status, {"message": message, "error": code}, refusal.headers)


ROUTES = (
    ("/musicbrainz/ws/2/isrc/{isrc}", isrc),
    ("/musicbrainz/ws/2/recording/{mbid}", recording),
    ("/musicbrainz/ws/2/artist/{mbid}", artist),
    ("/musicbrainz/ws/2/genre/all", genre_all),
    ("/listenbrainz/1/metadata/lookup", lookup),
    ("/listenbrainz/1/user/{name}/listens", listens),
    ("/lists/machine-artists.csv", machine_list),
)
