"""Spotify's JSON as our values, whichever of its two regimes answered.

A restricted app gets `item` and `items` where an app of old gets `track` and `tracks`, or both
side by side; fields come and go. One row that cannot be understood is None (or an entry of kind
"unknown") and never an exception; only an answer that is no page or no object at all is a
`MalformedAnswerError`.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from segue.errors import MalformedAnswerError
from segue.music.track import Album, Artist, Track
from segue.playlists.library import Play, PlaylistEntry, PlaylistSummary, Release, Saved, SavedAlbum
from segued.spotify.answers import AlbumTracks, Page, Regime, User
from segued.web.judging import (
    Document,
    counting_dropped,
    document,
    flag,
    moment,
    one_line,
    sequence,
    text,
    text_or_none,
    whole,
)

Row = TypeVar("Row")

_LONGEST_ID, DAY_MS = 64, 86_400_000

MAX_ROWS = 100_000
"""No list is read further, whatever its `total` says."""
MAX_ROWS_UNSAID = 20_000
"""No list that does not say its `total` is read further; playlists end at 11,000 rows."""
ROWS_MARGIN = 100
"""How far a list may go on after its `total`, which may lag behind."""


def expect_object(answer: object, endpoint: str) -> Document:
    """The answer as a JSON object; anything else raises `MalformedAnswerError`."""
    if isinstance(answer, dict):
        return document(answer)
    kind = "an answer that is not JSON" if answer is None else f"a JSON {type(answer).__name__}"
    raise MalformedAnswerError(
        f"Spotify sent {kind} to {endpoint} where an object was due. If this goes on, look "
        "whether something between Segue and Spotify changes its answers."
    )


def user(answer: object, endpoint: str = "GET /me") -> User:
    """The owner of the account."""
    doc = expect_object(answer, endpoint)
    user_id = text(doc.get("id"))
    if not user_id:
        raise MalformedAnswerError(f"Spotify's answer to {endpoint} names no user id.")
    return User(
        id=user_id,
        display_name=one_line(doc.get("display_name")) or user_id,
        account_id=text_or_none(doc.get("account_id")),
    )


def _id(doc: Document) -> str:
    """The id of a track, album or playlist; empty where there is none that can be asked for."""
    found = text(doc.get("id"))
    return found if len(found) <= _LONGEST_ID and found.isascii() and found.isalnum() else ""


def artist(value: object) -> Artist | None:
    """An artist; None where it has no name."""
    doc = document(value)
    name = one_line(doc.get("name"))
    return Artist(name=name, id=text_or_none(doc.get("id"))) if name else None


def album(value: object) -> Album | None:
    """An album; None where it has neither id nor name."""
    doc = document(value)
    name, album_id = one_line(doc.get("name")), _id(doc) or None
    if not name and album_id is None:
        return None
    return Album(name=name, id=album_id, release_date=text_or_none(doc.get("release_date")))


def track(value: object, on_album: Album | None = None) -> Track | None:
    """A track of the catalogue; None for null rows, local files, episodes and nameless ids.

    `on_album` is used where the row does not name its album. A relinked track keeps the id it
    was saved under, since that is the id a playlist holds.
    """
    doc = document(value)
    kind = doc.get("type", "track")
    original = document(doc.get("linked_from"))
    track_id = _id(original) or _id(doc)
    if kind != "track" or not track_id or doc.get("is_local") is True:
        return None
    artists = (artist(each) for each in sequence(doc.get("artists")))
    playable = flag(doc.get("is_playable"))
    if playable is None and document(doc.get("restrictions")):
        playable = False
    return Track(
        id=track_id,
        title=one_line(doc.get("name")),
        artists=tuple(each for each in artists if each is not None),
        album=album(doc.get("album")) or on_album,
        duration_ms=whole(doc.get("duration_ms"), DAY_MS) or 0,
        isrc=text_or_none(document(doc.get("external_ids")).get("isrc")),
        explicit=flag(doc.get("explicit")),
        playable=playable,
    )


def _content(row: Document) -> Document:
    """What a row of a playlist or a library holds: `item` now, `track` of old."""
    return document(row.get("item")) or document(row.get("track"))


def saved_track(value: object) -> tuple[Saved, Track] | None:
    """A row of Liked Songs."""
    row = document(value)
    found, added_at = track(_content(row)), moment(row.get("added_at"))
    if found is None or added_at is None:
        return None
    return Saved(track_id=found.id, added_at=added_at), found


def saved_album(value: object) -> tuple[SavedAlbum, tuple[Track, ...], AlbumTracks] | None:
    """A row of the saved albums, with the tracks it tells of and whether these are all."""
    row = document(value)
    doc = document(row.get("album")) or document(row.get("item"))
    album_id, added_at = _id(doc), moment(row.get("added_at"))
    if not album_id or added_at is None:
        return None
    paging = document(doc.get("tracks")) or document(doc.get("items"))
    rows = sequence(paging.get("items"))
    on_album = album(doc)
    tracks = tuple(found for found in (track(each, on_album) for each in rows) if found)
    total = whole(paging.get("total")) or whole(doc.get("total_tracks")) or 0
    ids = tuple(each.id for each in tracks)
    saved = SavedAlbum(
        id=album_id, name=one_line(doc.get("name")), added_at=added_at, track_ids=ids
    )
    read = AlbumTracks(rows=len(rows), complete=len(rows) >= total and not paging.get("next"))
    return saved, tracks, read


def release(value: object) -> Release | None:
    """An album as the list of an artist's shows it, or the album itself without its tracks."""
    doc = document(value)
    album_id = _id(doc)
    if not album_id:
        return None
    artists = (artist(each) for each in sequence(doc.get("artists")))
    return Release(
        id=album_id,
        name=one_line(doc.get("name")),
        released=text(doc.get("release_date")),
        kind=text(doc.get("album_group")) or text(doc.get("album_type")) or "album",
        artist_ids=tuple(each.id for each in artists if each is not None and each.id),
        total=whole(doc.get("total_tracks")) or None,
    )


