"""Playlists, read: the list of them, one of them, its rows, its cover."""

from __future__ import annotations

import html

from segued.sandbox.account.listener import PlaylistRecord, Row
from segued.sandbox.account.world import timestamp
from segued.sandbox.calls import (
    Answer,
    Call,
    Json,
    Operation,
    forbidden,
    lacks_scope,
    not_found,
    page_at,
)


def find(call: Call) -> PlaylistRecord:
    """The playlist the path names. Spotify's own cannot be seen by apps."""
    record = call.world.account.playlists.get(call.path["id"])
    if record is None or record.spotify_owned:
        raise not_found()
    return record


def find_shown(call: Call) -> PlaylistRecord:
    """The playlist the path names as a read sees it now."""
    return find(call).seen(call.world.clock.now())


def belongs(call: Call, record: PlaylistRecord) -> bool:
    """Whether a playlist is the listener's own or shared with them."""
    return record.owner_id == call.world.settings.user_id or record.collaborative


def readable(call: Call, record: PlaylistRecord) -> bool:
    """Whether this app may see the rows: its user's own or shared ones; all in the old regime."""
    return belongs(call, record) or call.shapes.extended


def summary(call: Call, record: PlaylistRecord) -> Json:
    """A playlist as lists show it. Its description comes escaped for HTML, as Spotify's does."""
    shapes = call.shapes
    owner = {**shapes.named("user", record.owner_id), "display_name": record.owner_name}
    total = {"href": f"{call.base}/playlists/{record.id}/items", "total": len(record.rows)}
    shown: Json = {
        **shapes.named("playlist", record.id),
        "collaborative": record.collaborative,
        "description": html.escape(record.description, quote=True).replace("/", "&#x2F;"),
        "images": cover(call, record),
        "name": record.name,
        "owner": owner,
        "primary_color": None,
        "public": record.public,
        "snapshot_id": record.snapshot_id,
        "items": total,
    }
    if shapes.extended:
        shown["tracks"] = {**total, "href": f"{call.base}/playlists/{record.id}/tracks"}
    return shown


def cover(call: Call, record: PlaylistRecord) -> list[Json]:
    """The pictures of a playlist: the uploaded one, else a mosaic where there is something."""
    if record.cover is not None:
        return call.shapes.images(f"{record.id}:{len(record.cover)}", 640)
    if not record.rows:
        return []
    image = call.shapes.images(f"{record.id}:{record.rows[0].uri}", 640)[0]
    return [{**image, "height": None, "width": None}]


def row_json(call: Call, row: Row) -> Json:
    """One row: `item`, and in the old regime `track` beside it."""
    item: Json | None
    if row.is_local:
        item = call.shapes.local_file(row.uri)
    elif row.uri.startswith("spotify:episode:"):
        episode = call.world.catalogue.episodes.get(row.uri.removeprefix("spotify:episode:"))
        item = None if episode is None else call.shapes.episode(episode)
    else:
        track = call.world.track_of(row.uri)
        item = (
            None if track is None else {**call.shapes.track(track), "episode": False, "track": True}
        )
    added_by = call.shapes.named("user", row.added_by)
    shown: Json = {
        "added_at": timestamp(row.added_at),
        "added_by": added_by,
        "is_local": row.is_local,
        "primary_color": None,
        "item": item,
        "video_thumbnail": {"url": None},
    }
    if call.shapes.extended:
        shown["track"] = item
    return shown


def my_playlists(call: Call) -> Answer:
    """GET /me/playlists: Spotify's own lists stand in it for old apps only."""
    account = call.world.account
    now = call.world.clock.now()
    shown = [account.playlists[playlist_id].seen(now, read=False) for playlist_id in account.listed]
    if not call.shapes.extended:
        shown = [record for record in shown if not record.spotify_owned]
    if "playlist-read-collaborative" not in call.scopes:
        shown = [record for record in shown if not record.collaborative]
    return Answer(body=call.page("/me/playlists", shown, lambda playlist: summary(call, playlist)))


def get_playlist(call: Call) -> Answer:
    """GET /playlists/{id}: rows only where this app may see them; absent is not empty.

    `items` comes with one's own and shared playlists alone, in the old regime beside `tracks`.
    """
    record = find_shown(call)
    whole = summary(call, record)
    whole["followers"] = {"href": None, "total": 0}
    del whole["items"]
    names = ["items"] if belongs(call, record) else []
    for name in [*names, "tracks"] if call.shapes.extended else names:
        url = f"{call.base}/playlists/{record.id}/{name}"
        whole[name] = page_at(
            url, record.rows, lambda row: row_json(call, row), offset=0, limit=100
        )
    return Answer(body=whole)


def get_items(call: Call) -> Answer:
    """GET /playlists/{id}/items: 403 unless the user owns or shares it."""
    record = find_shown(call)
    if not readable(call, record):
        raise forbidden()
    if not record.public and "playlist-read-private" not in call.scopes:
        raise lacks_scope()
    path = f"/playlists/{record.id}/items"
    rows = call.page(path, record.rows, lambda row: row_json(call, row))
    return Answer(body=rows)


def get_cover(call: Call) -> Answer:
    """GET /playlists/{id}/images."""
    return Answer(body=cover(call, find(call)))


OPERATIONS = (
    Operation("GET", "/me/playlists", my_playlists, ("playlist-read-private",)),
    Operation("GET", "/playlists/{id}", get_playlist),
    Operation("GET", "/playlists/{id}/items", get_items),
    Operation("GET", "/playlists/{id}/images", get_cover),
)
