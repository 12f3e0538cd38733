"""Last.fm: the tags of an artist, by name, with a key of one's own.

Asked with plain calls rather than by pylast: its transport has no bound on bytes or seconds, and
knows no budget.
"""

from __future__ import annotations

from collections.abc import Collection

from segue.errors import ForbiddenError, MalformedAnswerError, NotFoundError, UnavailableError
from segue.music.track import Track
from segued.providers.tags.source import Tagged, Tags, tags_of
from segued.web.source import Params, Source

PATH = "/2.0/"
_NOT_FOUND = 6
_REFUSED = (4, 9, 10, 26)
"""Authentication failed, invalid session, invalid key, suspended key."""


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
            key = artist.id or artist.name.casefold()
            if artist.name and key not in known and (tags := self._tags(artist.name)) is not None:
                found[key] = tags
        return Tagged(artists=found) if found else None

    def _tags(self, artist: str) -> Tags | None:
        question: Params = {
            "method": "artist.gettoptags",
            "artist": artist,
            "autocorrect": 1,
            "api_key": self._key,
            "format": "json",
        }
        try:
            answer = self._source.get_json(PATH, question)
        except NotFoundError:
            return None
        if isinstance(answer, dict) and isinstance(code := answer.get("error"), int):
            if code == _NOT_FOUND:
                return None
            if code in _REFUSED:
                raise ForbiddenError(
                    f"{self.name} refuses the key (its error {code}); check [tags] lastfm_key"
                )
            raise UnavailableError(f"{self.name} answered with its error {code}; asked again later")
        top = answer.get("toptags") if isinstance(answer, dict) else None
        if not isinstance(top, dict):
            raise MalformedAnswerError(
                f"{self.name} answered without a list called toptags; nothing of it was kept, and "
                "it will be asked again later"
            )
        return tags_of(top.get("tag"))