def play(value: object) -> tuple[Play, Track] | None:
    """A row of the recent plays."""
    row = document(value)
    found, played_at = track(_content(row)), moment(row.get("played_at"))
    if found is None or played_at is None:
        return None
    context = document(row.get("context")).get("uri")
    known = context if isinstance(context, str) and context.startswith("spotify:") else None
    return Play(track_id=found.id, played_at=played_at, context=known), found


def entry(value: object) -> PlaylistEntry:
    """A row of a playlist: a track, an episode, a local file, or unknown."""
    row = document(value)
    content = _content(row)
    uri = text(content.get("uri"))
    local = content.get("is_local") is True or row.get("is_local") is True
    local = local or uri.startswith("spotify:local:")
    found = None if local else track(content)
    title = one_line(content.get("name"))
    added_at: datetime | None = moment(row.get("added_at"))
    added_by = text_or_none(document(row.get("added_by")).get("id"))
    if found is not None:
        return PlaylistEntry(found.uri, "track", found.title, found, added_at, added_by)
    if local and uri:
        return PlaylistEntry(uri, "local", title, None, added_at, added_by)
    if uri.startswith("spotify:episode:"):
        return PlaylistEntry(uri, "episode", title, None, added_at, added_by)
    return PlaylistEntry(uri, "unknown", title or "no longer available", None, added_at, added_by)


def summary(value: object) -> PlaylistSummary | None:
    """A playlist as a list of playlists or the playlist itself shows it; None without an id.

    Spotify sends descriptions with HTML entities; they are read back to plain text here.
    """
    doc = document(value)
    playlist_id = _id(doc)
    if not playlist_id:
        return None
    contents = document(doc.get("items")) or document(doc.get("tracks"))
    owner = document(doc.get("owner"))
    return PlaylistSummary(
        id=playlist_id,
        name=one_line(doc.get("name")),
        owner_id=text(owner.get("id")),
        snapshot_id=text(doc.get("snapshot_id")),
        collaborative=doc.get("collaborative") is True,
        public=flag(doc.get("public")),
        description=html.unescape(text(doc.get("description"))),
        total=whole(contents.get("total")),
        owner_name=one_line(owner.get("display_name")),
    )


def regime_of(value: object) -> Regime | None:
    """Which regime a playlist was answered under, by its field names; None where it tells not."""
    doc = document(value)
    if "tracks" in doc:
        return "extended"
    return "development" if "items" in doc else None


def first_rows(answer: Document) -> Document | None:
    """The page of rows that came with a playlist itself; None where none came.

    A playlist that is not the user's own comes without: absent is not empty.
    """
    for name in ("items", "tracks"):
        paging = document(answer.get(name))
        if isinstance(paging.get("items"), list) and not whole(paging.get("offset")):
            return paging
    return None


def page(
    answer: object, endpoint: str, read: Callable[[object], Row | None], *, offset: int, limit: int
) -> Page[Row]:
    """A page of a list.

    `next` only tells that there is more: it is never followed. Where Spotify does not say, a
    full page is taken to have a successor. A list that goes on where it should long have ended is
    a `MalformedAnswerError`.
    """
    doc = expect_object(answer, endpoint)
    rows = doc.get("items")
    if not isinstance(rows, list):
        raise MalformedAnswerError(
            f"Spotify's answer to {endpoint} has no list of items (from row {offset}). "
            "Nothing was changed; the next run asks again."
        )
    total = whole(doc.get("total"))
    asked = max(limit, len(rows))
    step = min(asked, max(whole(doc.get("limit")) or limit, len(rows)))
    end = offset + (step if doc.get("next") else len(rows))
    if "next" in doc:
        more = doc.get("next") is not None
    else:
        more = end < total if total is not None else len(rows) >= limit
    more = more and bool(rows)
    if more and end >= _most_rows(total):
        raise MalformedAnswerError(
            f"Spotify's list at {endpoint} goes on after row {end:,}, though it should have "
            f"{'far fewer' if total is None else f'{total:,}'}. Nothing was changed; the next run "
            "asks again."
        )
    values, odd = _rows(rows, read)
    return Page(values, offset=offset, total=total, next_offset=end if more else None, odd=odd)


def _most_rows(total: int | None) -> int:
    """The row at which a list must have ended."""
    return min(MAX_ROWS, MAX_ROWS_UNSAID if total is None else total + ROWS_MARGIN)


def _rows(
    rows: list[object], read: Callable[[object], Row | None]
) -> tuple[tuple[Row | None, ...], int]:
    """The rows as values, and how many had values that could not be read."""
    values: list[Row | None] = []
    odd = 0
    with counting_dropped() as dropped:
        for row in rows:
            values.append(read(row))
            if dropped:
                odd += 1
                dropped.clear()
    return tuple(values), odd
