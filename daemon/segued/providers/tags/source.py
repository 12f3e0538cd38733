"""What every source of tags is, and reading tags out of an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from segue.music.track import Track, normalised_artist
from segued.web.source import Json

Tags = tuple[tuple[str, int], ...]
"""Names as listeners gave them, each with how many did, the most frequent first."""

MOST_TAGS = 25
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a service knows of a song: its own tags, and those of its artists by artist key.

    An artist that the service knows and nobody tagged has none: `()`.
    """

    track: Tags = ()
    artists: Mapping[str, Tags] = field(default_factory=dict)


class TagSource(Protocol):
    """One source of tags."""

    @property
    def name(self) -> str:
        """As the configuration and the store write it."""
        ...

    def find(self, track: Track, known: Collection[str]) -> Tagged | None:
        """What it knows of a track and its artists; None where it does not have them.

        Artists in `known`, by artist key, need not be asked about again. Raises a ServiceError
        when it could not be asked: that is never "has no tags".
        """
        ...


def tags_of(rows: Json, name: str = "name", count: str = "count") -> Tags:
    """Tags from a list of JSON objects, or a lone one; a row that is no tag is left out."""
    votes: dict[str, int] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, dict):
            continue
        tag, number = tag_name(row.get(name)), row.get(count)
        if isinstance(number, str) and number.isascii() and number.isdigit():
            number = int(number[:9])
        if isinstance(number, bool) or not isinstance(number, int):
            continue
        if tag and number > 0:
            votes[tag] = max(votes.get(tag, 0), min(number, 1_000_000))
    frequent = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(frequent[:MOST_TAGS])


def tag_name(value: Json) -> str:
    """A name as it is kept: short, on one line, without what controls a terminal; or nothing."""
    if not isinstance(value, str):
        return ""
    shown = (
        letter for letter in value[: 10 * LONGEST_NAME] if letter.isprintable() or letter.isspace()
    )
    return " ".join("".join(shown).split())[:LONGEST_NAME].strip()


def together(*lists: Tags) -> Tags:
    """Several lists of tags as one; of a name in several the higher count stays."""
    votes: dict[str, int] = {}
    for tags in lists:
        for name, number in tags:
            votes[name] = max(votes.get(name, 0), number)
    return tuple(sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:MOST_TAGS])


def artist_keys(track: Track) -> dict[str, str]:
    """The artist keys of a track by the artist's name as names are compared."""
    return {
        normalised_artist(artist.name): artist.key
        for artist in reversed(track.artists)
        if artist.name
    }
