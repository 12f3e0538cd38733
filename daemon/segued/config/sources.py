"""What `from` may say, and the sources it stands for.

"liked"                       the tracks in Liked Songs
"albums"                      every track of every saved album
"playlist:NAME"               one of your playlists, by name, id or link
"top:short|medium|long"       your top tracks of 4 weeks, 6 months, a year
"plays"                       everything you played that Segue knows of
"recipe:NAME"                 what another recipe made
"track:ID"                    one track, by id or link
[a, b]                        any of these
{ any = [], all = [], minus = [] }   in any, in every one, in none; may be nested
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast, get_args

from segue.names import nearest
from segue.playlists.library import TopRange
from segue.playlists.recipe import (
    FromPlaylist,
    FromRecipe,
    Liked,
    RecentPlays,
    SavedAlbums,
    Source,
    SourceSet,
    TheseTracks,
    TopTracks,
)

RANGES: tuple[TopRange, ...] = get_args(TopRange)
WORDS = ("liked", "albums", "plays", "playlist:NAME", "top:short", "recipe:NAME", "track:ID")
_SETS = ("any", "all", "minus")
_ID = re.compile(r"[0-9A-Za-z]{22}")
_LINK = re.compile(
    r"(?:https?://open\.spotify\.com/(?:intl-[a-z-]+/)?|spotify:)(track|playlist|album|artist)"
    r"[/:]([0-9A-Za-z]{22})(?:\?\S*)?"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong inside a value: the path within it, what is wrong, what would be right."""

    path: tuple[str | int, ...]
    message: str
    suggestion: str | None = None


def spotify_id(text: str, kind: str) -> str | None:
    """The Spotify id that an id, URI or link of this kind names, else None."""
    if _ID.fullmatch(text):
        return text
    link = _LINK.fullmatch(text.strip())
    return link.group(2) if link and link.group(1) == kind else None


def read_source(value: object) -> tuple[Source | None, tuple[Mistake, ...]]:
    """Read a `from`: the source, or every mistake in it."""
    mistakes: list[Mistake] = []
    source = _any_value(value, (), mistakes)
    return (None, tuple(mistakes)) if mistakes else (source, ())


def _any_value(
    value: object, path: tuple[str | int, ...], mistakes: list[Mistake]
) -> Source | None:
    if isinstance(value, str):
        return _word(value, path, mistakes)
    if isinstance(value, dict):
        return _set(cast(dict[str, object], value), path, mistakes)
    if isinstance(value, list):
        if not value:
            mistakes.append(Mistake(path, "an empty list draws on nothing.", 'Try "liked".'))
            return None
        members = _members(cast(list[object], value), path, mistakes)
        return members[0] if len(members) == 1 else SourceSet(any_of=members)
    mistakes.append(
        Mistake(path, f"{value!r} is not a source.", f"A source is one of {', '.join(WORDS)}.")
    )
    return None


def _members(
    values: list[object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> tuple[Source, ...]:
    read = [_any_value(value, (*path, index), mistakes) for index, value in enumerate(values)]
    return tuple(source for source in read if source is not None)


def _set(
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
            single = _any_value(value, (*path, key), mistakes)
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


def _word(text: str, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    simple: dict[str, Source] = {"liked": Liked(), "albums": SavedAlbums(), "plays": RecentPlays()}
    if text in simple:
        return simple[text]
    link = _LINK.fullmatch(text.strip())
    if link and link.group(1) == "track":
        return TheseTracks((link.group(2),))
    if link and link.group(1) == "playlist":
        return FromPlaylist(link.group(2))
    kind, colon, rest = text.partition(":")
    rest = rest.strip()
    if colon and rest:
        if kind == "playlist":
            return FromPlaylist(spotify_id(rest, "playlist") or rest)
        if kind == "recipe":
            return FromRecipe(rest)
        if kind == "top" and rest in RANGES:
            return TopTracks(rest)
        if kind == "track" and (track_id := spotify_id(rest, "track")):
            return TheseTracks((track_id,))
    mistakes.append(_unknown(text, path))
    return None


def _unknown(text: str, path: tuple[str | int, ...]) -> Mistake:
    kind, colon, rest = text.partition(":")
    if kind == "top":
        return Mistake(path, f"{text!r} is not a range of top tracks.", _choices("top:", RANGES))
    if kind == "track" and colon:
        return Mistake(
            path,
            f"{rest!r} is not a track's id or link.",
            "In Spotify choose Share, Copy Song Link, and paste that after `track:`.",
        )
    if kind in ("playlist", "recipe"):
        return Mistake(path, f"{text!r} names no {kind}.", f'Write "{kind}:NAME".')
    known = ("liked", "albums", "plays", "playlist", "top", "recipe", "track")
    near = nearest(kind, known)
    if near is not None:
        full = next(word for word in WORDS if word.split(":")[0] == near)
        hint = f'Did you mean "{full}"?'
    else:
        hint = f"A source is one of {', '.join(WORDS)}; a playlist needs `playlist:` before it."
    return Mistake(path, f"unknown source {text!r}.", hint)


def _choices(prefix: str, choices: tuple[str, ...]) -> str:
    return "There are " + ", ".join(f'"{prefix}{choice}"' for choice in choices) + "."


def write_source(source: Source) -> object:
    """A source in the form that `read_source` reads back to an equal one."""
    match source:
        case Liked():
            return "liked"
        case SavedAlbums():
            return "albums"
        case RecentPlays():
            return "plays"
        case FromPlaylist(reference):
            return f"playlist:{reference}"
        case TopTracks(range_name):
            return f"top:{range_name}"
        case FromRecipe(reference):
            return f"recipe:{reference}"
        case TheseTracks(track_ids):
            words: list[object] = [f"track:{track_id}" for track_id in track_ids]
            return words[0] if len(words) == 1 else words
        case SourceSet(any_of, all_of, minus):
            named = (("any", any_of), ("all", all_of), ("minus", minus))
            table: dict[str, object] = {
                key: [write_source(member) for member in members]
                for key, members in named
                if members
            }
            return table


def recipes_named(source: Source) -> tuple[str, ...]:
    """The names or ids of every recipe a source draws on."""
    match source:
        case FromRecipe(reference):
            return (reference,)
        case SourceSet(any_of, all_of, minus):
            inner = (*any_of, *all_of, *minus)
            return tuple(name for member in inner for name in recipes_named(member))
        case _:
            return ()
