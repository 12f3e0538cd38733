"""The one library of 2026: saving, removing and asking by URI, whatever the URI names."""

from __future__ import annotations

from collections.abc import Container

from segued.sandbox.account.world import World
from segued.sandbox.answers import Answer, RefusalError, lacks_scope
from segued.sandbox.spotify.operation import Call, Operation

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
    Operation("PUT", "/me/library", save, _WRITE),
    Operation("DELETE", "/me/library", remove, _WRITE),
    Operation("GET", "/me/library/contains", contains, _READ),
)
