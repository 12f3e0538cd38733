"""The catalogue, one thing at a time: tracks, albums, artists, episodes; and search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from segued.sandbox.account.catalogue import Album, Catalogue, Features, Track, is_id
from segued.sandbox.calls import Answer, Call, Json, Operation, RefusalError, not_found, page_at
from segued.sandbox.spotify.playlists import summary

Thing = TypeVar("Thing")
_KINDS = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")


def named(call: Call, things: Mapping[str, Thing]) -> Thing:
    """What the path names by its id."""
    asked = call.path["id"]
    if not is_id(asked):
        raise RefusalError(400, "invalid id")
    if asked not in things:
        raise not_found()
    return things[asked]


def get_track(call: Call) -> Answer:
    """GET /tracks/{id}."""
    return Answer(body=call.shapes.track(named(call, call.world.catalogue.tracks)))


def get_album(call: Call) -> Answer:
    """GET /albums/{id}."""
    return Answer(body=call.shapes.album(named(call, call.world.catalogue.albums)))


def get_album_tracks(call: Call) -> Answer:
    """GET /albums/{id}/tracks."""
    album = named(call, call.world.catalogue.albums)
    path = f"/albums/{album.id}/tracks"
    return Answer(body=call.page(path, album.track_ids, call.shapes.track_brief))


def get_artist(call: Call) -> Answer:
    """GET /artists/{id}."""
    return Answer(body=call.shapes.artist(named(call, call.world.catalogue.artists)))


def get_artist_albums(call: Call) -> Answer:
    """GET /artists/{id}/albums, newest first; at most 10 a page for restricted apps."""
    artist = named(call, call.world.catalogue.artists)
    groups = call.query.get("include_groups", "")
    wanted = set(groups.split(",")) if groups else {"album", "single", "appears_on", "compilation"}
    today = call.world.clock.now().date().isoformat()
    own = [
        album
        for album in call.world.catalogue.albums.values()
        if artist.id in album.artist_ids
        and album.album_type in wanted
        and album.release_date <= today
    ]
    own.sort(key=lambda album: album.release_date, reverse=True)

    def shape(album: Album) -> Json:
        shown = dict(call.shapes.album_brief(album.id))
        if call.shapes.extended:
            shown["album_group"] = album.album_type
        return shown

    extra = (("include_groups", groups),) if groups else ()
    most, usual = (50, 20) if call.shapes.extended else (10, 5)
    path = f"/artists/{artist.id}/albums"
    return Answer(body=call.page(path, own, shape, default=usual, maximum=most, extra=extra))


def get_episode(call: Call) -> Answer:
    """GET /episodes/{id}."""
    return Answer(body=call.shapes.episode(named(call, call.world.catalogue.episodes)))


def search(call: Call) -> Answer:
    """GET /search: at most 10 of each kind for restricted apps, 5 by default."""
    text, kinds = call.query.get("q", ""), call.query.get("type", "").split(",")
    if not text.strip():
        raise RefusalError(400, "No search query")
    if not all(kind in _KINDS for kind in kinds):
        raise RefusalError(400, "Bad search type field")
    most, usual = (50, 20) if call.shapes.extended else (10, 5)
    limit, offset = call.limit(default=usual, maximum=most), call.offset(maximum=1000)
    query, world, shapes = parse_query(text), call.world, call.shapes
    page = partial(page_at, f"{call.base}/search", offset=offset, limit=limit)
    answer: Json = {}
    for kind in kinds:
        extra = (("query", text), ("type", kind))
        if kind == "track":
            found = find_tracks(world.catalogue, query)
            answer["tracks"] = page(found, shapes.track_by_id, extra=extra)
        elif kind == "album":
            found = find_albums(world.catalogue, query)
            answer["albums"] = page(found, shapes.album_brief, extra=extra)
        elif kind == "artist":
            artists = [
                world.catalogue.artists[each] for each in find_artists(world.catalogue, query)
            ]
            answer["artists"] = page(artists, shapes.artist, extra=extra)
        else:
            records = [
                record
                for record in world.account.playlists.values()
                if kind == "playlist" and query.names(record.name) and not record.spotify_owned
            ]
            answer[f"{kind}s"] = page(records, partial(summary, call), extra=extra)
    return Answer(body=answer)


_FILTER = re.compile(r'\b(track|artist|album|isrc|genre|year|upc):("[^"]*"|\S+)')


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: field filters, each in lower case, and free words."""

    filters: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    def names(self, text: str) -> bool:
        """Whether every free word is in a text."""
        folded = text.casefold()
        return all(word in folded for word in self.words)


