"""What every source of lyrics answers, the language of a text; LRCLIB, which needs no key; Genius.

lyricsgenius turns a refused page into "no lyrics" and a refused call into a bare AssertionError.
It is therefore given the session of a `Source`, which judges every answer first, so that neither
is taken for a song without words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from segue.errors import MalformedAnswerError, NotFoundError, UnavailableError
from segue.lyrics.cleaning import is_same_song, searchable_title
from segue.music.track import Track
from segued.web.judging import Phrases
from segued.web.source import USER_AGENT, Json, Params, Source, phrases_for

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


NONE_RECENT = timedelta(days=30)
NONE_OLD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Lyrics:
    """What a source found. An instrumental has no text. The text never shows in a `repr`."""

    text: str = field(repr=False, default="")
    instrumental: bool = False


class LyricSource(Protocol):
    """One source of lyrics."""

    @property
    def name(self) -> str:
        """As the configuration and the store write it."""
        ...

    def find(self, track: Track) -> Lyrics | None:
        """The lyrics of a track, or None where the source itself says that it has none.

        Raises a ServiceError when it could not be asked: that is never "has no lyrics".
        """
        ...


def ask_again_at(track: Track, now: datetime) -> datetime:
    """When to ask again for lyrics that nobody has: sooner for what was released lately."""
    year = track.album.release_year if track.album else None
    recent = year is None or year >= now.year - 1
    return now + (NONE_RECENT if recent else NONE_OLD)


SUREST = 0.8
SHORTEST = 40


def detect_language(text: str) -> str | None:
    """The language as ISO 639-1, or None for a short text or where it is not clear."""
    if len(text) < SHORTEST:
        return None
    language, probability = _identifier().classify(text)
    return str(language) if probability >= SUREST else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


MAX_SECONDS = 86_400


class Lrclib:
    """The source "lrclib"."""

    name = "lrclib"

    def __init__(self, source: Source) -> None:
        self._source = source

    def find(self, track: Track) -> Lyrics | None:
        """See `LyricSource.find`. At most three calls: exact, first artist alone, search."""
        if not track.artists:
            return None
        for question in _questions(track):
            try:
                answer = self._source.get_json("/api/get", question)
            except NotFoundError:
                continue
            if (found := _lyrics(track, _row(answer))) is not None:
                return found
        title = searchable_title(track.title)
        rows = self._source.get_json("/api/search", {"q": f"{title} {track.artist}"})
        if not isinstance(rows, list):
            raise MalformedAnswerError(
                f"{self.name} answered a search with something that is not a list; nothing of it "
                "was kept, and it will be asked again later"
            )
        unreadable = None
        for row in rows:
            try:
                found = _lyrics(track, _row(row))
            except MalformedAnswerError as error:
                unreadable = error
                self._source.odd_rows += 1
            else:
                if found is not None:
                    return found
        if unreadable is not None:  # the song may be among those that could not be read
            raise unreadable
        return None


def _questions(track: Track) -> Iterator[Params]:
    """The exact question, then the one that helps most: a single artist and a plain title."""
    exact: dict[str, str | int] = {"track_name": track.title, "artist_name": track.artist_line}
    if track.album is not None and track.album.name:
        exact["album_name"] = track.album.name
    if track.duration_ms > 0:
        exact["duration"] = round(track.duration_ms / 1000)
    yield exact
    plain = {"track_name": searchable_title(track.title), "artist_name": track.artist}
    if plain != {"track_name": track.title, "artist_name": track.artist_line}:
        yield plain


@dataclass(frozen=True, slots=True)
class _Row:
    """What an answer tells of one song."""

    title: str
    artist: str
    duration: Json
    instrumental: bool
    text: Json


def _row(answer: Json) -> _Row:
    """Read one song. Anything else is no song that is not there: nobody knows what it is."""
    document = answer if isinstance(answer, dict) else {}
    title, artist = document.get("trackName"), document.get("artistName")
    if not isinstance(title, str) or not isinstance(artist, str):
        raise MalformedAnswerError(
            "lrclib answered with something that is not a song; nothing of it was kept, and it "
            "will be asked again later"
        )
    return _Row(
        title=title,
        artist=artist,
        duration=document.get("duration"),
        instrumental=document.get("instrumental") is True,
        text=document.get("plainLyrics") or document.get("syncedLyrics"),
    )


def _lyrics(track: Track, row: _Row) -> Lyrics | None:
    """The lyrics in one row, or None where it is another song or has none."""
    duration = row.duration
    seconds = None
    if isinstance(duration, int | float) and 1 < duration < MAX_SECONDS:  # true is no duration
        seconds = float(duration)
    if not is_same_song(track, row.title, [row.artist], seconds):
        return None
    if row.instrumental:
        return Lyrics(instrumental=True)
    text = row.text
    return Lyrics(text) if isinstance(text, str) and text.strip() else None


GENIUS_REDIRECTS = 3
GENIUS_PHRASES: Phrases = phrases_for(
    "genius",
    forbidden=(
        "genius refuses this client ({status}): check the token; pages are often refused to data "
        "centres and VPNs"
    ),
    missing="genius does not have that page",
    unavailable="genius answered with {status}; it will be asked again later",
)


class Genius:
    """The source "genius". The token never shows."""

    name = "genius"

    def __init__(self, token: str, source: Source, *, api_url: str, web_url: str) -> None:
        from lyricsgenius import Genius as Client  # needless without a token

        self._source = source
        client = Client(
            token,
            sleep_time=0,  # the source spaces the calls
            retries=0,
            remove_section_headers=True,
            skip_non_songs=True,
            user_agent=USER_AGENT,
        )
        client.API_ROOT = api_url.rstrip("/") + "/"
        client.WEB_ROOT = web_url.rstrip("/") + "/"
        client.PUBLIC_API_ROOT = client.WEB_ROOT + "api/"
        client._session = source.session  # noqa: SLF001 (no other way)
        self._client = client

    def __repr__(self) -> str:
        return "Genius(token=***)"

    def find(self, track: Track) -> Lyrics | None:
        """See `LyricSource.find`."""
        if not track.artists:
            return None
        answer = self._ask(
            lambda: self._client.search_songs(f"{searchable_title(track.title)} {track.artist}")
        )
        hits = answer.get("hits") if isinstance(answer, dict) else None
        readable = [hit for hit in hits if _is_hit(hit)] if isinstance(hits, list) else []
        song = next((song for hit in readable if (song := _song(track, hit)) is not None), None)
        if song is None and (not isinstance(hits, list) or len(readable) < len(hits)):
            # The song may be among those that could not be read.
            raise MalformedAnswerError(
                f"{self.name} answered a search with something other than songs; nothing of it "
                "was kept, and it will be asked again later"
            )
        if song is None:
            return None
        if song.get("instrumental") is True:
            return Lyrics(instrumental=True)
        path = song.get("path")
        if song.get("lyrics_state") != "complete" or not isinstance(path, str):
            return None
        text = self._ask(lambda: self._client.lyrics(song_url=path.lstrip("/")))
        if not isinstance(text, str) or not text.strip():
            raise MalformedAnswerError(
                f"{self.name}'s page of a song that has lyrics showed none; its layout may have "
                "changed, and it will be asked again later"
            )
        return Lyrics(text)

    def _ask(self, call: Callable[[], Any]) -> Any:  # Any: what lyricsgenius parsed, checked above
        try:
            return self._source.call(call)
        except NotFoundError:
            return None
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise MalformedAnswerError(
                f"{self.name} gave an answer that lyricsgenius cannot read "
                f"({type(error).__name__}); it will be asked again later"
            ) from error
        except RuntimeError as error:
            raise UnavailableError(
                f"{self.name} did not answer ({type(error).__name__}); it will be asked again later"
            ) from error


def _is_hit(hit: object) -> bool:
    song = hit.get("result") if isinstance(hit, dict) else None
    return isinstance(song, dict) and isinstance(song.get("title"), str)


def _song(track: Track, hit: object) -> dict[str, Any] | None:
    """The song of a search hit when it is the one asked for."""
    song = hit.get("result") if isinstance(hit, dict) else None
    if not isinstance(song, dict) or not isinstance(song.get("title"), str):
        return None
    artist = song.get("primary_artist")
    name = artist.get("name") if isinstance(artist, dict) else None
    names = [text for text in (name, song.get("artist_names")) if isinstance(text, str)]
    return song if is_same_song(track, song["title"], names) else None
