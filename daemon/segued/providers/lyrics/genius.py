"""Genius through lyricsgenius, with a token: search by its API, lyrics from its page.

lyricsgenius turns a refused page into "no lyrics" and a refused call into a bare AssertionError.
A hook on its session judges every answer first, so that neither is taken for a song without words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from lyricsgenius import Genius as Client

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segue.lyrics.matching import is_same_song, searchable_title
from segue.music.track import Track
from segued.providers.lyrics.source import Lyrics
from segued.web.source import (
    REFUSED_WAIT,
    USER_AGENT,
    WAIT_UNSAID,
    Manners,
    Source,
    retry_after,
)


class Genius:
    """The source "genius". `gate` carries its budget and cool-down; the token never shows."""

    name = "genius"

    def __init__(
        self,
        token: str,
        gate: Source,
        manners: Manners,
        *,
        api_url: str,
        web_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._gate = gate
        self._clock = clock
        client = Client(
            token,
            timeout=max(1, round(manners.timeout_seconds)),
            sleep_time=manners.interval_seconds,
            retries=0,
            remove_section_headers=True,
            skip_non_songs=True,
            user_agent=USER_AGENT,
        )
        client.API_ROOT = api_url.rstrip("/") + "/"
        client.WEB_ROOT = web_url.rstrip("/") + "/"
        client.PUBLIC_API_ROOT = client.WEB_ROOT + "api/"
        client._session.hooks["response"].append(self._judge)  # noqa: SLF001 (no other way)
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
        if not isinstance(hits, list) or not all(map(_is_hit, hits)):
            raise MalformedAnswerError(
                f"{self.name} answered a search with something other than songs; nothing of it "
                "was kept, and it will be asked again later"
            )
        song = next((song for hit in hits if (song := _song(track, hit)) is not None), None)
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

    def close(self) -> None:
        """Close the connections."""
        self._client._session.close()  # noqa: SLF001

    def _ask(self, call: Callable[[], Any]) -> Any:  # Any: what lyricsgenius parsed, checked above
        self._gate.check()
        self._gate.count()
        try:
            return call()
        except RateLimitedError as error:
            self._gate.leave_alone(error.retry_at, "rate limit")
            raise
        except ForbiddenError:
            self._gate.leave_alone(self._clock() + REFUSED_WAIT, "refused")
            raise
        except NotFoundError:
            return None
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise MalformedAnswerError(
                f"{self.name} gave an answer that lyricsgenius cannot read "
                f"({type(error).__name__}); it will be asked again later"
            ) from error
        except (requests.RequestException, RuntimeError) as error:
            raise UnavailableError(
                f"{self.name} did not answer ({type(error).__name__}); it will be asked again later"
            ) from error

    def _judge(self, response: requests.Response, *_: object, **__: object) -> None:
        error = self._error_in(response)
        if error is not None:
            response.close()
            raise error
        # lyricsgenius would wait for a body that trickles in for ever.
        with response:
            response._content = self._gate.body_of(response, response.url)  # noqa: SLF001

    def _error_in(self, response: requests.Response) -> ServiceError | None:
        status = response.status_code
        if status == 429:
            now = self._clock()
            wait = retry_after(response.headers.get("Retry-After"), now)
            until = now + (WAIT_UNSAID if wait is None else wait)
            return RateLimitedError(
                f"{self.name} asks to be left alone until {until:%Y-%m-%d %H:%M:%S UTC}",
                retry_at=until,
            )
        if status in (401, 403):
            return ForbiddenError(
                f"{self.name} refuses this client ({status}): check the token; pages are often "
                "refused to data centres and VPNs",
                status=status,
            )
        if status == 404:
            return NotFoundError(f"{self.name} does not have that page", status=status)
        if status >= 500:
            return UnavailableError(
                f"{self.name} answered with {status}; it will be asked again later", status=status
            )
        return None


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
