"""Services that name songs like one of the user's, by whatever they know of it.

An engine is one class here, its name in `segue.recipe.sources.Engine`, how it is opened in
`segued.sync.similar`, and what it is called in `segue.playlists.gather.outside`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol

from segue.errors import NotFoundError
from segue.lyrics.cleaning import LONGEST_LINE, searchable_title
from segue.music.track import ISRC, Track, plain_isrc
from segue.names import spotify_id
from segue.playlists.library import Suggestion
from segued.providers.tags.services import LISTENBRAINZ_PATH, MBID, ask_last_fm
from segued.web.source import Json, Params, Source

LONGEST_SONG_MS = 24 * 3600 * 1000


class SimilarSource(Protocol):
    """A service that names similar songs."""

    @property
    def name(self) -> str:
        """As recipes write it after "similar:"."""
        ...

    def beside(self, track: Track, most: int) -> tuple[Suggestion, ...]:
        """At most so many songs it names beside a track, the likeliest first; none where it does
        not know the track.

        Raises a ServiceError where it could not be asked.
        """
        ...


class ReccoBeats:
    """The engine "reccobeats": by what songs sound like. It is told a Spotify id."""

    name = "reccobeats"
    path = "/v1/track/recommendation"

    def __init__(self, source: Source) -> None:
        self._source = source

    def beside(self, track: Track, most: int) -> tuple[Suggestion, ...]:
        """See `SimilarSource.beside`."""
        try:
            answer = self._source.get_json(self.path, {"seeds": track.id, "size": min(most, 100)})
        except NotFoundError:
            return ()
        rows = answer.get("content") if isinstance(answer, dict) else None
        found = [_of_reccobeats(row, track) for row in listed(rows, self._source, self.path)]
        named = tuple(song for song in found if song is not None)
        self._source.odd_rows += len(found) - len(named)
        return named[:most]


def _of_reccobeats(row: Mapping[str, Json], beside: Track) -> Suggestion | None:
    artists = row.get("artists")
    first = artists[0] if isinstance(artists, list) and artists else None
    title = line(row.get("trackTitle"))
    artist = line(first.get("name")) if isinstance(first, dict) else ""
    linked = spotify_id(line(row.get("href")), "track") or ""
    if not title or not (artist or linked):
        return None
    return Suggestion(
        title, artist, beside.id, linked, isrc(row.get("isrc")), milliseconds(row.get("durationMs"))
    )


class ListenBrainz:
    """The engine "listenbrainz": by what people hear in one sitting. It is told title and artist.

    `labs` serves what it computes of that. Where a song stands beside too few, artists heard beside
    its own are gone on to, and what of theirs is heard most, as its radio does.
    """

    name = "listenbrainz"
    similar_path = "/similar-recordings/json"
    artists_path = "/similar-artists/json"
    known_path = "/1/metadata/recording/"

    def __init__(self, source: Source, labs: Source) -> None:
        self._source, self._labs = source, labs

    def beside(self, track: Track, most: int) -> tuple[Suggestion, ...]:
        """See `SimilarSource.beside`."""
        names = {"artist_name": track.artist, "recording_name": searchable_title(track.title)}
        known = self._source.get_json(LISTENBRAINZ_PATH, names) if track.artists else {}
        if not isinstance(known, dict):
            raise self._source.without(SONGS, LISTENBRAINZ_PATH)
        mbid = line(known.get("recording_mbid"))
        if not MBID.fullmatch(mbid):
            return ()
        question = {"recording_mbids": mbid, "algorithm": RECORDINGS}
        rows = listed(
            self._labs.get_json(self.similar_path, question), self._labs, self.similar_path
        )
        found = {
            line(row.get("recording_mbid")): row
            for row in rows
            if row.get("recording_mbid") != mbid and MBID.fullmatch(line(row.get("recording_mbid")))
        }
        songs = self._described(dict(list(found.items())[:most]), track)
        artists = known.get("artist_mbids")
        if len(songs) < most and isinstance(artists, list) and artists:
            songs += self._by_artists(line(artists[0]), track)
        return tuple(songs[:most])

    def _described(self, rows: Mapping[str, Mapping[str, Json]], beside: Track) -> list[Suggestion]:
        """Songs with the ISRC and the duration that ListenBrainz knows of them."""
        question = {"recording_mbids": ",".join(rows), "inc": "artist"}
        more = self._source.get_json(self.known_path, question) if rows else {}
        if not isinstance(more, dict):
            raise self._source.without(SONGS, self.known_path)
        songs = []
        for mbid, row in rows.items():
            inner = more.get(mbid)
            known = inner.get("recording") if isinstance(inner, dict) else None
            known = known if isinstance(known, dict) else {}
            isrcs = known.get("isrcs")
            first = isrcs[0] if isinstance(isrcs, list) and isrcs else None
            title, artist = line(row.get("recording_name")), line(row.get("artist_credit_name"))
            length = milliseconds(known.get("length"))
            if title and artist:
                songs.append(Suggestion(title, artist, beside.id, "", isrc(first), length))
        return songs

    def _by_artists(self, mbid: str, beside: Track) -> list[Suggestion]:
        """What is heard most of the artists that people hear beside one."""
        if not MBID.fullmatch(mbid):
            return []
        question = {"artist_mbids": mbid, "algorithm": ARTISTS}
        rows = listed(
            self._labs.get_json(self.artists_path, question), self._labs, self.artists_path
        )
        artists = [line(row.get("artist_mbid")) for row in rows]
        songs = []
        for near in [each for each in artists if MBID.fullmatch(each) and each != mbid][:NEAR]:
            path = f"/1/popularity/top-recordings-for-artist/{near}"
            for row in islice(listed(self._source.get_json(path, {}), self._source, path), OF_EACH):
                title, artist = line(row.get("recording_name")), line(row.get("artist_name"))
                if title and artist:
                    length = milliseconds(row.get("length"))
                    songs.append(Suggestion(title, artist, beside.id, "", "", length))
        return songs


RECORDINGS = "session_based_days_7500_session_300_contribution_5_threshold_15_limit_50_skip_30"
ARTISTS = (
    "session_based_days_7500_session_300_contribution_5_threshold_10_limit_100_filter_True_skip_30"
)
"""By which of its computations ListenBrainz says what is similar."""
NEAR, OF_EACH = 3, 3
"""So many artists are gone on to, for so many songs of each."""


class LastFm:
    """The engine "lastfm": by what its listeners hear. It is told title and artist.

    Where it knows nothing beside a song, it is asked for artists beside its own, and what of
    theirs is heard most.
    """

    name = "lastfm"

    def __init__(self, key: str, source: Source) -> None:
        self._key, self._source = key, source

    def beside(self, track: Track, most: int) -> tuple[Suggestion, ...]:
        """See `SimilarSource.beside`."""
        if not track.artists:
            return ()
        title = searchable_title(track.title)
        of: Params = {"artist": track.artist, "track": title, "limit": most}
        rows = self._rows({"method": "track.getsimilar", **of}, "similartracks", "track")
        songs = [_of_last_fm(row, track) for row in rows]
        if not songs:
            near: Params = {"method": "artist.getsimilar", "artist": track.artist, "limit": NEAR}
            for artist in self._rows(near, "similarartists", "artist")[:NEAR]:
                name = line(artist.get("name"))
                top: Params = {"method": "artist.gettoptracks", "artist": name, "limit": OF_EACH}
                found = self._rows(top, "toptracks", "track") if name else []
                songs += [_of_last_fm(row, track) for row in found[:OF_EACH]]
        return tuple(song for song in songs if song is not None)[:most]

    def _rows(self, question: Params, part: str, inner: str) -> list[Mapping[str, Json]]:
        answer = ask_last_fm(self._source, self._key, question, part)
        if answer is None:
            return []
        rows = answer.get(inner)
        return list(listed([rows] if isinstance(rows, dict) else rows, self._source, part))


def _of_last_fm(row: Mapping[str, Json], beside: Track) -> Suggestion | None:
    by = row.get("artist")
    title, artist = line(row.get("name")), line(by.get("name")) if isinstance(by, dict) else ""
    if not title or not artist:
        return None
    return Suggestion(title, artist, beside.id, "", "", milliseconds(row.get("duration"), 1000))


SONGS = "a list of songs"


def listed(rows: Json, source: Source, path: str) -> Iterator[Mapping[str, Json]]:
    """The objects in a list. Raises MalformedAnswerError where it is none."""
    if not isinstance(rows, list):
        raise source.without(SONGS, path)
    return (row if isinstance(row, dict) else {} for row in rows)


def line(value: Json) -> str:
    """A text on one line, without what controls a terminal; empty where it is none."""
    if not isinstance(value, str):
        return ""
    shown = (c for c in value[:LONGEST_LINE] if c.isprintable() or c.isspace())
    return " ".join("".join(shown).split())


def isrc(value: Json) -> str:
    """An ISRC as its twelve characters; empty where it is none."""
    plain = plain_isrc(line(value))
    return plain if ISRC.fullmatch(plain) else ""


def milliseconds(value: Json, each: float = 1.0) -> int:
    """A duration given in so many milliseconds `each`; 0 where it is none that a song has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    found = value * each
    return round(found) if 0 < found <= LONGEST_SONG_MS else 0
