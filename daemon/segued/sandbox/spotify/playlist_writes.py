"""Playlists, written: made, renamed, filled, reordered, given a cover."""

from __future__ import annotations

import base64
import binascii
import re

from segued.sandbox.account.listener import PlaylistRecord, moved
from segued.sandbox.calls import (
    Answer,
    Call,
    Json,
    Operation,
    RefusalError,
    forbidden,
    lacks_scope,
    page_at,
)
from segued.sandbox.spotify.playlists import find, summary

WRITE_SCOPES = ("playlist-modify-public", "playlist-modify-private")
URIS_A_WRITE = 100
COVER_BYTES = 256 * 1024
_URI = re.compile(r"spotify:(track|episode):[0-9A-Za-z]{22}")


def find_writable(call: Call) -> PlaylistRecord:
    """The playlist the path names, if this token may change it."""
    record = find(call)
    if record.owner_id != call.world.settings.user_id and not record.collaborative:
        raise forbidden()
    needed = "playlist-modify-public" if record.public else "playlist-modify-private"
    if needed not in call.scopes:
        raise lacks_scope()
    return record


def create(call: Call) -> Answer:
    """POST /me/playlists. Public by default."""
    body = call.json_object()
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RefusalError(400, "Missing required field: name")
    public, collaborative = body.get("public", True), body.get("collaborative", False)
    if not isinstance(public, bool) or not isinstance(collaborative, bool):
        raise RefusalError(400, "Error parsing JSON.")
    if collaborative and public:
        raise RefusalError(400, "Collaborative playlists can only be private.")
    needed = "playlist-modify-public" if public else "playlist-modify-private"
    if needed not in call.scopes:
        raise lacks_scope()
    description = body.get("description") or ""
    record = call.world.create_playlist(
        name, description=str(description), public=public, collaborative=collaborative
    )
    whole = summary(call, record)
    whole["followers"] = {"href": None, "total": 0}
    for name in ("items", "tracks") if call.shapes.extended else ("items",):
        url = f"{call.base}/playlists/{record.id}/{name}"
        whole[name] = page_at(url, (), lambda row: row, offset=0, limit=100)
    return Answer(201, whole)


def change_details(call: Call) -> Answer:
    """PUT /playlists/{id}."""
    record = find_writable(call)
    if record.owner_id != call.world.settings.user_id:
        raise forbidden()
    body = call.json_object()
    name, description = body.get("name"), body.get("description")
    public, collaborative = body.get("public"), body.get("collaborative")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise RefusalError(400, "Error parsing JSON.")
    for flag in (public, collaborative):
        if flag is not None and not isinstance(flag, bool):
            raise RefusalError(400, "Error parsing JSON.")
    if isinstance(description, str) and description == "":
        raise RefusalError(400, "Error parsing JSON.")
    if isinstance(name, str):
        record.name = name
    if isinstance(description, str):
        record.description = description
    if isinstance(public, bool):
        record.public = public
    if isinstance(collaborative, bool):
        record.collaborative = collaborative
    record.changed()
    return Answer(200)


def _uris(call: Call, listed: object) -> list[str]:
    """URIs fit to be written. Refuses malformed ones by name, and over a hundred; a dead one
    makes the whole request fail as 502, as the service does."""
    if "uris" in call.query:
        listed = [uri for uri in call.query["uris"].split(",") if uri]
    if not isinstance(listed, list) or not all(isinstance(uri, str) for uri in listed):
        raise RefusalError(400, "Error parsing JSON.")
    if len(listed) > URIS_A_WRITE:
        raise RefusalError(400, f"You can add a maximum of {URIS_A_WRITE} tracks per request.")
    for uri in listed:
        if not _URI.fullmatch(uri):
            raise RefusalError(400, f"JSON body contains an invalid track uri: {uri}")
    if not all(call.world.writable(uri) for uri in listed):
        raise RefusalError(502, "Bad gateway.")
    return listed


