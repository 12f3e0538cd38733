"""Where a recipe's tracks come from, and how `from` says it: each source is one entry.

Sets of sources are lists, `[a, b]` (any of these), or tables, `{ any = [], all = [], minus = [] }`
(in any, in every one, in none), and may be nested. To add a source, add its class and its entry
in `SOURCES` here, how it is gathered in `segue.playlists.gather.pool`, and what a sync has to
read for it in `segued.sync.wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from segue.names import nearest
from segue.recipe.values import Mistake
from segue.spotify_ids import linked, spotify_id

TopRange = Literal["short", "medium", "long"]
RANGES: tuple[TopRange, ...] = get_args(TopRange)

_SETS = ("any", "all", "minus")


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
class SourceSet:
    """A set of sources: in at least one of `any_of`, in every one of `all_of`, in none of `minus`.

    An empty `any_of` stands for no restriction when `all_of` has members.
    """

    any_of: tuple[Source, ...] = ()
    all_of: tuple[Source, ...] = ()
    minus: tuple[Source, ...] = ()


Source = (
    Liked
    | SavedAlbums
    | FromPlaylist
    | TopTracks
    | RecentPlays
    | FromRecipe
    | TheseTracks
    | SourceSet
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


def _no_range(text: str) -> tuple[str, str]:
    choices = ", ".join(f'"top:{choice}"' for choice in RANGES)
    return f"{text!r} is not a range of top tracks.", f"There are {choices}."


def _no_track(text: str) -> tuple[str, str]:
    if ":" not in text:
        return f"{text!r} names no track.", 'Write "track:ID".'
    return (
        f"{text.partition(':')[2].strip()!r} is not a track's id or link.",
        "In Spotify choose Share, Copy Song Link, and paste that after `track:`.",
    )


def _playlist(rest: str) -> Source | None:
    return FromPlaylist(spotify_id(rest, "playlist") or rest) if rest else None


def _track(rest: str) -> Source | None:
    track_id = spotify_id(rest, "track")
    return TheseTracks((track_id,)) if track_id else None


SOURCES: tuple[SourceSpec, ...] = (
    SourceSpec(Liked, "liked", "the tracks in Liked Songs", _lone(Liked())),
    SourceSpec(SavedAlbums, "albums", "every track of every saved album", _lone(SavedAlbums())),
    SourceSpec(
        RecentPlays, "plays", "everything you played that Segue knows of", _lone(RecentPlays())
    ),
    SourceSpec(
        FromPlaylist,
        "playlist:NAME",
        "one of your playlists, by name, id or link",
        _playlist,
        lambda source: source.reference,
        _named("playlist"),
    ),
    SourceSpec(
        TopTracks,
        "top:short",
        "your top tracks: short is four weeks, medium six months, long a year",
        lambda rest: TopTracks(rest) if rest in RANGES else None,
        lambda source: source.range,
        _no_range,
    ),
    SourceSpec(
        FromRecipe,
        "recipe:NAME",
        "what another recipe made",
        lambda rest: FromRecipe(rest) if rest else None,
        lambda source: source.reference,
        _named("recipe"),
    ),
    SourceSpec(
        TheseTracks,
        "track:ID",
        "one track, by id or link",
        _track,
        lambda source: source.track_ids[0],
        _no_track,
    ),
)

EXAMPLES = tuple(spec.example for spec in SOURCES)

_BY_WORD = {spec.word: spec for spec in SOURCES}
_BY_TYPE = {spec.type: spec for spec in SOURCES}


def read_source(value: object) -> tuple[Source | None, tuple[Mistake, ...]]:
    """Read a `from`: the source, or every mistake in it."""
    mistakes: list[Mistake] = []
    source = _read(value, (), mistakes)
    return (None, tuple(mistakes)) if mistakes else (source, ())


def write_source(source: Source) -> object:
    """A source in the form that `read_source` reads back to an equal one."""
    match source:
        case SourceSet(any_of, all_of, minus):
            named = zip(_SETS, (any_of, all_of, minus), strict=True)
            return {key: [write_source(part) for part in parts] for key, parts in named if parts}
        case TheseTracks(track_ids) if len(track_ids) != 1:
            return [write_source(TheseTracks((track_id,))) for track_id in track_ids]
        case _:
            spec = _BY_TYPE[type(source)]
            return f"{spec.word}:{spec.write(source)}" if spec.write is not None else spec.word


def single_sources(source: Source) -> Iterator[Source]:
    """Every source in a source that is not itself a set, subtracted ones included."""
    if isinstance(source, SourceSet):
        for part in (*source.any_of, *source.all_of, *source.minus):
            yield from single_sources(part)
    else:
        yield source


def recipes_named(source: Source) -> tuple[str, ...]:
    """The names or ids of every recipe a source draws on."""
    return tuple(s.reference for s in single_sources(source) if isinstance(s, FromRecipe))


def _read(value: object, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    if isinstance(value, str):
        return _read_text(value, path, mistakes)
    if isinstance(value, dict):
        return _read_set(cast(dict[str, object], value), path, mistakes)
    if isinstance(value, list):
        if not value:
            mistakes.append(Mistake(path, "an empty list draws on nothing.", 'Try "liked".'))
            return None
        members = _members(cast(list[object], value), path, mistakes)
        return members[0] if len(members) == 1 else SourceSet(any_of=members)
    hint = f"A source is one of {', '.join(EXAMPLES)}."
    mistakes.append(Mistake(path, f"{value!r} is not a source.", hint))
    return None


def _members(
    values: list[object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> tuple[Source, ...]:
    read = [_read(value, (*path, index), mistakes) for index, value in enumerate(values)]
    return tuple(source for source in read if source is not None)


def _read_set(
    table: dict[str, object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> Source | None:
    for key in table.keys() - set(_SETS):
        near = nearest(key, _SETS)
        hint = f"Did you mean {near!r}?" if near else "A set has any, all and minus."
        mistakes.append(Mistake((*path, key), "unknown key.", hint))
    parts: dict[str, tuple[Source, ...]] = {}
    for key in _SETS:
        value = table.get(key, [])
        if isinstance(value, list):
            parts[key] = _members(cast(list[object], value), (*path, key), mistakes)
        else:
            single = _read(value, (*path, key), mistakes)
            parts[key] = (single,) if single is not None else ()
    if not table.get("any") and not table.get("all"):
        mistakes.append(
            Mistake(
                path,
                "the set names nothing to draw on.",
                "Give it `any` (in at least one) or `all` (in every one); `minus` takes away.",
            )
        )
    return SourceSet(any_of=parts["any"], all_of=parts["all"], minus=parts["minus"])


def _read_text(text: str, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    link = linked(text)
    if link is not None and link[0] in ("track", "playlist"):
        return _BY_WORD[link[0]].read(link[1])
    word, colon, rest = text.partition(":")
    spec = _BY_WORD.get(word)
    source = None
    if spec is not None and bool(colon) == (":" in spec.example):
        source = spec.read(rest.strip())
    if source is None:
        mistakes.append(_unknown(text, path))
    return source


def _unknown(text: str, path: tuple[str | int, ...]) -> Mistake:
    word = text.partition(":")[0]
    spec = _BY_WORD.get(word)
    if spec is not None and spec.wrong is not None:
        return Mistake(path, *spec.wrong(text))
    near = nearest(word, _BY_WORD)
    if near is not None:
        hint = f'Did you mean "{_BY_WORD[near].example}"?'
    else:
        hint = f"A source is one of {', '.join(EXAMPLES)}; a playlist needs `playlist:` before it."
    return Mistake(path, f"unknown source {text!r}.", hint)
