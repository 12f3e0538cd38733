"""Genius: search over its API, lyrics on its pages."""

from __future__ import annotations

import html
import re

from segued.sandbox.account.catalogue import Track
from segued.sandbox.account.lyrics import folded, is_instrumental, lyrics_of, song_number, songbook
from segued.sandbox.answers import Answer, Json, RefusalError, not_found
from segued.sandbox.gate import Incoming, Services

_HITS = 10


def search(services: Services, incoming: Incoming) -> Answer:
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
    return Answer(body=_reply({"song": _song(services, track)}))


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
        {"highlights": [], "index": "song", "type": "song", "result": _song(services, track)}
        for *_, track in scored[:_HITS]
    ]


def _song(services: Services, track: Track) -> Json:
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


def worded(refusal: RefusalError) -> Answer:
    """A refusal as Genius words it."""
    meta = {"status": refusal.status, "message": refusal.message}
    return Answer(refusal.status, {"meta": meta}, refusal.headers)


ROUTES = (
    ("/genius/search", search),
    ("/genius/api/search", search_public),
    ("/genius/api/search/multi", search_multi),
    ("/genius/songs/{number}", song),
    ("/genius/{page}", page),
)
