"""Mistakes between keys: what no single value can show.

The checks read the document as it was written, so that they find their mistakes also where other
keys are wrong, and everything is reported at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from segue.errors import Problem
from segue.models.learners import LEARNERS, SCORE_OF
from segue.names import did_you_mean, name_key, recipe_id_for, spotify_id
from segue.playlists.score.score import SCORES
from segue.recipe.references import WritePolicy, archive_mistakes, experiment_mistakes, forms_of
from segue.recipe.sections import SequenceSettings
from segue.recipe.source_text import read_source, recipes_named
from segue.recipe.sources import Shares
from segue.recipe.values import read_seconds
from segued.config.schedule.rules import read_schedule
from segued.config.schedule.zone import LOCAL, read_timezone
from segued.config.sections import WHERE_IT_IS, client_id_problem
from segued.config.toml.lines import Path, show_path
from segued.config.toml.problems import LineOf

Table = Mapping[str, Any]


def cross_check(document: Table, line_of: LineOf) -> Iterator[Problem]:
    """Every mistake between keys of a document."""
    playlists = document.get("playlist")
    tables = playlists if isinstance(playlists, list) else []
    numbered = [(index, table) for index, table in enumerate(tables) if isinstance(table, dict)]
    for path, message, suggestion in (
        *_app(document.get("spotify")),
        *_keyless(document.get("scrobbles"), document.get("tags")),
        *_repeated(numbered),
        *_references(numbered),
        *(problem for index, table in numbered for problem in _each_form(index, table, document)),
    ):
        yield Problem(show_path(path), message, line_of(path), suggestion)


_ORDERS = {"nextstep": 'method = "beam"', "order": 'learn = "order"'}
Found = tuple[Path, str, str | None]


def _app(section: object) -> Iterator[Found]:
    if isinstance(section, dict) and isinstance(client_id := section.get("client_id"), str):
        problem = client_id_problem(client_id, str(section.get("accounts_url", "")))
        if problem is not None:
            yield ("spotify", "client_id"), problem, WHERE_IT_IS


def _keyless(scrobbles: object, tags: object) -> Iterator[Found]:
    user, key = (dict(each) if isinstance(each, dict) else {} for each in (scrobbles, tags))
    if user.get("lastfm_user") and not key.get("lastfm_key"):
        message = "Last.fm is asked with a key, and there is none."
        yield ("scrobbles", "lastfm_user"), message, "Set lastfm_key in [tags]."


def _repeated(numbered: Sequence[tuple[int, Table]]) -> Iterator[Found]:
    names, ids, targets = dict[str, int](), dict[str, int](), dict[str, object]()
    for index, table in numbered:
        name, given = table.get("name"), table.get("id")
        if isinstance(name, str) and name:
            if name_key(name) in names:
                message = f"another playlist is already called {name!r}."
                yield ("playlist", index, "name"), message, "Give each playlist a name of its own."
            else:
                yield from _same_id(index, table, name, ids)
            names.setdefault(name_key(name), index)
        elif isinstance(given, str):
            yield from _same_id(index, table, given, ids)
        write = table.get("write")
        target = write.get("playlist_id") if isinstance(write, dict) else None
        playlist_id = spotify_id(target, "playlist") if isinstance(target, str) else None
        if playlist_id and playlist_id in targets:
            path: Path = ("playlist", index, "write", "playlist_id")
            message = f"{targets[playlist_id]!r} already writes to this playlist."
            yield path, message, "Two recipes would overwrite each other; give one its own."
        elif playlist_id:
            targets[playlist_id] = name or f"playlist[{index}]"


def _same_id(index: int, table: Table, name: str, ids: dict[str, int]) -> Iterator[Found]:
    given = table.get("id")
    recipe_id = given if isinstance(given, str) else recipe_id_for(name)
    if recipe_id in ids:
        path: Path = ("playlist", index, "id" if "id" in table else "name")
        message = f"playlist[{ids[recipe_id]}] already has the id {recipe_id!r}."
        yield path, message, f'Give this one another, like id = "{recipe_id}-2".'
    ids.setdefault(recipe_id, index)


def _references(numbered: Sequence[tuple[int, Table]]) -> Iterator[Found]:
    known: dict[str, int] = {}
    for index, table in numbered:
        name, given = table.get("name"), table.get("id")
        if isinstance(name, str):
            known.setdefault(name_key(name), index)
            known.setdefault(recipe_id_for(name), index)
        if isinstance(given, str):
            known[given] = index
    draws: dict[int, set[int]] = defaultdict(set)
    names = [str(table["name"]) for _, table in numbered if isinstance(table.get("name"), str)]
    for index, table in numbered:
        found = (read_source(form.get("from", "liked"))[0] for _, _, form in forms_of(table))
        drawn = (name for source in found if source is not None for name in recipes_named(source))
        for reference in dict.fromkeys(drawn):
            target = known.get(name_key(reference), known.get(reference))
            if target is None:
                message = f"there is no recipe called {reference!r}."
                hint = did_you_mean(reference, names)
                yield (
                    ("playlist", index, "from"),
                    message,
                    hint or f"There are {', '.join(map(repr, names))}.",
                )
            else:
                draws[index].add(target)
    shown = {index: str(table.get("name", f"playlist[{index}]")) for index, table in numbered}
    for cycle in _cycles(draws):
        way = " → ".join(shown[index] for index in (*cycle, cycle[0]))
        message = f"these recipes draw on each other in a circle: {way}."
        yield ("playlist", cycle[0], "from"), message, "Let one of them draw on something else."


def _cycles(draws: Mapping[int, set[int]]) -> Iterator[tuple[int, ...]]:
    """Each circle once, beginning at its first member in the file."""
    seen: set[frozenset[int]] = set()
    for start in sorted(draws):
        trails: list[tuple[int, ...]] = [(start,)]
        visited: set[int] = set()
        while trails:
            trail = trails.pop()
            for following in sorted(draws.get(trail[-1], ())):
                if following == start and frozenset(trail) not in seen:
                    seen.add(frozenset(trail))
                    if min(trail) == start:
                        yield trail
                elif following not in visited and following > start:
                    visited.add(following)
                    trails.append((*trail, following))


def _each_form(index: int, table: Table, document: Table) -> Iterator[Found]:
    """The mistakes within a playlist's table, and those that only one of its variants makes."""
    known: set[tuple[Path, str]] = set()
    for within, part, form in forms_of(table):
        for path, message, hint in _within(index, form, document):
            if (path, message) not in known:
                known.add((path, message))
                yield (*path[:2], *(within if path[2] in part else ()), *path[2:]), message, hint
        place: Path = ("playlist", index, *within)
        timed = [key for key in ("on", "month") if key in part]
        if within[:1] == ("when",) and not timed:
            yield place, "when it holds is not said.", "Add on or month."
        elif within[:1] == ("experiment",) and timed:
            hint = "Take it out; a variant by time is [[playlist.when]]."
            yield (*place, timed[0]), "a coin says when it holds.", hint


