"""The services that have tags: MusicBrainz, ListenBrainz and Last.fm."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from segue.errors import ForbiddenError, NotFoundError, ServiceError, UnavailableError
from segue.lyrics.cleaning import LONGEST_LINE, MOST_CREDITS, is_same_song, searchable_title
from segue.music.track import ISRC, Track, normalised_artist, plain_isrc
from segued.providers.tags.source import Tagged, Tags, artist_keys, tag_name, tags_of, together
from segued.web.source import Json, Params, Source

SECONDS_A_REQUEST = 1.0
"""What its terms ask for at its own address, whatever is configured; a mirror has its own."""

MBID = re.compile(r"[0-9A-Za-z-]{1,40}")
GENRES_A_PAGE = 100
MOST_PAGES = 60


def interval_at(url: str) -> float:
    """The least time between two requests to an address, in seconds."""
    host = urlsplit(url).hostname or ""
    own = host == "musicbrainz.org" or host.endswith(".musicbrainz.org")
    return SECONDS_A_REQUEST if own else 0.0


class MusicBrainz:
    """The source "musicbrainz". `recordings`: also ask for the tags of each recording, which is
    one request more a track."""

    name = "musicbrainz"

    def __init__(self, source: Source, *, recordings: bool = False) -> None:
        self._source = source
        self._recordings = recordings

    def find(self, track: Track, known: Collection[str]) -> Tagged | None:
        """See `TagSource.find`: the recording by its ISRC, then its artists."""
        isrc = plain_isrc(track.isrc or "")
        if not ISRC.fullmatch(isrc):  # a malformed one is refused, which would count as a failure
            return None
        try:
            answer = self._get(f"/ws/2/isrc/{isrc}", "artist-credits")
        except NotFoundError:
            return None
        recording = self._recording(answer, track)
        if recording is None:
            return None
        own: Tags = ()
        if self._recordings:
            found = self._get(f"/ws/2/recording/{recording['id']}", "genres+tags+artist-credits")
            own = _tags(found)
        keys, artists = artist_keys(track), dict[str, Tags]()
        for artist_id, names in _credits(recording):
            key = next((keys[name] for name in names if name in keys), None)
            if key is not None and key not in known and key not in artists:
                artists[key] = _tags(self._get(f"/ws/2/artist/{artist_id}", "genres+tags"))
        return Tagged(own, artists)

    def genres(self) -> tuple[str, ...]:
        """The names of all genres MusicBrainz has; a page is 100 of them.

        Its core data, genres among them, are in the public domain (CC0).
        """
        names: dict[str, None] = {}
        for page in range(MOST_PAGES):
            question: Params = {
                "fmt": "json",
                "limit": GENRES_A_PAGE,
                "offset": page * GENRES_A_PAGE,
            }
            answer = self._source.get_json("/ws/2/genre/all", question)
            rows = answer.get("genres") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise self._source.without("what was asked for", "/ws/2/genre/all")
            known = len(names)
            found = (row.get("name") for row in rows if isinstance(row, dict))
            names |= dict.fromkeys(filter(None, map(tag_name, found)))
            if len(rows) < GENRES_A_PAGE or len(names) == known:  # the same page again and again
                break
        return tuple(names)

    def _get(self, path: str, include: str) -> Mapping[str, Json]:
        answer = self._source.get_json(path, {"inc": include, "fmt": "json"})
        if not isinstance(answer, dict):
            raise self._source.without("what was asked for", path)
        return answer

    def _recording(self, answer: Mapping[str, Json], track: Track) -> Mapping[str, Json] | None:
        """The recording that is this song; an ISRC may be given twice by mistake."""
        rows = answer.get("recordings")
        if not isinstance(rows, list):
            raise self._source.without("what was asked for", "an ISRC")
        able = [row for row in rows if isinstance(row, dict) and _is_id(row.get("id"))]
        names = set(artist_keys(track))
        by_artist = [r for r in able if any(names & set(each) for _, each in _credits(r))]
        return next((r for r in by_artist if _is_titled(r, track)), next(iter(by_artist), None))


def _is_id(value: Json) -> bool:
    """Whether it may stand in an address: what a service answers leads to none of its choosing."""
    return isinstance(value, str) and MBID.fullmatch(value) is not None


def _is_titled(recording: Mapping[str, Json], track: Track) -> bool:
    title = recording.get("title")
    return isinstance(title, str) and is_same_song(track, title, [track.artist])


def _credits(recording: Mapping[str, Json]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The MusicBrainz id of each credited artist, and their names as names are compared."""
    rows = recording.get("artist-credit")
    for row in rows[:MOST_CREDITS] if isinstance(rows, list) else ():
        artist = row.get("artist") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(artist, dict):
            continue
        artist_id = artist.get("id")
        names = (row.get("name"), artist.get("name"))
        if isinstance(artist_id, str) and _is_id(artist_id):
            texts = (name[:LONGEST_LINE] for name in names if isinstance(name, str) and name)
            yield artist_id, tuple(normalised_artist(name) for name in texts)


def _tags(answer: Mapping[str, Json]) -> Tags:
    return together(tags_of(answer.get("genres")), tags_of(answer.get("tags")))


LISTENBRAINZ_PATH = "/1/metadata/lookup/"


