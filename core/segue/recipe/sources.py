"""Where a recipe's tracks come from, and how `from` says it: each source is one entry.

Sets of sources are lists, `[a, b]` (any of these), or tables, `{ any = [], all = [], minus = [] }`
(in any, in every one, in none), and may be nested; shares, `{ shares = [[a, 60], [b, 40]] }`, stand
alone. A source is a class and an entry in `SOURCES` here; `segue.playlists.gather.sources` gathers
it, and `segued.sync.wanted` says what a sync has to read for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from segue.names import spotify_id

TopRange = Literal["short", "medium", "long"]
RANGES: tuple[TopRange, ...] = get_args(TopRange)
Engine = Literal["reccobeats", "listenbrainz", "lastfm"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


@dataclass(frozen=True, slots=True)
class Liked:
    """The tracks in Liked Songs."""


@dataclass(frozen=True, slots=True)
class SavedAlbums:
    """Every track of every saved album."""


@dataclass(frozen=True, slots=True)
class FromPlaylist:
    """The tracks of one of the user's playlists, by name, id or link."""

    reference: str


@dataclass(frozen=True, slots=True)
class TopTracks:
    """The user's top tracks: short is about four weeks, medium six months, long a year."""

    range: TopRange


@dataclass(frozen=True, slots=True)
class RecentPlays:
    """Every track that was played and that Segue knows of."""


@dataclass(frozen=True, slots=True)
class FromRecipe:
    """What another recipe made, by its name or id."""

    reference: str


@dataclass(frozen=True, slots=True)
class TheseTracks:
    """Tracks named one by one, by id."""

    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfGenre:
    """Every known track of a genre, or of one that is part of it."""

    reference: str


@dataclass(frozen=True, slots=True)
class NewReleases:
    """What artists whom the user follows or plays have released of late."""


@dataclass(frozen=True, slots=True)
class OfAlbum:
    """The tracks of one album, saved or not, by id."""

    album_id: str


@dataclass(frozen=True, slots=True)
class OfArtist:
    """Everything that an artist has released, by name, id or link."""

    reference: str


@dataclass(frozen=True, slots=True)
class TopOfArtist:
    """What of an artist's is heard most, by name, id or link."""

    reference: str


@dataclass(frozen=True, slots=True)
class Found:
    """What Spotify's search finds for words."""

    words: str


@dataclass(frozen=True, slots=True)
class Similar:
    """Songs the user does not have that a service names beside those they like and hear."""

    engine: Engine


@dataclass(frozen=True, slots=True)
class SourceSet:
    """A set of sources: in at least one of `any_of`, in every one of `all_of`, in none of `minus`.

    An empty `any_of` stands for no restriction when `all_of` has members.
    """

    any_of: tuple[Source, ...] = ()
    all_of: tuple[Source, ...] = ()
    minus: tuple[Source, ...] = ()


