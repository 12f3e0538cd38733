"""Filters on dates, plays, what the catalogue knows of a track, its genres and audio features, and
the account's playlists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np

from segue.errors import RecipeError
from segue.music.features import FEATURE_NAMES
from segue.music.genres import no_such_genre
from segue.music.track import normalised_artist
from segue.names import WeekTime, track_ids_in
from segue.playlists.filter.lyrics import Answer, Condition, Filter, negated
from segue.playlists.gather.pool import Facts, rested
from segue.playlists.inventory import (
    SHORTEST_PLAY_MS,
    Inventory,
    find_playlist,
    own_playlists,
)
from segue.playlists.library import Playlist
from segue.playlists.plan import Reason
from segue.playlists.text import clock, days_between, number, quoted, range_words, sound_words
from segue.recipe.values import Range


def _feature(name: str) -> Callable[[Range, Facts, Inventory], Condition]:
    def condition(wanted: Range, facts: Facts, _: Inventory) -> Condition:
        def test(track_id: str) -> Answer:
            features = facts.features_of(track_id)
            value = float(getattr(features, name))
            if name == "tempo":
                unknown = not features.has_tempo
            else:
                unknown = value < 0 if name in ("key", "mode") else math.isnan(value)
            return None if unknown else wanted.holds(value)

        return Condition(f"with {range_words(name, wanted)}", test)

    return condition


def _heard(name: str) -> Callable[[Range, str, Facts], Iterable[Reason]]:
    """What a track sounds like, as far as it is known: "energy 0.71"."""

    def reasons(_: Range, track_id: str, facts: Facts) -> Iterable[Reason]:
        if words := sound_words(name, facts.features_of(track_id)):
            yield Reason("feature", words)

    return reasons


SOUND: tuple[Filter, ...] = tuple(
    # The mode is known when the key is.
    Filter(name, _feature(name), "key" if name == "mode" else name, reasons=_heard(name))
    for name in FEATURE_NAMES
    if name != "duration_ms"
)


EVERY_PLAYLIST = "*"
"""In `not_in_playlist`: every playlist of the user that no recipe makes."""

_DAY_SECONDS = 86400.0
_UNSAFE = "the recipe's filter asks about it, so nothing can be chosen safely"

V = TypeVar("V")
Moment = Callable[[Facts, str], datetime | None]


def _within(verb: str, moment: Moment) -> Callable[[float, Facts, Inventory], Condition]:
    def condition(seconds: float, facts: Facts, _: Inventory) -> Condition:
        days = seconds / _DAY_SECONDS

        def test(track_id: str) -> bool:
            when = moment(facts, track_id)
            return when is not None and days_between(when, facts.now) <= days

        return Condition(f"{verb} within {number(days)} days", test)

    return condition


def _not(
    condition: Callable[[V, Facts, Inventory], Condition],
) -> Callable[[V, Facts, Inventory], Condition]:
    def opposite(value: V, facts: Facts, inventory: Inventory) -> Condition:
        found = condition(value, facts, inventory)
        return Condition(f"not {found.text}", negated(found.test))

    return opposite


def _plays(wanted: Range, facts: Facts, _: Inventory) -> Condition:
    words = f"with {range_words('plays', wanted)}"
    return Condition(words, lambda track_id: wanted.holds(facts.plays(track_id)))


def _skip_ratio(wanted: Range, facts: Facts, _: Inventory) -> Condition:
    def test(track_id: str) -> bool:
        skips, plays = facts.skips(track_id)
        return wanted.holds(skips / plays if plays else 0.0)

    return Condition(f"with a {range_words('share of skips', wanted)}", test)


def _skips(_: object, track_id: str, facts: Facts) -> Iterable[Reason]:
    skips, plays = facts.skips(track_id)
    if skips:
        yield Reason("skips", f"skipped {skips:,} of {plays:,} times")


def _played_on(times: tuple[WeekTime, ...], facts: Facts, inventory: Inventory) -> Condition:
    known = inventory.heard_at
    able = np.array([track_id in facts.tracks for track_id in known.track_ids], dtype=np.bool_)
    rows = np.flatnonzero(able[known.track]).tolist()
    moments = [
        (play.track_id, play.played_at)
        for play in inventory.plays
        if not play.skipped and (play.ms_played is None or play.ms_played >= SHORTEST_PLAY_MS)
    ]
    moments += [
        (known.track_ids[known.track[row]], datetime.fromtimestamp(known.played_at[row], UTC))
        for row in rows
    ]
    played = {
        track_id
        for track_id, moment in moments
        if any(time.holds(moment.astimezone(inventory.zone)) for time in times)
    }
    words = quoted([time.text for time in times])
    return Condition(f"played on {words}", played.__contains__)


def _by(names: Sequence[str], facts: Facts, _: Inventory) -> Condition:
    """Whether one of a track's artists is named, by name (without case or accents) or by id."""
    wanted = {normalised_artist(name) for name in names}
    ids = {name.removeprefix("spotify:artist:") for name in names}
    known: dict[str, bool] = {}

    def test(track_id: str) -> bool:
        for artist in facts.tracks[track_id].artists:
            if artist.name not in known:
                known[artist.name] = normalised_artist(artist.name) in wanted
            if known[artist.name] or artist.id in ids:
                return True
        return False

    return Condition(f"by {quoted(names)}", test)


