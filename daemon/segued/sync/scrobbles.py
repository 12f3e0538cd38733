"""Scrobbles: plays that ListenBrainz was sent, as a source beside the latest 50 of Spotify.

A listen is a play of the track its Spotify id, its ISRC, or its title and artist name, if the
library has just one such track. It says when a play began, where Spotify may say when it ended:
`PlayStore.add` takes both for one play.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from segue.errors import NotFoundError
from segue.lyrics.cleaning import LONGEST_LINE
from segue.music.track import Track, plain_isrc, song_key
from segue.names import spotify_id
from segue.playlists.library import Play
from segued.run import Run
from segued.web.source import Json, Params, Services, Source
from segued.web.transport import Limits

NAME = "listenbrainz"
SCROBBLES = "scrobbles"
"""The cursor: whose listens were read, and until when."""
FIRST = timedelta(days=30)
"""So far back the first sync reads; earlier plays come by `segue import`."""
OVERLAP = timedelta(days=1)
"""So much is read again each time: a device that was offline reports its listens late."""
A_PAGE = 500
MOST_PAGES = 4
"""So many pages one sync asks for; the next goes on from there."""


@dataclass(frozen=True, slots=True)
class Listen:
    """One listen: when it began (UTC), and whatever it says of the track."""

    at: datetime
    title: str
    artists: tuple[str, ...]
    spotify_ids: tuple[str, ...] = ()
    isrc: str = ""


@dataclass(frozen=True, slots=True)
class ScrobblesRead:
    """How many plays are new; how many listens are of no track, or no one track, of the library;
    whether later ones are left for the next sync."""

    new: int
    unknown: int
    more: bool


def read_scrobbles(run: Run) -> ScrobblesRead:
    """Add the listens since the last sync to the plays known.

    Raises a ServiceError where ListenBrainz cannot be asked: nothing is stored then, and the next
    sync asks for the same.
    """
    state, user = run.state, run.settings.scrobbles.listenbrainz_user
    known = state.library.cursor(SCROBBLES) or {}
    start = run.now - FIRST
    if known.get("user") == user:
        start = min(datetime.fromisoformat(known["until"]), run.now) - OVERLAP
    with _listens(run) as source:
        listens, more = _pages(source, user, start, run.now)
    tracks = state.library.tracks()
    plays, unknown = _plays(listens, tracks)
    heard = {play.track_id for play in plays}
    new = state.plays.add(plays, {i: ms for i in heard if (ms := tracks[i].duration_ms)})
    state.plays.commit()
    latest = max((listen.at for listen in listens), default=None)
    if latest is not None:
        state.library.set_cursor(SCROBBLES, {"user": user, "until": latest.isoformat()})
        state.library.commit()
    return ScrobblesRead(new, unknown, more)


def look(run: Run) -> None:
    """Ask for one listen, as the doctor does. Raises a ServiceError where a sync would."""
    with _listens(run) as source:
        _rows(source, run.settings.scrobbles.listenbrainz_user, {"count": 1})


@contextmanager
def _listens(run: Run) -> Iterator[Source]:
    section = run.settings.tags
    with Services(run.state.budget, run.clock) as services:
        yield services.open(NAME, section.listenbrainz_url, Limits.of(section))


def _rows(source: Source, user: str, question: Params) -> list[Json]:
    """The rows of one answer about a user's listens."""
    path = f"/1/user/{quote(user, safe='')}/listens"
    try:
        answer = source.get_json(path, question)
    except NotFoundError as error:
        raise NotFoundError(
            f"{NAME} knows no user {user!r}; check [scrobbles] listenbrainz_user"
        ) from error
    payload = answer.get("payload") if isinstance(answer, dict) else None
    rows = payload.get("listens") if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        raise source.without("a list called listens", path)
    return rows


def _pages(
    source: Source, user: str, start: datetime, now: datetime
) -> tuple[tuple[Listen, ...], bool]:
    """The listens after `start` until now, and whether there are more.

    ListenBrainz answers `min_ts` with the earliest listens after it.
    """
    found: dict[Listen, None] = {}
    since = int(start.timestamp())
    for _ in range(MOST_PAGES):
        rows = _rows(source, user, {"min_ts": since, "count": A_PAGE})
        read = [listen for listen in map(listen_of, rows[:A_PAGE]) if listen is not None]
        able = [listen for listen in read if since < listen.at.timestamp() <= now.timestamp()]
        source.odd_rows += len(rows) - len(able)
        found |= dict.fromkeys(able)
        if len(rows) < A_PAGE or not able:
            return tuple(found), False
        since = int(max(listen.at for listen in able).timestamp())
    return tuple(found), True


def listen_of(row: Json) -> Listen | None:
    """A listen as ListenBrainz writes one; None for a row that cannot be read."""
    data = row.get("track_metadata") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(data, dict):
        return None
    seconds = row.get("listened_at")
    title, artist = data.get("track_name"), data.get("artist_name")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return None
    if not isinstance(title, str) or not isinstance(artist, str):
        return None
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # before the year 1 or after 9999
        return None
    more = data.get("additional_info")
    more = more if isinstance(more, dict) else {}
    names = more.get("artist_names")
    named = (artist, *(names[:1] if isinstance(names, list) else ()))
    links = (more.get("spotify_id"), more.get("origin_url"))
    ids = (spotify_id(link[:LONGEST_LINE], "track") for link in links if isinstance(link, str))
    isrc = more.get("isrc")
    return Listen(
        at,
        title[:LONGEST_LINE],
        tuple(dict.fromkeys(each[:LONGEST_LINE] for each in named if isinstance(each, str))),
        tuple(dict.fromkeys(each for each in ids if each is not None)),
        plain_isrc(isrc[:LONGEST_LINE]) if isinstance(isrc, str) else "",
    )


def _plays(listens: Iterable[Listen], tracks: Mapping[str, Track]) -> tuple[list[Play], int]:
    """The plays of the library's tracks among listens, and how many are of none."""
    named: Mapping[tuple[str, ...], Collection[str]] = {}
    plays, unknown = list[Play](), 0
    for listen in listens:
        track_id = next((i for i in listen.spotify_ids if i in tracks), None)
        if track_id is None:
            named = named or _named(tracks.values())  # made only where a listen brings no id
            meant = (named.get(key, ()) for key in _keys(listen))
            track_id = next((i for ids in meant if len(ids) == 1 for i in ids), None)
        if track_id is None:
            unknown += 1
        else:
            plays.append(Play(track_id, listen.at))
    return plays, unknown


def _named(tracks: Iterable[Track]) -> Mapping[tuple[str, ...], Collection[str]]:
    """The ids of tracks by what a listen may name them by."""
    named: dict[tuple[str, ...], set[str]] = {}
    for track in tracks:
        for key in _keys_of(track):
            named.setdefault(key, set()).add(track.id)
    return named


def _keys_of(track: Track) -> Iterator[tuple[str, ...]]:
    """What a listen may name a track by: its ISRC, its title with its first or all artists."""
    if track.isrc:
        yield (plain_isrc(track.isrc),)
    for artist in {track.artist, track.artist_line} if track.artists else ():
        yield song_key(track.title, artist)


def _keys(listen: Listen) -> Iterator[tuple[str, ...]]:
    if listen.isrc:
        yield (listen.isrc,)
    for artist in listen.artists:
        yield song_key(listen.title, artist)