First = Literal["", "oldest", "newest"]
Layout = Literal["", "interleaved", "blocks"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a list, in percent, and the source it comes from.

    `first` are the tracks it takes before others: those added longest ago or last; "", the best.
    """

    source: Source
    percent: float
    first: First = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """A list of parts in given shares, which come to 100, less what is in `minus`.

    `layout` is how the parts stand in the list: by turns, one after another, or as the order has
    it.
    """

    parts: tuple[Share, ...]
    minus: tuple[Source, ...] = ()
    layout: Layout = ""


Source = (
    Liked
    | SavedAlbums
    | FromPlaylist
    | TopTracks
    | RecentPlays
    | FromRecipe
    | TheseTracks
    | OfGenre
    | NewReleases
    | OfAlbum
    | OfArtist
    | TopOfArtist
    | Found
    | Similar
    | SourceSet
    | Shares
)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How one source is written.

    `example` is its word, with what follows its colon, if it has one. `read` makes the
    source of that rest ("" for a lone word), or None where the rest makes no sense, which `wrong`
    explains; `write` gives the rest back.
    """

    type: type
    example: str
    description: str
    read: Callable[[str], Source | None]
    write: Callable[[Any], str] | None = None
    wrong: Callable[[str], tuple[str, str]] | None = None

    @property
    def word(self) -> str:
        """What the source is called: "playlist"."""
        return self.example.partition(":")[0]


def _lone(source: Source) -> Callable[[str], Source | None]:
    return lambda rest: None if rest else source


def _named(word: str) -> Callable[[str], tuple[str, str]]:
    return lambda text: (f"{text!r} names no {word}.", f'Write "{word}:NAME".')


def _none_of(names: tuple[str, ...], word: str, called: str) -> Callable[[str], tuple[str, str]]:
    choices = ", ".join(f'"{word}:{name}"' for name in names)
    return lambda text: (f"{text!r} is not {called}.", f"There are {choices}.")


def _no_link(kind: str, called: str) -> Callable[[str], tuple[str, str]]:
    def wrong(text: str) -> tuple[str, str]:
        if ":" not in text:
            return f"{text!r} names no {kind}.", f'Write "{kind}:ID".'
        given, article = text.partition(":")[2].strip(), "an" if kind == "album" else "a"
        return (
            f"{given!r} is not {article} {kind}'s id or link.",
            f"In Spotify choose Share, Copy {called} Link, and paste that after `{kind}:`.",
        )

    return wrong


Referring = type[FromPlaylist | FromRecipe | OfGenre | OfArtist | TopOfArtist]


def _by_name(kind: Referring, word: str, description: str) -> SourceSpec:
    """A source by a name, or by the id in a link of its kind."""
    return SourceSpec(
        kind,
        f"{word}:NAME",
        description,
        lambda rest: kind(spotify_id(rest, word.split("-")[-1]) or rest) if rest else None,
        lambda source: source.reference,
        _named(word),
    )


SOURCES: tuple[SourceSpec, ...] = (
    SourceSpec(Liked, "liked", "the tracks in Liked Songs", _lone(Liked())),
    SourceSpec(SavedAlbums, "albums", "every track of every saved album", _lone(SavedAlbums())),
    SourceSpec(
        RecentPlays, "plays", "everything you played that Segue knows of", _lone(RecentPlays())
    ),
    _by_name(FromPlaylist, "playlist", "one of your playlists, or a public one by link"),
    SourceSpec(
        TopTracks,
        "top:short",
        "your top tracks: short is four weeks, medium six months, long a year",
        lambda rest: TopTracks(rest) if rest in RANGES else None,
        lambda source: source.range,
        _none_of(RANGES, "top", "a range of top tracks"),
    ),
    _by_name(FromRecipe, "recipe", "what another recipe made"),
    _by_name(OfGenre, "genre", "everything Segue knows of a genre, like genre:deep house"),
    SourceSpec(
        NewReleases,
        "new-releases",
        "what artists you follow or play released of late",
        _lone(NewReleases()),
    ),
    SourceSpec(
        OfAlbum,
        "album:LINK",
        "one album, by id or link",
        lambda rest: OfAlbum(found) if (found := spotify_id(rest, "album")) else None,
        lambda source: source.album_id,
        _no_link("album", "Album"),
    ),
    _by_name(OfArtist, "artist", "everything an artist released, by name, id or link"),
    _by_name(TopOfArtist, "top-of-artist", "what of an artist's is heard most"),
    SourceSpec(
        Found,
        "search:WORDS",
        "what Spotify's search finds, like search:genre:dub year:1975-1980",
        lambda rest: Found(rest) if rest else None,
        lambda source: source.words,
        lambda text: (f"{text!r} searches for nothing.", 'Write "search:WORDS".'),
    ),
    SourceSpec(
        Similar,
        "similar:reccobeats",
        "songs you do not have, named by a service beside those you like",
        lambda rest: Similar(rest) if rest in ENGINES else None,
        lambda source: source.engine,
        _none_of(ENGINES, "similar", "a service that names similar songs"),
    ),
    SourceSpec(
        TheseTracks,
        "track:ID",
        "one track, by id or link",
        lambda rest: TheseTracks((found,)) if (found := spotify_id(rest, "track")) else None,
        lambda source: source.track_ids[0],
        _no_link("track", "Song"),
    ),
)

EXAMPLES = tuple(spec.example for spec in SOURCES)
