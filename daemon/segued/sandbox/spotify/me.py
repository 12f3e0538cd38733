"""What the account has: /me, its tracks, albums, top lists, plays, and /me/library."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container
from datetime import timedelta

from segued.sandbox.account.listener import PlayRecord
from segued.sandbox.account.world import World, epoch_ms, timestamp, timestamp_ms
from segued.sandbox.calls import Answer, Call, Json, Operation, RefusalError, lacks_scope

_PAST = 50


def me(call: Call) -> Answer:
    """GET /me."""
    settings = call.world.settings
    user: Json = {
        **call.shapes.named("user", settings.user_id),
        "account_id": f"acct{settings.seed:06d}",
        "display_name": settings.display_name,
        "images": call.shapes.images(settings.user_id, 300, 64),
    }
    if call.shapes.extended:
        user["followers"] = {"href": None, "total": 21}
        if "user-read-private" in call.scopes:
            user["country"] = "NL"
            user["product"] = "premium"
            user["explicit_content"] = {"filter_enabled": False, "filter_locked": False}
        if "user-read-email" in call.scopes:
            user["email"] = f"{settings.user_id}@example.org"
    return Answer(body=user)


def saved_tracks(call: Call) -> Answer:
    """GET /me/tracks, newest first."""

    def row(track_id: str) -> Json:
        added_at = call.world.account.likes[track_id]
        return {"added_at": timestamp(added_at), "track": call.shapes.track_by_id(track_id)}

    return Answer(body=call.page("/me/tracks", list(call.world.account.likes), row))


def saved_albums(call: Call) -> Answer:
    """GET /me/albums, newest first."""

    def row(album_id: str) -> Json:
        album = call.shapes.album(call.world.catalogue.albums[album_id])
        return {"added_at": timestamp(call.world.account.albums[album_id]), "album": album}

    return Answer(body=call.page("/me/albums", list(call.world.account.albums), row))


def _time_range(call: Call) -> tuple[str, tuple[tuple[str, str], ...]]:
    asked = call.query.get("time_range")
    time_range = asked or "medium_term"
    if time_range not in ("short_term", "medium_term", "long_term"):
        raise RefusalError(400, "Invalid time range")
    return time_range, ((("time_range", asked),) if asked else ())


def top_tracks(call: Call) -> Answer:
    """GET /me/top/tracks."""
    time_range, extra = _time_range(call)
    ids = call.world.top_tracks(time_range)
    return Answer(body=call.page("/me/top/tracks", ids, call.shapes.track_by_id, extra=extra))


def top_artists(call: Call) -> Answer:
    """GET /me/top/artists; these carry genres."""
    time_range, extra = _time_range(call)
    artists = [
        call.world.catalogue.artists[artist_id] for artist_id in call.world.top_artists(time_range)
    ]
    return Answer(body=call.page("/me/top/artists", artists, call.shapes.artist, extra=extra))


def recently_played(call: Call) -> Answer:
    """GET /me/player/recently-played: the last 50 plays of over 30 s, newest first, no total."""
    limit = call.limit(default=20, maximum=50)
    if "after" in call.query and "before" in call.query:
        raise RefusalError(400, "Only one of 'before' or 'after' can be specified")
    plays = call.world.counted_plays()[-_PAST:]
    moments = [epoch_ms(play.ended_at) for play in plays]
    if (after := _moment(call, "after")) is not None:
        start = bisect_right(moments, after)
        plays, moments = plays[start:], moments[start:]
        plays, moments = plays[-limit:], moments[-limit:]
    else:
        before = _moment(call, "before")
        end = len(plays) if before is None else bisect_left(moments, before)
        plays, moments = plays[max(0, end - limit) : end], moments[max(0, end - limit) : end]
    path = f"{call.base}/me/player/recently-played"
    older = bool(plays) and after is None and plays[0] is not call.world.counted_plays()[-_PAST:][0]
    return Answer(
        body={
            "href": f"{path}?limit={limit}",
            "items": [play_row(call, play) for play in reversed(plays)],
            "limit": limit,
            "next": f"{path}?before={moments[0]}&limit={limit}" if older else None,
            "cursors": {"after": str(moments[-1]), "before": str(moments[0])} if plays else None,
        }
    )


def play_row(call: Call, play: PlayRecord) -> Json:
    """A play; Spotify notes now its end, now its start."""
    moment = play.ended_at
    if "played_at_start" in call.faults:
        moment -= timedelta(milliseconds=play.ms_played)
    context: Json | None = None
    if play.context_uri:
        _, kind, entity_id = play.context_uri.split(":")
        named = call.shapes.named(kind, entity_id)
        context = {key: named[key] for key in ("type", "external_urls", "href", "uri")}
    return {
        "track": call.shapes.track_by_id(play.track_id),
        "played_at": timestamp_ms(moment),
        "context": context,
    }


def _moment(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        return int(text)
    except ValueError as wrong:
        raise RefusalError(400, f"Invalid {name}") from wrong


def followed_artists(call: Call) -> Answer:
    """GET /me/following?type=artist, by cursor."""
    if call.query.get("type") != "artist":
        raise RefusalError(400, "Invalid type")
    limit = call.limit(default=20, maximum=50)
    followed = list(call.world.account.artists)
    after = call.query.get("after")
    start = followed.index(after) + 1 if after in followed else 0
    shown = followed[start : start + limit]
    more = start + limit < len(followed)
    path = f"{call.base}/me/following?type=artist"
    return Answer(
        body={
            "artists": {
                "href": f"{path}&limit={limit}",
                "items": [
                    call.shapes.artist(call.world.catalogue.artists[artist_id])
                    for artist_id in shown
                ],
                "limit": limit,
                "next": f"{path}&limit={limit}&after={shown[-1]}" if more else None,
                "cursors": {"after": shown[-1] if more else None},
                "total": len(followed),
            }
        }
    )


def player(_: Call) -> Answer:
    """GET /me/player: nothing is playing."""
    return Answer(204)


URIS_A_CALL = 40
_WRITE = ("user-library-modify", "user-follow-modify", "playlist-modify-public")
_READ = ("user-library-read", "user-follow-read", "playlist-read-private")
_SCOPES = {
    "track": ("user-library-modify", "user-library-read"),
    "album": ("user-library-modify", "user-library-read"),
    "artist": ("user-follow-modify", "user-follow-read"),
    "playlist": ("playlist-modify-public", "playlist-read-private"),
}
"""Of each kind: the scope that changes it and the one that reads it."""


def _uris(call: Call, *, read: bool) -> list[tuple[str, str]]:
    """The kinds and ids the `uris` parameter names, looked at whole before anything is done."""
    listed = [uri for uri in call.query.get("uris", "").split(",") if uri]
    if not listed:
        raise RefusalError(400, "Missing required parameter: uris")
    if len(listed) > URIS_A_CALL:
        raise RefusalError(400, f"Too many uris. Maximum: {URIS_A_CALL}")
    named = []
    for uri in listed:
        parts = uri.split(":")
        if len(parts) != 3 or parts[0] != "spotify" or parts[1] not in _SCOPES:
            raise RefusalError(400, f"Invalid uri: {uri}")
        if _SCOPES[parts[1]][read] not in call.scopes:
            raise lacks_scope()
        named.append((parts[1], parts[2]))
    return named


def save(call: Call) -> Answer:
    """PUT /me/library?uris=. What is named first ends up newest."""
    for kind, entity_id in reversed(_uris(call, read=False)):
        save_one(call.world, kind, entity_id)
    return Answer(200)


def remove(call: Call) -> Answer:
    """DELETE /me/library?uris=. What is not there is no mistake."""
    for kind, entity_id in _uris(call, read=False):
        remove_one(call.world, kind, entity_id)
    return Answer(200)


def contains(call: Call) -> Answer:
    """GET /me/library/contains?uris=: one truth value a URI, in order."""
    named = _uris(call, read=True)
    return Answer(body=[has(call.world, kind, entity_id) for kind, entity_id in named])


def has(world: World, kind: str, entity_id: str) -> bool:
    """Whether something is in the listener's library."""
    account = world.account
    library: dict[str, Container[str]] = {
        "track": account.likes,
        "album": account.albums,
        "artist": account.artists,
        "playlist": account.listed,
    }
    return entity_id in library[kind]


