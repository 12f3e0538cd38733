"""What `seeds` may say: songs by title and artist, link or id, and playlists to go on from."""

from __future__ import annotations

import re

from segue.spotify_ids import TRACK_URI, spotify_id

PLAYLIST = "playlist:"
"""Before the name, id or link of a playlist whose tracks, in order, are what is to go on."""

_DASH = re.compile(r"\s+[-–—]\s+")


def read_seeds(value: object) -> tuple[str, ...]:
    """Seeds as recipes hold them: a track's URI, "title - artist", or "playlist:" and a name.

    Raises ValueError with a sentence a newcomer can act on.
    """
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(seed, str) for seed in values):
        raise ValueError('expected a song, or a list of songs like ["Title - Artist"]')
    return tuple(_seed(seed.strip()) for seed in values)


def title_and_artist(reference: str) -> list[tuple[str, str]]:
    """How "title - artist" may be read: at each dash, and then the other way round."""
    dashes = list(_DASH.finditer(reference))
    split = [(reference[: dash.start()], reference[dash.end() :]) for dash in reversed(dashes)]
    return [*split, *((second, first) for first, second in split)]


def search_words(reference: str) -> str:
    """What to search for: the words of title and artist, without the dash between them."""
    return _DASH.sub(" ", reference)


def shown(reference: str) -> str:
    """A seed as it was written: a URI as its id."""
    return reference.removeprefix(TRACK_URI)


def _seed(text: str) -> str:
    track = spotify_id(text.removeprefix("track:"), "track")
    if track is not None:
        return f"{TRACK_URI}{track}"
    playlist = spotify_id(text, "playlist")
    if playlist is not None:
        return f"{PLAYLIST}{playlist}"
    if text.startswith(PLAYLIST) and text.removeprefix(PLAYLIST).strip():
        return text
    if not any(title.strip() and artist.strip() for title, artist in title_and_artist(text)):
        raise ValueError(
            f'{text!r} is not a song: write "Title - Artist", a track\'s link, or "playlist:NAME"'
        )
    return text
