"""Finding things by words, as the search endpoint does: field filters and free words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from segued.sandbox.account.catalogue import Catalogue

_FILTER = re.compile(r'\b(track|artist|album|isrc|genre|year|upc):("[^"]*"|\S+)')


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: field filters, each in lower case, and free words."""

    filters: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    def names(self, text: str) -> bool:
        """Whether every free word is in a text."""
        folded = text.casefold()
        return all(word in folded for word in self.words)


def parse_query(text: str) -> Query:
    """Read a query: `track:"Lost Storm" artist:Bell night` has two filters and one word."""
    filters = tuple((name, value.strip('"').casefold()) for name, value in _FILTER.findall(text))
    free = _FILTER.sub(" ", text).replace('"', " ").casefold()
    return Query(filters, tuple(free.split()))


def find_tracks(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of tracks that match, exact titles first, then by popularity."""
    found = []
    for track in catalogue.tracks.values():
        line = catalogue.artist_line(track)
        album = catalogue.albums[track.album_id]
        fields = {
            "track": track.title,
            "artist": line,
            "album": album.name,
            "isrc": track.isrc,
            "genre": track.genre,
        }
        if _passes(query, fields, album.release_date) and query.names(
            f"{track.title} {line} {album.name}"
        ):
            exact = track.title.casefold() == " ".join(query.words)
            found.append((not exact, -track.popularity, track.id))
    return [track_id for _, _, track_id in sorted(found)]


def find_albums(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of albums that match, by popularity."""
    found = []
    for album in catalogue.albums.values():
        line = ", ".join(catalogue.artists[one].name for one in album.artist_ids)
        fields = {"album": album.name, "artist": line, "upc": album.upc}
        if _passes(query, fields, album.release_date) and query.names(f"{album.name} {line}"):
            found.append((-album.popularity, album.id))
    return [album_id for _, album_id in sorted(found)]


def find_artists(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of artists that match, by popularity."""
    found = []
    for artist in catalogue.artists.values():
        fields = {"artist": artist.name, "genre": " ".join(artist.genres)}
        if _passes(query, fields, None) and query.names(artist.name):
            found.append((-artist.popularity, artist.id))
    return [artist_id for _, artist_id in sorted(found)]


def _passes(query: Query, fields: dict[str, str], released: str | None) -> bool:
    return all(
        _in_years(released, value) if name == "year" else value in fields.get(name, "").casefold()
        for name, value in query.filters
    )


def _in_years(released: str | None, years: str) -> bool:
    bounds: Iterable[str] = years.split("-", 1)
    numbers = [int(bound) for bound in bounds if bound.isdigit()]
    if not numbers or released is None or not released[:4].isdigit():
        return False
    return numbers[0] <= int(released[:4]) <= numbers[-1]
