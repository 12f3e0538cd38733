"""Genius (search over its API, lyrics on its pages) and LRCLIB (lyrics by title and artist, found
only under the names it has them)."""

from __future__ import annotations

import html
import re

from segued.sandbox.account.catalogue import Track
from segued.sandbox.account.words import folded, is_instrumental, lyrics_of, song_number, songbook
from segued.sandbox.calls import Answer, Json, RefusalError, not_found
from segued.sandbox.gate import Incoming, Services

_HITS = 10


def genius_search(services: Services, incoming: Incoming) -> Answer:
    """GET /search?q=: songs, those with most of the words first. Needs a token."""
    _token(incoming)
    return search_public(services, incoming)


def search_public(services: Services, incoming: Incoming) -> Answer:
    """GET /api/search?q=: the same for the web page, which has no token."""
    return Answer(body=_reply({"hits": _hits(services, incoming.http.query_params.get("q", ""))}))


def search_multi(services: Services, incoming: Incoming) -> Answer:
    """GET /api/search/multi?q=: the same in sections, as the web page asks for it."""
    hits = _hits(services, incoming.http.query_params.get("q", ""))
    sections = [{"type": "top_hit", "hits": hits[:1]}, {"type": "song", "hits": hits}]
    return Answer(body=_reply({"sections": sections}))


def song(services: Services, incoming: Incoming) -> Answer:
    """GET /songs/{number}. Needs a token."""
    _token(incoming)
    track = _numbered(services, incoming.http.path_params["number"])
    if track is None:
        raise not_found()
    return Answer(body=_reply({"song": _genius_song(services, track)}))


def page(services: Services, incoming: Incoming) -> Answer:
    """The web page of a song, with its lyrics in the containers of the real one."""
    path = incoming.http.path_params["page"]
    track = _numbered(services, path.removesuffix("-lyrics").rpartition("-")[2])
    if track is None or _path(services, track) != f"/{path}":
        missing = b"<!DOCTYPE html><html><body>Oops! Page not found</body></html>"
        return Answer(404, missing, media_type="text/html; charset=utf-8")
    body = _page(services, track).encode()
    return Answer(200, body, media_type="text/html; charset=utf-8")


def _numbered(services: Services, number: str) -> Track | None:
    known = songbook(services.world.catalogue, "genius").values()
    return next((track for track in known if str(song_number(track)) == number), None)


def _hits(services: Services, text: str) -> list[Json]:
    words = set(folded(text).split())
    scored = []
    for (title, artist), track in songbook(services.world.catalogue, "genius").items():
        named = set(f"{title} {artist}".split())
        shared = len(words & named)
        if shared * 2 > len(words):
            scored.append((-shared, len(named), track.id, track))
    scored.sort(key=lambda hit: hit[:3])
    return [
        {"highlights": [], "index": "song", "type": "song", "result": _genius_song(services, track)}
        for *_, track in scored[:_HITS]
    ]


def _genius_song(services: Services, track: Track) -> Json:
    artist = services.world.catalogue.artists[track.artist_ids[0]]
    path = _path(services, track)
    return {
        "annotation_count": 0,
        "api_path": f"/songs/{song_number(track)}",
        "artist_names": services.world.catalogue.artist_line(track),
        "full_title": f"{track.title} by {artist.name}",
        "id": song_number(track),
        "instrumental": is_instrumental(track),
        "lyrics_state": "complete",
        "path": path,
        "title": track.title,
        "title_with_featured": track.title,
        "url": f"https://genius.com{path}",
        "primary_artist": {"id": song_number(track) % 100_000, "name": artist.name},
    }


def _path(services: Services, track: Track) -> str:
    artist = services.world.catalogue.artists[track.artist_ids[0]].name
    words = "-".join(re.findall(r"[a-z0-9]+", f"{artist} {track.title}".lower()))
    return f"/{words.capitalize()}-{song_number(track)}-lyrics"


def _page(services: Services, track: Track) -> str:
    parts = [
        f"[{name}]<br/>" + "<br/>".join(html.escape(line) for line in lines)
        for name, lines in lyrics_of(track)
    ]
    half = max(1, len(parts) // 2)
    containers = "".join(
        f'<div data-lyrics-container="true">{"<br/><br/>".join(some)}</div>'
        '<div class="RecommendedSongs">You might also like</div>'
        for some in (parts[:half], parts[half:])
        if some
    )
    title = html.escape(f"{track.title} by {services.world.catalogue.artist_line(track)}")
    header = '<div class="LyricsHeader__Container">3 Contributors</div>'
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f'<body><div id="lyrics-root">{header}{containers}</div></body></html>'
    )