def add_items(call: Call) -> Answer:
    """POST /playlists/{id}/items with `uris` and a `position`; a bare array is refused."""
    record = find_writable(call)
    given = call.json_object()
    uris = _uris(call, given.get("uris", []))
    if not uris:
        raise RefusalError(400, "No uris provided")
    position: object = given.get("position")
    if "position" in call.query:
        position = int(call.query["position"]) if call.query["position"].isdigit() else -1
    place = len(record.rows) if position is None else position
    if not isinstance(place, int) or not 0 <= place <= len(record.rows):
        raise RefusalError(400, "Index out of bounds.")
    if len(record.rows) + len(uris) > call.world.settings.most_rows:
        raise RefusalError(400, "Playlist size limit reached")
    added = call.world.rows_for(uris, call.world.settings.user_id)
    rows = (*record.rows[:place], *added, *record.rows[place:])
    return Answer(201, {"snapshot_id": record.changed(rows)})


def put_items(call: Call) -> Answer:
    """PUT /playlists/{id}/items: replace with `uris`, or reorder with `range_start`."""
    record = find_writable(call)
    body = call.json_object()
    if "uris" not in body and "uris" not in call.query:
        return _reorder(record, body)
    if "range_start" in body or "insert_before" in body:
        raise RefusalError(400, "Replace and reorder cannot be applied in one request.")
    uris = _uris(call, body.get("uris", []))
    rows = call.world.rows_for(uris, call.world.settings.user_id)
    return Answer(200, {"snapshot_id": record.changed(rows)})


def _reorder(record: PlaylistRecord, body: Json) -> Answer:
    start, before = body.get("range_start"), body.get("insert_before")
    length, snapshot = body.get("range_length", 1), body.get("snapshot_id")
    numbers = (start, before, length)
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
        raise RefusalError(400, "Error parsing JSON.")
    if snapshot is not None and snapshot not in record.versions:
        raise RefusalError(502, "Invalid base62 id")  # as seen of moves; a removal gets a 400
    try:
        rows = moved(record.rows, int(str(start)), int(str(before)), int(str(length)))
    except ValueError as outside:
        raise RefusalError(400, "Index out of bounds.") from outside
    return Answer(200, {"snapshot_id": record.changed(rows)})


def remove_items(call: Call) -> Answer:
    """DELETE /playlists/{id}/items: every occurrence of each URI goes.

    A snapshot id names the version the request was made against; the same rows are removed
    even if the playlist has changed since.
    """
    record = find_writable(call)
    body = call.json_object()
    listed = body.get("items")
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise RefusalError(400, "Error parsing JSON.")
    if len(listed) > URIS_A_WRITE:
        raise RefusalError(400, f"You can remove a maximum of {URIS_A_WRITE} tracks per request.")
    snapshot = body.get("snapshot_id")
    if snapshot is not None and snapshot not in record.versions:
        raise RefusalError(400, "Invalid snapshot id")
    gone = {row.get("uri") for row in listed}
    rows = [row for row in record.rows if row.uri not in gone]
    return Answer(200, {"snapshot_id": record.changed(rows)})


def put_cover(call: Call) -> Answer:
    """PUT /playlists/{id}/images: a JPEG in base 64, at most 256 KB of it."""
    record = find_writable(call)
    if "ugc-image-upload" not in call.scopes:
        raise lacks_scope()
    if len(call.body) > COVER_BYTES:
        raise RefusalError(413, "Payload Too Large")
    try:
        jpeg = base64.b64decode(call.body, validate=True)
    except binascii.Error as wrong:
        raise RefusalError(400, "Invalid base64") from wrong
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise RefusalError(400, "Image must be a JPEG")
    record.cover = jpeg
    record.changed()
    return Answer(202)


OPERATIONS = (
    Operation("POST", "/me/playlists", create, WRITE_SCOPES),
    Operation("PUT", "/playlists/{id}", change_details, WRITE_SCOPES),
    Operation("POST", "/playlists/{id}/items", add_items, WRITE_SCOPES),
    Operation("PUT", "/playlists/{id}/items", put_items, WRITE_SCOPES),
    Operation("DELETE", "/playlists/{id}/items", remove_items, WRITE_SCOPES),
    Operation("PUT", "/playlists/{id}/images", put_cover, ("ugc-image-upload",)),
)
