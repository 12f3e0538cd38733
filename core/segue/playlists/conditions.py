"""Conditions: what a filter asks of a track, one by one, each with its words.

A condition answers True, False or, where the feature it asks about is unknown, None. Answers
combine as in Kleene's three-valued logic, so that `any_of` and `none_of` treat the unknown alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.errors import RecipeError
from segue.music.features import ABSTRACT
from segue.music.recordings import normalised_artist
from segue.playlists.facts import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist
from segue.playlists.lyric_conditions import lyric_tests
from segue.playlists.recipe import Range, Where
from segue.playlists.references import find_playlist, own_playlists, track_id_in
from segue.playlists.words import clock, days_between, number, quoted, range_words

EVERY_PLAYLIST = "*"
"""In `not_in_playlists`: every playlist of the user that no recipe makes."""

FILTER_FEATURES: tuple[str, ...] = (*ABSTRACT, "key", "mode", "tempo")

_UNSAFE = "the recipe's filter asks about it, so nothing can be chosen safely"

Answer = bool | None
Test = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter: a phrase that completes "37 …", and its test on a track id."""

    text: str
    test: Test


def conditions(
    where: Where, facts: Facts, inventory: Inventory, *, positive: bool = True
) -> Iterator[Condition]:
    """The conditions of a filter, all of which must hold.

    `positive` is False inside `none_of`, where holding keeps a track out.
    """
    yield from _dates(where, facts)
    yield from _catalogue(where, facts)
    yield from _playlists(where, inventory)
    for name, wanted in where.features.items():
        yield Condition(f"with {range_words(name, wanted)}", _feature(name, wanted, facts))
    for text, test in lyric_tests(where, facts):
        yield Condition(text, test)
    if where.any_of:
        parts = [_whole(part, facts, inventory, positive) for part in where.any_of]
        words = " or ".join(part.text for part in parts)
        yield Condition(f"either {words}", lambda track_id: _any(parts, track_id))
    for inner in where.none_of:
        part = _whole(inner, facts, inventory, not positive)
        yield Condition(f"not {part.text}", _not(part.test))


def _whole(where: Where, facts: Facts, inventory: Inventory, positive: bool) -> Condition:
    """A nested filter as one condition. One that drops the unknown does so on its own."""
    parts = list(conditions(where, facts, inventory, positive=positive))
    text = " and ".join(part.text for part in parts) or "any track"
    keep_unknown = where.unknown_features == "keep"

    def test(track_id: str) -> Answer:
        answer = _all(parts, track_id)
        return answer if answer is not None or keep_unknown else not positive

    return Condition(text, test)


def _all(parts: Sequence[Condition], track_id: str) -> Answer:
    answers = [part.test(track_id) for part in parts]
    return False if False in answers else None if None in answers else True


def _any(parts: Sequence[Condition], track_id: str) -> Answer:
    answers = [part.test(track_id) for part in parts]
    return True if True in answers else None if None in answers else False


def _not(test: Test) -> Test:
    def negation(track_id: str) -> Answer:
        answer = test(track_id)
        return None if answer is None else not answer

    return negation


def _within(moment: Callable[[str], datetime | None], days: float, now: datetime) -> Test:
    def test(track_id: str) -> bool:
        when = moment(track_id)
        return when is not None and days_between(when, now) <= days

    return test


def _dates(where: Where, facts: Facts) -> Iterator[Condition]:
    asked = (
        ("added", facts.added_at, where.added_within_days, where.not_added_within_days),
        (
            "played",
            lambda track_id: facts.last_played.get(track_id),
            where.played_within_days,
            where.not_played_within_days,
        ),
    )
    for verb, moment, days, not_days in asked:
        if days is not None:
            test = _within(moment, days, facts.now)
            yield Condition(f"{verb} within {number(days)} days", test)
        if not_days is not None:
            test = _not(_within(moment, not_days, facts.now))
            yield Condition(f"not {verb} within {number(not_days)} days", test)
    if (plays := where.plays) is not None:
        counts = facts.play_counts
        words = range_words("plays", plays)
        yield Condition(f"with {words}", lambda track_id: plays.holds(counts.get(track_id, 0)))


def _catalogue(where: Where, facts: Facts) -> Iterator[Condition]:
    tracks = facts.tracks
    if where.artists:
        yield Condition(f"by {quoted(where.artists)}", _by(where.artists, facts))
    if where.not_artists:
        yield Condition(f"not by {quoted(where.not_artists)}", _not(_by(where.not_artists, facts)))
    if where.title_matches is not None:
        pattern = _compiled(where.title_matches)
        words = f"with a title like “{where.title_matches}”"
        yield Condition(words, lambda i: pattern.search(tracks[i].title) is not None)
    if (explicit := where.explicit) is not None:
        words = "marked explicit" if explicit else "marked not explicit"
        yield Condition(words, lambda i: tracks[i].explicit is explicit)
    if (length := where.duration_seconds) is not None:
        yield Condition(
            _duration_words(length),
            lambda i: tracks[i].duration_ms > 0 and length.holds(tracks[i].duration_ms / 1000),
        )
    if (years := where.release_year) is not None:

        def released(track_id: str) -> bool:
            album = tracks[track_id].album
            year = album.release_year if album else None
            return year is not None and years.holds(year)

        yield Condition(f"released in a {range_words('year', years)}", released)


def _by(names: Sequence[str], facts: Facts) -> Test:
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

    return test


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise RecipeError(
            f"the title pattern “{pattern}” is not a regular expression: {error}; "
            "write a plain word, or put a backslash before ( [ * + ? ."
        ) from error


def _duration_words(length: Range) -> str:
    low, high = length.low, length.high
    if low is not None and high is not None:
        return f"lasting {clock(low * 1000)} to {clock(high * 1000)}"
    if low is not None:
        return f"lasting {clock(low * 1000)} or more"
    return f"lasting up to {clock(high * 1000)}" if high is not None else "of any duration"


def _playlists(where: Where, inventory: Inventory) -> Iterator[Condition]:
    if where.in_playlists:
        ids = _members(where.in_playlists, inventory)
        yield Condition(f"in {quoted(where.in_playlists)}", ids.__contains__)
    if where.not_in_playlists:
        out = _members(where.not_in_playlists, inventory)
        named = where.not_in_playlists
        words = "not in any playlist" if EVERY_PLAYLIST in named else f"not in {quoted(named)}"
        yield Condition(words, lambda track_id: track_id not in out)


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
            members.update(i for uri in playlist.uris if (i := track_id_in(uri)))
    return members


def _feature(name: str, wanted: Range, facts: Facts) -> Test:
    if name not in FILTER_FEATURES:
        raise RecipeError(
            f"there is no audio feature “{name}”; there are {', '.join(FILTER_FEATURES)}"
        )

    def test(track_id: str) -> Answer:
        features = facts.features_of(track_id)
        value = float(getattr(features, name))
        if name == "tempo":
            unknown = not features.has_tempo
        else:
            unknown = value < 0 if name in ("key", "mode") else value != value
        return None if unknown else wanted.holds(value)

    return test