def _within(index: int, table: Table, document: Table) -> Iterator[Found]:
    place: Path = ("playlist", index)
    if "length" in table and "duration" in table:
        message = "length and duration are both given."
        yield (*place, "duration"), message, "Keep one of the two."
    if "schedule" in table and "on" in table:
        yield (*place, "on"), "schedule and on are both given.", "Keep one of the two."
    yield from _sorting(place, table)
    yield from _schedule(place, table, document)
    yield from _writing(place, table)
    yield from _filters((*place, "where"), table.get("where"))
    yield from _scores((*place, "score"), table.get("score"))
    mistakes = (*experiment_mistakes(table), *archive_mistakes(table))
    yield from (((*place, *path), message, hint) for path, message, hint in mistakes)


def _sorting(place: Path, table: Table) -> Iterator[Found]:
    order = _beyond_defaults(table.get("sequence"))
    if "sort" in table and order:
        message = "sort puts the list in order, so [playlist.sequence] would say nothing."
        yield (*place, "sort"), message, "Keep one of the two."
    yield from _neighbours((*place, "sequence"), table["sequence"] if order else {})
    if {"learn", "method"} <= set(order):
        yield (*place, "sequence", "learn"), "only search learns weights.", "Take one of them out."
    if table.get("descending") is True and "sort" not in table:
        message = "descending only means something with sort."
        yield (*place, "descending"), message, 'Add what to sort by, like sort = "added".'
    source, _ = read_source(table.get("from", "liked"))
    if isinstance(source, Shares):
        if table.keys().isdisjoint(("length", "duration")):
            message = "shares of what is not said."
            yield (*place, "from"), message, "Add length or duration."
        pins = [key for key in ("first", "last", "at") if key in order]
        if source.layout == "interleaved" and order:
            message = "interleaved puts the list in order, so [playlist.sequence] says nothing."
            yield (*place, "from"), message, "Keep one of the two, or sort within the shares."
        elif source.layout == "blocks" and pins:
            message = f"{pins[0]} is a place in the whole list, which blocks part."
            yield (*place, "sequence", pins[0]), message, "Keep one of the two."


