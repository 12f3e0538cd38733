"""Genius through lyricsgenius, with a token: search by its API, lyrics from its page.

lyricsgenius turns a refused page into "no lyrics" and a refused call into a bare AssertionError.
It is therefore given the session of a `Source`, which judges every answer first, so that neither
is taken for a song without words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lyricsgenius import Genius as Client

from segue.errors import MalformedAnswerError, NotFoundError, UnavailableError
from segue.lyrics.cleaning import is_same_song, searchable_title
from segue.music.track import Track
from segued.providers.lyrics.source import Lyrics
from segued.web.judging import Phrases
from segued.web.source import USER_AGENT, Source, phrases_for

MOST_REDIRECTS = 3
PHRASES: Phrases = phrases_for(
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