def parse_query(text: str) -> Query:
    """Read a query: `track:"Lost Storm" artist:Bell night` has two filters and one word."""
    filters = tuple((name, value.strip('"').casefold()) for name, value in _FILTER.findall(text))
    free = _FILTER.sub(" ", text).replace('"', " ").casefold()
    return Query(filters, tuple(free.split()))


def find_tracks(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of tracks that match, exact titles first, then by popularity."""
    found = []
    for track in catalogue.tracks.values():
        line = catalogue.artist_line(track)
        album = catalogue.albums[track.album_id]
        fields = {
            "track": track.title,
            "artist": line,
            "album": album.name,
            "isrc": track.isrc,
            "genre": track.genre,
        }
        if _passes(query, fields, album.release_date) and query.names(
            f"{track.title} {line} {album.name}"
        ):
            exact = track.title.casefold() == " ".join(query.words)
            found.append((not exact, -track.popularity, track.id))
    return [track_id for _, _, track_id in sorted(found)]


def find_albums(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of albums that match, by popularity."""
    found = []
    for album in catalogue.albums.values():
        line = ", ".join(catalogue.artists[artist_id].name for artist_id in album.artist_ids)
        fields = {"album": album.name, "artist": line, "upc": album.upc}
        if _passes(query, fields, album.release_date) and query.names(f"{album.name} {line}"):
            found.append((-album.popularity, album.id))
    return [album_id for _, album_id in sorted(found)]


def find_artists(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of artists that match, by popularity."""
    found = []
    for artist in catalogue.artists.values():
        fields = {"artist": artist.name, "genre": " ".join(artist.genres)}
        if _passes(query, fields, None) and query.names(artist.name):
            found.append((-artist.popularity, artist.id))
    return [artist_id for _, artist_id in sorted(found)]


def _passes(query: Query, fields: dict[str, str], released: str | None) -> bool:
    return all(
        _in_years(released, value) if name == "year" else value in fields.get(name, "").casefold()
        for name, value in query.filters
    )


def _in_years(released: str | None, years: str) -> bool:
    bounds: Iterable[str] = years.split("-", 1)
    numbers = [int(bound) for bound in bounds if bound.isdigit()]
    if not numbers or released is None or not released[:4].isdigit():
        return False
    return numbers[0] <= int(released[:4]) <= numbers[-1]


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
    return Answer(body=features_json(call, named(call, call.world.catalogue.tracks)))


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
    Operation("GET", "/tracks/{id}", get_track),
    Operation("GET", "/albums/{id}", get_album),
    Operation("GET", "/albums/{id}/tracks", get_album_tracks),
    Operation("GET", "/artists/{id}", get_artist),
    Operation("GET", "/artists/{id}/albums", get_artist_albums),
    Operation("GET", "/episodes/{id}", get_episode, ("user-read-playback-position",)),
    Operation("GET", "/search", search),
    Operation("GET", "/audio-features", several_features, removed=True),
    Operation("GET", "/audio-features/{id}", one_features, removed=True),
    *(
        Operation(method, path, _absent, removed=True)
        for method, *paths in map(str.split, _REFUSED.strip().splitlines())
        for path in paths
    ),
)
