"""Services that name songs like one of the user's, by whatever they know of it.

An engine is one class here, its name in `segue.recipe.sources.Engine`, how it is opened in
`segued.sync.similar`, and what it is called in `segue.playlists.gather.outside`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from segue.errors import MalformedAnswerError, NotFoundError
from segue.lyrics.cleaning import LONGEST_LINE
from segue.music.track import ISRC, Track, plain_isrc
from segue.names import spotify_id
from segue.playlists.library import Suggestion
from segued.web.source import Json, Source

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
        found = [_of_reccobeats(row, track) for row in listed(rows, self.name, self.path)]
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


def listed(rows: Json, name: str, path: str) -> Iterator[Mapping[str, Json]]:
    """The objects in a list. Raises MalformedAnswerError where it is none."""
    if not isinstance(rows, list):
        raise MalformedAnswerError(
            f"{name} answered {path} without a list of songs; nothing of it was kept, and it will "
            "be asked again later"
        )
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
