"""What `seeds` may say: songs by title and artist, link or id, and playlists to go on from."""

from __future__ import annotations

from segue.playlists.seed_tracks import PLAYLIST, title_and_artist
from segued.config.sources import spotify_id


def read_seeds(value: object) -> tuple[str, ...]:
    """Seeds as recipes hold them: a track's URI, "title - artist", or "playlist:" and a name.

    Raises ValueError with a sentence a newcomer can act on.
    """
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError('expected a song, or a list of songs like ["Title - Artist"]')
    return tuple(_seed(one.strip()) for one in values)


def _seed(text: str) -> str:
    track = spotify_id(text.removeprefix("track:"), "track")
    if track is not None:
        return f"spotify:track:{track}"
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
