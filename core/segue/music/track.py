"""A track as Spotify knows it: who made it, on which album, how long it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist. `id` is None for artists of local files."""

    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Album:
    """An album. `release_date` is ISO 8601 with the precision known: year, month or day."""

    name: str
    id: str | None = None
    release_date: str | None = None

    @property
    def release_year(self) -> int | None:
        """The year of release, or None where unknown (Spotify writes unknown as 0000)."""
        head = (self.release_date or "")[:4]
        return int(head) if head.isascii() and head.isdigit() and head != "0000" else None


@dataclass(frozen=True, slots=True)
class Track:
    """A track of Spotify's catalogue.

    `id` is the Spotify id (22 base-62 characters). `explicit` and `playable` are None where the
    service did not say.
    """

    id: str
    title: str
    artists: tuple[Artist, ...] = ()
    album: Album | None = None
    duration_ms: int = 0
    isrc: str | None = None
    explicit: bool | None = None
    playable: bool | None = None

    @property
    def uri(self) -> str:
        """The Spotify URI, as playlists are written with it."""
        return f"spotify:track:{self.id}"

    @property
    def artist(self) -> str:
        """The first artist's name, or an empty string where there is none."""
        return self.artists[0].name if self.artists else ""

    @property
    def artist_key(self) -> str:
        """What identifies the first artist: the id, else the case-folded name."""
        if not self.artists:
            return ""
        first = self.artists[0]
        return first.id or first.name.casefold()

    @property
    def artist_line(self) -> str:
        """All artists, as a person would write them."""
        return ", ".join(artist.name for artist in self.artists)
