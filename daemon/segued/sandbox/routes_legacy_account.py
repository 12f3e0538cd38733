"""The old account routes: refused to Development Mode apps, kept for Extended Quota ones."""

from __future__ import annotations

from functools import partial

from segued.sandbox.answers import Answer, Call, Operation, RefusalError, not_found
from segued.sandbox.paging import page
from segued.sandbox.routes_legacy import ids_of
from segued.sandbox.routes_library import has, remove_one, save_one
from segued.sandbox.routes_playlist_writes import (
    WRITE_SCOPES,
    add_items,
    create,
    put_items,
    remove_items,
)
from segued.sandbox.routes_playlists import find, get_items, summary


def save_ids(call: Call, *, kind: str, done: int = 200) -> Answer:
    """PUT of tracks, albums or artists by id."""
    for one in reversed(ids_of(call, 50)):
        save_one(call.world, kind, one)
    return Answer(done)


def remove_ids(call: Call, *, kind: str, done: int = 200) -> Answer:
    """DELETE of tracks, albums or artists by id."""
    for one in ids_of(call, 50):
        remove_one(call.world, kind, one)
    return Answer(done)


def contains_ids(call: Call, *, kind: str) -> Answer:
    """Whether tracks, albums or artists are in the library, by id."""
    return Answer(body=[has(call.world, kind, one) for one in ids_of(call, 50)])


def follow(call: Call) -> Answer:
    """PUT /playlists/{id}/followers."""
    save_one(call.world, "playlist", find(call).id)
    return Answer(200)


def unfollow(call: Call) -> Answer:
    """DELETE /playlists/{id}/followers."""
    remove_one(call.world, "playlist", find(call).id)
    return Answer(200)


def follows(call: Call) -> Answer:
    """GET /playlists/{id}/followers/contains."""
    return Answer(body=[has(call.world, "playlist", find(call).id)])


def user(call: Call) -> Answer:
    """GET /users/{user_id}."""
    user_id = call.path["user_id"]
    names = {one.owner_id: one.owner_name for one in call.world.account.playlists.values()}
    names[call.world.settings.user_id] = call.world.settings.display_name
    if user_id not in names:
        raise not_found()
    return Answer(
        body={
            **call.shapes.named("user", user_id),
            "display_name": names[user_id],
            "followers": {"href": None, "total": 21},
            "images": call.shapes.images(user_id, 300, 64),
        }
    )


def user_playlists(call: Call) -> Answer:
    """GET /users/{user_id}/playlists: the public ones."""
    user_id = call.path["user_id"]
    shown = [
        one
        for one in call.world.account.playlists.values()
        if one.owner_id == user_id and one.public
    ]
    path = f"/users/{user_id}/playlists"
    return Answer(body=page(call, path, shown, lambda one: summary(call, one)))


def create_for_user(call: Call) -> Answer:
    """POST /users/{user_id}/playlists, for oneself."""
    if call.path["user_id"] != call.world.settings.user_id:
        raise RefusalError(403, "You cannot create a playlist for another user")
    return create(call)


def _library(kind: str, path: str, scopes: tuple[str, str], done: int) -> tuple[Operation, ...]:
    change, read = scopes
    return (
        Operation("PUT", path, partial(save_ids, kind=kind, done=done), (change,), removed=True),
        Operation(
            "DELETE", path, partial(remove_ids, kind=kind, done=done), (change,), removed=True
        ),
        Operation(
            "GET", f"{path}/contains", partial(contains_ids, kind=kind), (read,), removed=True
        ),
    )


_SAVED = ("user-library-modify", "user-library-read")
_FOLLOWED = ("user-follow-modify", "user-follow-read")
_LISTS = ("playlist-read-private", "playlist-read-collaborative")
_ROWS = "/playlists/{id}/tracks"
_FOLLOWERS = "/playlists/{id}/followers"

OPERATIONS = (
    *_library("track", "/me/tracks", _SAVED, 200),
    *_library("album", "/me/albums", _SAVED, 200),
    *_library("artist", "/me/following", _FOLLOWED, 204),
    Operation("GET", _ROWS, partial(get_items, name="tracks", maximum=100), removed=True),
    Operation("POST", _ROWS, add_items, WRITE_SCOPES, removed=True),
    Operation("PUT", _ROWS, put_items, WRITE_SCOPES, removed=True),
    Operation("DELETE", _ROWS, partial(remove_items, key="tracks"), WRITE_SCOPES, removed=True),
    Operation("PUT", _FOLLOWERS, follow, WRITE_SCOPES, removed=True),
    Operation("DELETE", _FOLLOWERS, unfollow, WRITE_SCOPES, removed=True),
    Operation("GET", f"{_FOLLOWERS}/contains", follows, removed=True),
    Operation("GET", "/users/{user_id}", user, removed=True),
    Operation("GET", "/users/{user_id}/playlists", user_playlists, _LISTS, removed=True),
    Operation("POST", "/users/{user_id}/playlists", create_for_user, WRITE_SCOPES, removed=True),
)