def _title(pattern: str, facts: Facts, _: Inventory) -> Condition:
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise RecipeError(
            f"the title pattern “{pattern}” is not a regular expression: {error}; "
            "write a plain word, or put a backslash before ( [ * + ? ."
        ) from error
    words = f"with a title like “{pattern}”"
    return Condition(words, lambda i: compiled.search(facts.tracks[i].title) is not None)


def _explicit(wanted: bool, facts: Facts, _: Inventory) -> Condition:
    words = "marked explicit" if wanted else "marked not explicit"
    return Condition(words, lambda i: facts.tracks[i].explicit is wanted)


def _duration(wanted: Range, facts: Facts, _: Inventory) -> Condition:
    def test(track_id: str) -> bool:
        milliseconds = facts.tracks[track_id].duration_ms
        return milliseconds > 0 and wanted.holds(milliseconds / 1000)

    low, high = wanted.low, wanted.high
    if low is not None and high is not None:
        words = f"lasting {clock(low * 1000)} to {clock(high * 1000)}"
    elif low is not None:
        words = f"lasting {clock(low * 1000)} or more"
    else:
        words = f"lasting up to {clock(high * 1000)}" if high is not None else "of any duration"
    return Condition(words, test)


def _year(wanted: Range, facts: Facts, _: Inventory) -> Condition:
    def test(track_id: str) -> bool:
        album = facts.tracks[track_id].album
        year = album.release_year if album else None
        return year is not None and wanted.holds(year)

    return Condition(f"released in a {range_words('year', wanted)}", test)


def _in_playlist(names: Sequence[str], _: Facts, inventory: Inventory) -> Condition:
    return Condition(f"in {quoted(names)}", _members(names, inventory).__contains__)


def _not_in_playlist(names: Sequence[str], _: Facts, inventory: Inventory) -> Condition:
    out = _members(names, inventory)
    words = "not in any playlist" if EVERY_PLAYLIST in names else f"not in {quoted(names)}"
    return Condition(words, lambda track_id: track_id not in out)


def _members(references: Sequence[str], inventory: Inventory) -> set[str]:
    members: set[str] = set()
    for reference in references:
        if reference == EVERY_PLAYLIST:
            found: tuple[Playlist | str, ...] = own_playlists(inventory)
        else:
            found = (find_playlist(reference, inventory),)
        for playlist in found:
            if isinstance(playlist, str):
                raise RecipeError(f"{playlist}; {_UNSAFE}")
            if not playlist.complete:
                name = playlist.summary.name
                raise RecipeError(f"some rows of “{name}” could not be read; {_UNSAFE}")
            members.update(track_ids_in(playlist.uris))
    return members


def _rest(_: float, track_id: str, facts: Facts) -> Iterable[Reason]:
    yield Reason("rest", rested(track_id, facts))


_added = _within("added", lambda facts, track_id: facts.added_at(track_id))
_played = _within("played", lambda facts, track_id: facts.last_played(track_id))

CATALOGUE: tuple[Filter, ...] = (
    Filter("added_within", _added),
    Filter("not_added_within", _not(_added)),
    Filter("played_within", _played, reasons=_rest),
    Filter("not_played_within", _not(_played), reasons=_rest),
    Filter("plays", _plays),
    Filter("skip_ratio", _skip_ratio, reasons=_skips),
    Filter("played_on", _played_on),
    Filter("artist", _by),
    Filter("not_artist", _not(_by)),
    Filter("title", _title),
    Filter("explicit", _explicit),
    Filter("duration", _duration),
    Filter("year", _year),
    Filter("in_playlist", _in_playlist),
    Filter("not_in_playlist", _not_in_playlist),
)
"""How each of them tests a track. To add one, declare its key in `segue.recipe.sections` too."""


def wanted_genres(names: Sequence[str], inventory: Inventory) -> frozenset[str]:
    """The keys of genres named in any spelling. Raises RecipeError for a name that is none."""
    found = {name: inventory.genre_tree.find(name) for name in names}
    for name, key in found.items():
        if key is None:
            raise RecipeError(no_such_genre(name, inventory.genre_tree))
    return frozenset(key for key in found.values() if key is not None)


def _genre(names: tuple[str, ...], _: Facts, inventory: Inventory) -> Condition:
    wanted, tree = wanted_genres(names, inventory), inventory.genre_tree
    answers: dict[tuple[str, ...], bool] = {}

    def test(track_id: str) -> Answer:
        genres = inventory.genres.get(track_id)
        if genres is None:
            return None
        if genres not in answers:
            answers[genres] = any(not wanted.isdisjoint(tree.above(genre)) for genre in genres)
        return answers[genres]

    return Condition(f"of the genre {quoted(names)}", test)


def _named(names: tuple[str, ...], track_id: str, facts: Facts) -> Iterable[Reason]:
    """The track's genre that is, or is part of, one of those named; else its first."""
    tree, genres = facts.genre_tree, facts.genres.get(track_id, ())
    wanted = {tree.find(name) for name in names}
    fitting = [genre for genre in genres if not wanted.isdisjoint(tree.above(genre))]
    for genre in (fitting or genres)[:1]:
        yield Reason("genre", tree.names[genre])


GENRES: tuple[Filter, ...] = (
    Filter("genre", _genre, reasons=_named),
    Filter("not_genre", _not(_genre), reasons=_named),
)