def _neighbours(place: Path, sequence: Table) -> Iterator[Found]:
    """Tracks that are to stay together and apart."""
    try:
        wanted = SequenceSettings.model_validate(
            {key: sequence[key] for key in ("apart", "keep_together") if key in sequence}
        )
    except ValidationError:  # reported elsewhere
        return
    banned = {frozenset(pair) for pair in wanted.apart}
    for number, group in enumerate(wanted.keep_together):
        if any(frozenset(pair) in banned for pair in pairwise(group)):
            message = "two of them are to stay apart as well."
            yield (*place, "keep_together", number), message, "Keep one of the two."


def _beyond_defaults(sequence: object) -> tuple[str, ...]:
    """The keys of `[playlist.sequence]` that say something else than nothing said does."""
    given = sequence.items() if isinstance(sequence, dict) else ()
    plain = SequenceSettings().model_dump(mode="json")
    return tuple(key for key, value in given if plain.get(key) != value)


def _scores(place: Path, scores: object) -> Iterator[Found]:
    if not isinstance(scores, dict):
        return
    for name in scores:
        score = SCORE_OF.get(name, name)
        if score != name and score in scores:
            yield (*place, name), f"{score} says the same.", "Keep one of the two."
        elif name in LEARNERS and name not in SCORE_OF:
            hint = f"Write {_ORDERS[name]} in [playlist.sequence]."
            yield (*place, name), f"{name} is no score: it orders.", hint
        elif score not in SCORES:
            hint = did_you_mean(name, SCORES) or f"There are {', '.join(SCORES)}."
            yield (*place, name), "unknown score.", hint


def _schedule(place: Path, table: Table, document: Table) -> Iterator[Found]:
    zone = table.get("timezone", document.get("timezone", LOCAL))
    try:
        read_timezone(zone if isinstance(zone, str) else LOCAL)
    except ValueError:
        zone = "UTC"  # reported elsewhere; here the words count
    for key in ("schedule", "on"):
        words = table.get(key)
        listed = isinstance(words, list) and all(isinstance(word, str) for word in words)
        wanted = isinstance(words, str) if key == "schedule" else listed
        if not wanted or words is None:
            continue
        try:
            read_schedule(words, zone if isinstance(zone, str) else LOCAL)
        except ValueError as error:
            yield (*place, key), f"{error}.", None


def _writing(place: Path, table: Table) -> Iterator[Found]:
    place, write = (*place, "write"), table.get("write")
    if not isinstance(write, dict):
        return
    if write.get("adopt") is True and "playlist_id" not in write:
        message = "which playlist is to be taken over is not said."
        yield (*place, "adopt"), message, "Add playlist_id with its link."
    least, length = write.get("min_tracks"), table.get("length")
    if isinstance(least, int) and isinstance(length, int) and 0 < length < least:
        message = f"with length = {length} every refresh would be refused."
        yield (*place, "min_tracks"), message, f"Write at most {length}."
    mode, default = write.get("mode", "replace"), WritePolicy().rotate
    if "discover" in table and mode != "replace":
        yield (*place, "mode"), "discover is for lists that are made anew.", "Take one of them out."
    if write.get("rotate", default) != default and mode != "rotate":
        message = 'rotate only means something with mode = "rotate".'
        yield (*place, "rotate"), message, 'Add mode = "rotate", or take this line out.'


def _filters(place: Path, where: object) -> Iterator[Found]:
    if not isinstance(where, dict):
        return
    for kind in ("added", "played"):
        within, not_within = where.get(f"{kind}_within"), where.get(f"not_{kind}_within")
        try:
            nothing = read_seconds(within) <= read_seconds(not_within)
        except ValueError:
            continue
        if nothing:
            message = f"nothing was {kind} within {within} and yet not within {not_within}."
            yield (*place, f"not_{kind}_within"), message, "Make this the shorter time."
    for key in ("any", "none"):
        for index, part in enumerate(inner if isinstance(inner := where.get(key), list) else ()):
            yield from _filters((*place, key, index), part)
