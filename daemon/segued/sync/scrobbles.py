"""Scrobbles: plays that ListenBrainz or Last.fm was sent, beside the latest 50 of Spotify.

A listen is a play of the track its Spotify id, its ISRC, or its title and artist name, if the
library has just one such track. It says when a play began, where Spotify may say when it ended:
`PlayStore.add` takes both for one play.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from segue.errors import NotFoundError, ServiceError
from segue.lyrics.cleaning import LONGEST_LINE
from segue.music.track import Track, plain_isrc
from segue.names import spotify_id
from segue.playlists.library import Play
from segued.config.schema import Settings
from segued.providers.tags.services import LASTFM_PATH, ask_last_fm
from segued.run import Run
from segued.sync.similar import last_fm
from segued.sync.tracks import ids_by_name, names_of
from segued.web.source import Json, Params, Services, Source
from segued.web.transport import Limits

FIRST = timedelta(days=30)
"""So far back the first sync reads; earlier plays come by `segue import`."""
OVERLAP = timedelta(days=1)
"""So much is read again each time: a device that was offline reports its listens late."""
A_PAGE = 500
MOST_PAGES = 4
"""So many pages of ListenBrainz' one sync asks for; the next goes on from there."""
A_LASTFM_PAGE = 200
MOST_LASTFM_PAGES = 10


@dataclass(frozen=True, slots=True)
class Listen:
    """One listen: when it began (UTC), and whatever it says of the track."""

    at: datetime
    title: str
    artists: tuple[str, ...]
    spotify_ids: tuple[str, ...] = ()
    isrc: str = ""


@dataclass(frozen=True, slots=True)
class Listens:
    """What was read: every listen up to `until` (UTC; None: there is none) and maybe later ones;
    whether later ones are left for the next sync."""

    listens: tuple[Listen, ...]
    until: datetime | None
    more: bool


@dataclass(frozen=True, slots=True)
class ScrobblesRead:
    """How many plays are new; how many listens are of no track, or no one track, of the library;
    whether later ones are left for the next sync; which service could not be asked, and why."""

    new: int = 0
    unknown: int = 0
    more: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)


def read_scrobbles(run: Run) -> ScrobblesRead:
    """Add the listens since the last sync to the plays known, of each service that is named.

    Of one that cannot be asked nothing is stored, and the next sync asks it for the same.
    """
    new = unknown = 0
    more, failed = False, dict[str, str]()
    for name in named_in(run.settings):
        try:
            read = _read(run, name)
        except ServiceError as error:
            failed[f"scrobbles:{name}"] = str(error)
        else:
            new, unknown, more = new + read.new, unknown + read.unknown, more or read.more
    return ScrobblesRead(new, unknown, more, failed)


def look(run: Run, name: str) -> None:
    """Ask for the latest listens, as the doctor does. Raises a ServiceError where a sync would."""
    with Services(run.state.budget, run.clock) as services:
        SCROBBLERS[name](run, services).after(run.now - OVERLAP, run.now)


def named_in(settings: Settings) -> tuple[str, ...]:
    """The services whose user `[scrobbles]` names."""
    return tuple(name for name, kind in SCROBBLERS.items() if kind.user_in(settings))


def _read(run: Run, name: str) -> ScrobblesRead:
    state, kind = run.state, SCROBBLERS[name]
    user, known = kind.user_in(run.settings), state.library.cursor(kind.cursor) or {}
    start = run.now - FIRST
    if known.get("user") == user:
        until = min(datetime.fromisoformat(known["until"]), run.now)
        start = until if known.get("more") else until - OVERLAP  # a day may hold more than a sync
    with Services(run.state.budget, run.clock) as services:
        found = kind(run, services).after(start, run.now)
    tracks = state.library.tracks()
    plays, unknown = _plays(found.listens, tracks)
    heard = {play.track_id for play in plays}
    new = state.plays.add(plays, {i: ms for i in heard if (ms := tracks[i].duration_ms)})
    state.plays.commit()
    if found.until is not None:
        read = {"user": user, "until": found.until.isoformat(), "more": found.more}
        state.library.set_cursor(kind.cursor, read)
        state.library.commit()
    return ScrobblesRead(new, unknown, found.more)


class Scrobbler(ABC):
    """A service that plays are sent to. `cursor` keeps whose listens were read, and until when."""

    cursor: str
    user_in: Callable[[Settings], str]
    source: Source

    def __init__(self, run: Run, _services: Services) -> None:
        self.user = type(self).user_in(run.settings)

    @abstractmethod
    def after(self, start: datetime, now: datetime) -> Listens:
        """The listens after a moment until now; of more than one sync asks for, the earliest."""

    def no_such_user(self) -> NotFoundError:
        """The error for a user that the service does not know."""
        name = self.source.name
        return NotFoundError(f"{name} knows no user {self.user!r}; check [scrobbles] {name}_user")

    def within(self, listens: Iterable[Listen | None], since: int, now: datetime) -> list[Listen]:
        """Those that can be read, after a moment and not of the future; the others are counted."""
        every = list(listens)
        able = [each for each in every if each and since < each.at.timestamp() <= now.timestamp()]
        self.source.odd_rows += len(every) - len(able)
        return able


