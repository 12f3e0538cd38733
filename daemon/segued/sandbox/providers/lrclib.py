"""LRCLIB: lyrics by title and artist, found only under the names it has them."""

from __future__ import annotations

from segued.sandbox.account.catalogue import Track
from segued.sandbox.account.lyrics import folded, is_instrumental, lyrics_of, song_number, songbook
from segued.sandbox.answers import Answer, Json, RefusalError
from segued.sandbox.gate import Incoming, Services

DURATION_TOLERANCE_SECONDS = 2
_SEARCH_MOST = 20
_NAMES = {400: "ValidationError", 404: "TrackNotFound", 429: "TooManyRequests"}


def get(services: Services, incoming: Incoming) -> Answer:
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
    return Answer(body=_song(services, track))


def search(services: Services, incoming: Incoming) -> Answer:
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
    return Answer(body=[_song(services, track) for track in found[:_SEARCH_MOST]])


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


def _song(services: Services, track: Track) -> Json:
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


def worded(refusal: RefusalError) -> Answer:
    """A refusal as LRCLIB words it."""
    name = _NAMES.get(refusal.status, "UnknownError")
    body: Json = {"message": refusal.message, "name": name, "statusCode": refusal.status}
    return Answer(refusal.status, body, refusal.headers)


ROUTES = (
    ("/lrclib/api/get", get),
    ("/lrclib/api/search", search),
)