class ListenBrainz:
    """The source "listenbrainz"."""

    name = "listenbrainz"

    def __init__(self, source: Source) -> None:
        self._source = source

    def find(self, track: Track, known: Collection[str]) -> Tagged | None:
        """See `TagSource.find`."""
        if not track.artists:
            return None
        question = {
            "recording_name": searchable_title(track.title),
            "artist_name": track.artist,
            "metadata": "true",
            "inc": "artist tag",
        }
        try:
            answer = self._source.get_json(LISTENBRAINZ_PATH, question)
        except NotFoundError:
            return None
        if not isinstance(answer, dict):
            raise self._source.without("what was asked for", LISTENBRAINZ_PATH)
        title, credit = answer.get("recording_name"), answer.get("artist_credit_name")
        if title is None and credit is None:
            return None
        if not isinstance(title, str) or not isinstance(credit, str):
            raise self._source.without("the words of a title and an artist", LISTENBRAINZ_PATH)
        artists = _artists(answer)
        if not is_same_song(track, title, [credit, *artists.values()]):
            return None
        tags = _inside(_inside(answer, "metadata"), "tag")
        keys = artist_keys(track)
        found: dict[str, Tags] = {}
        rows = tags.get("artist")
        for artist_id, name in artists.items():
            key = keys.get(normalised_artist(name))
            if key is not None and key not in known:
                found[key] = tags_of(_of_artist(rows, artist_id), "tag")
        return Tagged(tags_of(tags.get("recording"), "tag"), found)


def _inside(value: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _artists(answer: Mapping[str, Json]) -> dict[str, str]:
    """The names of the credited artists by their MusicBrainz ids."""
    rows = _inside(_inside(answer, "metadata"), "artist").get("artists")
    found: dict[str, str] = {}
    for row in rows[:MOST_CREDITS] if isinstance(rows, list) else ():
        if isinstance(row, dict):
            artist_id, name = row.get("artist_mbid"), row.get("name")
            if isinstance(artist_id, str) and isinstance(name, str):
                found[artist_id] = name[:LONGEST_LINE]
    return found


def _of_artist(rows: Json, artist_id: str) -> Json:
    able = rows if isinstance(rows, list) else []
    return [row for row in able if isinstance(row, dict) and row.get("artist_mbid") == artist_id]


LASTFM_PATH = "/2.0/"
_UNKNOWN, _WITHHELD, _SUSPENDED, _TOO_OFTEN = (6, 7), 17, 26, 29
_KEY_REFUSED = (4, 9, 10)
"""Authentication failed, invalid session, invalid key."""
_PASSING = (8, 11, 16)
"""Operation failed, offline, temporarily unavailable."""


class LastFm:
    """The source "lastfm"."""

    name = "lastfm"

    def __init__(self, key: str, source: Source) -> None:
        self._key = key
        self._source = source

    def find(self, track: Track, known: Collection[str]) -> Tagged | None:
        """See `TagSource.find`. It is asked about artists alone."""
        found: dict[str, Tags] = {}
        for artist in track.artists[:1]:
            if not artist.name or artist.key in known:
                continue
            if (tags := self._tags(artist.name)) is not None:
                found[artist.key] = tags
        return Tagged(artists=found) if found else None

    def _tags(self, artist: str) -> Tags | None:
        question = {"method": "artist.gettoptags", "artist": artist}
        top = ask_last_fm(self._source, self._key, question, "toptags")
        return None if top is None else tags_of(top.get("tag"))


def ask_last_fm(source: Source, key: str, question: Params, part: str) -> Mapping[str, Json] | None:
    """A part of what Last.fm answers to a method's question; None where it does not know it.

    Its errors come with any status: a refused key, or what is not shown to a key, is
    ForbiddenError, too many questions RateLimitedError, what passes UnavailableError.
    """
    params = {**question, "autocorrect": 1, "api_key": key, "format": "json"}
    try:
        answer = source.get_json(LASTFM_PATH, params, lambda body: _is_answered(body, source))
    except NotFoundError:
        return None
    code = _code(answer)
    if code in _UNKNOWN:
        return None
    if code in _KEY_REFUSED:
        raise ForbiddenError(
            f"{source.name} refuses the key (its error {code}); check [tags] lastfm_key"
        )
    if code == _WITHHELD:
        raise ForbiddenError(
            f"{source.name} shows this to nobody but its user (its error {code}); let recent "
            "listening be seen, in the privacy settings there"
        )
    found = answer.get(part) if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise source.without(f"a list called {part}", LASTFM_PATH)
    return found


def _is_answered(body: Json, source: Source) -> bool:
    """Whether a body has an error of Last.fm's that says something of what was asked about.

    Raises what another of its errors stands for: a suspended key is not asked with for some hours.
    """
    code = _code(body)
    if code == _TOO_OFTEN:
        raise source.limited()
    if code == _SUSPENDED:
        raise ForbiddenError(
            f"{source.name} has suspended the key (its error {code}); see [tags] lastfm_key"
        )
    if code is None or code in (*_UNKNOWN, *_KEY_REFUSED, _WITHHELD):
        return code is not None
    kind = UnavailableError if code in _PASSING else ServiceError
    raise kind(f"{source.name} answered with its error {code}; it will be asked again later")


def _code(body: Json) -> int | None:
    """The number of the error in a body of Last.fm's, None where it is none."""
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None