class ListenBrainz(Scrobbler):
    """Page by page, each of the earliest listens after the last, as it answers `min_ts`."""

    cursor = "scrobbles"
    user_in = staticmethod(lambda settings: settings.scrobbles.listenbrainz_user)

    def __init__(self, run: Run, services: Services) -> None:
        super().__init__(run, services)
        section = run.settings.tags
        address, limits = section.listenbrainz_url, Limits.of(section)
        self.source = services.open("listenbrainz", address, limits)

    def after(self, start: datetime, now: datetime) -> Listens:
        """See `Scrobbler.after`."""
        found: dict[Listen, None] = {}
        since, more = int(start.timestamp()), False
        for _ in range(MOST_PAGES):
            rows = self._rows({"min_ts": since, "count": A_PAGE})
            able = self.within(map(listen_of, rows[:A_PAGE]), since, now)
            found |= dict.fromkeys(able)
            more = len(rows) >= A_PAGE and bool(able)
            if not more:
                break
            since = int(max(listen.at for listen in able).timestamp())
        return Listens(tuple(found), _latest(found), more)

    def _rows(self, question: Params) -> list[Json]:
        path = f"/1/user/{quote(self.user, safe='')}/listens"
        try:
            answer = self.source.get_json(path, question)
        except NotFoundError as error:
            raise self.no_such_user() from error
        payload = answer.get("payload") if isinstance(answer, dict) else None
        rows = payload.get("listens") if isinstance(payload, dict) else None
        if not isinstance(rows, list):
            raise self.source.without("a list called listens", path)
        return rows


class LastFm(Scrobbler):
    """Its pages begin with the newest: the first says how many there are, and the others are read
    from the last on, so that nothing is left out in between. The end of their time is fixed, so
    that no new scrobble moves them."""

    cursor = "scrobbles lastfm"
    user_in = staticmethod(lambda settings: settings.scrobbles.lastfm_user)

    def __init__(self, run: Run, services: Services) -> None:
        super().__init__(run, services)
        self._key, self.source = last_fm(run, services)

    def after(self, start: datetime, now: datetime) -> Listens:
        """See `Scrobbler.after`."""
        since, until = int(start.timestamp()), int(now.timestamp())
        asked = {"limit": A_LASTFM_PAGE, "from": since + 1, "to": until + 1}

        def page(number: int) -> tuple[list[Listen], int]:
            rows, pages = self._page({**asked, "page": number})
            return self.within(map(listen_of_last_fm, rows), since, now), pages

        newest, pages = page(1)
        first = max(2, pages - MOST_LASTFM_PAGES + 2)
        earlier = [each for n in range(pages, first - 1, -1) for each in page(n)[0]]
        every = tuple(dict.fromkeys((*earlier, *newest)))
        return Listens(every, _latest(earlier if first > 2 else every), first > 2)

    def _page(self, question: Params) -> tuple[list[Json], int]:
        """The rows of a page, and how many pages there are: a single row comes without its list,
        numbers come as texts, and what is heard right now stands on every page."""
        asked: Params = {"method": "user.getrecenttracks", "user": self.user, **question}
        found = ask_last_fm(self.source, self._key, asked, "recenttracks")
        if found is None:
            raise self.no_such_user()
        rows, about = found.get("track", []), found.get("@attr")
        pages = str(about.get("totalPages")) if isinstance(about, dict) else ""
        if not isinstance(rows, list | dict) or not re.fullmatch("[0-9]{1,9}", pages):
            raise self.source.without("a page of tracks", LASTFM_PATH)
        listed = rows if isinstance(rows, list) else [rows]
        return [row for row in listed if not _is_playing(row)], int(pages)


SCROBBLERS: Mapping[str, type[Scrobbler]] = {"listenbrainz": ListenBrainz, "lastfm": LastFm}
"""By the name that `[scrobbles]` and the doctor have for each."""


def _latest(listens: Iterable[Listen]) -> datetime | None:
    return max((listen.at for listen in listens), default=None)


def _is_playing(row: Json) -> bool:
    said = row.get("@attr") if isinstance(row, dict) else None
    return isinstance(said, dict) and str(said.get("nowplaying")).casefold() == "true"


def listen_of_last_fm(row: Json) -> Listen | None:
    """A listen as Last.fm writes one; None for a row that cannot be read."""
    when, by = (row.get("date"), row.get("artist")) if isinstance(row, dict) else (None, None)
    seconds = when.get("uts") if isinstance(when, dict) else None
    artist = (by.get("#text") or by.get("name")) if isinstance(by, dict) else None
    if not isinstance(row, dict) or not re.fullmatch("[0-9]{1,12}", str(seconds)):
        return None
    names: Json = {"track_name": row.get("name"), "artist_name": artist}
    return listen_of({"listened_at": int(str(seconds)), "track_metadata": names})


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
            named = named or ids_by_name(tracks.values())  # made only where a listen brings no id
            keys = names_of(listen.title, listen.artists, listen.isrc)
            meant = (named.get(key, ()) for key in keys)
            track_id = next((i for ids in meant if len(ids) == 1 for i in ids), None)
        if track_id is None:
            unknown += 1
        else:
            plays.append(Play(track_id, listen.at))
    return plays, unknown