def _token(incoming: Incoming) -> None:
    if not incoming.http.headers.get("authorization", "").removeprefix("Bearer").strip():
        raise RefusalError(401, "This call requires an access_token.")


def _reply(response: Json) -> Json:
    return {"meta": {"status": 200}, "response": response}


def genius_worded(refusal: RefusalError) -> Answer:
    """A refusal as Genius words it."""
    meta = {"status": refusal.status, "message": refusal.message}
    return Answer(refusal.status, {"meta": meta}, refusal.headers)


GENIUS_ROUTES = (
    ("/genius/search", genius_search),
    ("/genius/api/search", search_public),
    ("/genius/api/search/multi", search_multi),
    ("/genius/songs/{number}", song),
    ("/genius/{page}", page),
)


DURATION_TOLERANCE_SECONDS = 2
_SEARCH_MOST = 20
_NAMES = {400: "ValidationError", 404: "TrackNotFound", 429: "TooManyRequests"}


def lrclib_get(services: Services, incoming: Incoming) -> Answer:
    """GET /api/get: one song, or 404. Several artists in `artist_name` find nothing."""
    query = incoming.http.query_params
    for name in ("track_name", "artist_name"):
        if name not in query:
            text = f"Failed to deserialize query string: missing field `{name}`"
            return Answer(400, text.encode(), media_type="text/plain; charset=utf-8")
    known = songbook(services.world.catalogue, "lrclib")
    track = known.get((folded(query["track_name"]), folded(query["artist_name"])))
    if track is None or not _fits(services, track, query.get("album_name"), query.get("duration")):
        raise RefusalError(404, "Failed to find specified track")
    return Answer(body=_lrclib_song(services, track))


def lrclib_search(services: Services, incoming: Incoming) -> Answer:
    """GET /api/search: at most 20 songs whose names have every word."""
    query = incoming.http.query_params
    words = folded(query.get("q") or query.get("track_name", "")).split()
    artist = folded(query.get("artist_name", "")).split()
    if not words:
        return Answer(body=[])
    found = [
        track
        for (title, by), track in songbook(services.world.catalogue, "lrclib").items()
        if all(word in f"{title} {by}".split() for word in words)
        and all(word in by.split() for word in artist)
    ]
    return Answer(body=[_lrclib_song(services, track) for track in found[:_SEARCH_MOST]])


def _fits(services: Services, track: Track, album: str | None, duration: str | None) -> bool:
    if album and folded(album) != folded(services.world.catalogue.albums[track.album_id].name):
        return False
    if duration is None:
        return True
    try:
        asked = float(duration)
    except ValueError as wrong:
        raise RefusalError(400, "duration: must be a number") from wrong
    return abs(asked - track.duration_ms / 1000) <= DURATION_TOLERANCE_SECONDS


def _lrclib_song(services: Services, track: Track) -> Json:
    lines = [line for _, section in lyrics_of(track) for line in (*section, "")][:-1]
    step = track.duration_ms / 1000 / (len(lines) + 1)
    moments = [(number + 1) * step for number in range(len(lines))]
    synced = "\n".join(
        f"[{int(moment // 60):02d}:{moment % 60:05.2f}] {line}"
        for moment, line in zip(moments, lines, strict=True)
    )
    return {
        "id": song_number(track),
        "name": track.title,
        "trackName": track.title,
        "artistName": services.world.catalogue.artists[track.artist_ids[0]].name,
        "albumName": services.world.catalogue.albums[track.album_id].name,
        "duration": round(track.duration_ms / 1000, 1),
        "instrumental": is_instrumental(track),
        "plainLyrics": "\n".join(lines) or None,
        "syncedLyrics": synced or None,
    }


def lrclib_worded(refusal: RefusalError) -> Answer:
    """A refusal as LRCLIB words it."""
    name = _NAMES.get(refusal.status, "UnknownError")
    body: Json = {"message": refusal.message, "name": name, "statusCode": refusal.status}
    return Answer(refusal.status, body, refusal.headers)


LRCLIB_ROUTES = (
    ("/lrclib/api/get", lrclib_get),
    ("/lrclib/api/search", lrclib_search),
)