def save_one(world: World, kind: str, entity_id: str) -> None:
    """Put one thing into the library, newest; what is there stays as it is."""
    if has(world, kind, entity_id):
        return
    account, catalogue = world.account, world.catalogue
    if kind == "playlist":
        if entity_id in account.playlists:
            account.listed.insert(0, entity_id)
        return
    saved, known = {
        "track": (account.likes, entity_id in catalogue.tracks),
        "album": (account.albums, entity_id in catalogue.albums),
        "artist": (account.artists, entity_id in catalogue.artists),
    }[kind]
    if known:
        older = dict(saved)
        saved.clear()
        saved.update({entity_id: world.clock.now().replace(microsecond=0), **older})


def remove_one(world: World, kind: str, entity_id: str) -> None:
    """Take one thing out of the library. A playlist taken out is deleted, or no longer followed."""
    account = world.account
    if kind == "playlist":
        if entity_id in account.listed:
            account.listed.remove(entity_id)
        return
    saved = {"track": account.likes, "album": account.albums, "artist": account.artists}[kind]
    saved.pop(entity_id, None)


OPERATIONS = (
    Operation("GET", "/me", me),
    Operation("GET", "/me/tracks", saved_tracks, ("user-library-read",)),
    Operation("GET", "/me/albums", saved_albums, ("user-library-read",)),
    Operation("GET", "/me/top/tracks", top_tracks, ("user-top-read",)),
    Operation("GET", "/me/top/artists", top_artists, ("user-top-read",)),
    Operation("GET", "/me/player/recently-played", recently_played, ("user-read-recently-played",)),
    Operation("GET", "/me/following", followed_artists, ("user-follow-read",)),
    Operation("GET", "/me/player", player, ("user-read-playback-state",)),
    Operation("PUT", "/me/library", save, _WRITE),
    Operation("DELETE", "/me/library", remove, _WRITE),
    Operation("GET", "/me/library/contains", contains, _READ),
)
