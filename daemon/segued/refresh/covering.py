"""The plan of `[coverage]`: worked out before the recipes choose, and what has to be remembered of
it: when it began, what each list was given in its period, and when a song left which list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segue.errors import SegueError
from segue.names import track_ids_in
from segue.playlists.choose.shares import taker, takes_part
from segue.playlists.coverage import Dealt, Stood, Taker, Term, deal
from segue.playlists.gather.candidates import CandidateFinder, barrier
from segue.playlists.inventory import Inventory
from segued.run import Run, RunRecipe
from segued.store.files.format import Document

COVERAGE = "coverage"
"""The cursor of the library that holds all of it."""
_MOST_PERIODS = 60
"""So many periods of a list are looked up in its schedule; those beyond follow at their mean."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered: since when there is a plan, the songs that left a list; and by recipe id
    the period that a list was made in, what it was given then, and what stands in it."""

    since: datetime
    stood: dict[str, Stood]
    given: dict[str, tuple[str, tuple[str, ...]]]
    standing: dict[str, tuple[str, ...]]


def covered(run: Run, inventory: Inventory) -> Inventory:
    """The inventory with what the plan asks of each recipe, where the configuration has one."""
    dealt = dealt_out(run, inventory)
    return inventory if dealt is None else replace(inventory, coverage=dealt.coverage)


def dealt_out(run: Run, inventory: Inventory) -> Dealt | None:
    """The plan as it stands now; None where the configuration has none, or where what is to stay
    out of every list cannot be read: then each recipe says so itself."""
    section = run.settings.coverage
    if section.of is None:
        return None
    try:
        bars = barrier(inventory)
    except SegueError:
        return None
    known = read_known(run)
    term = Term(known.since, timedelta(seconds=section.within))
    liked = {
        saved.track_id: saved.added_at
        for saved in inventory.liked
        if (track := inventory.tracks.get(saved.track_id)) is not None
        and track.playable is not False
        and not bars(track)
    }
    lists = tuple(takers(run, inventory, known))
    return deal(liked, inventory.tracks, lists, known.stood, term, run.now)


def members(run: Run, inventory: Inventory) -> tuple[RunRecipe, ...]:
    """The recipes whose lists are part of the plan."""
    settings = run.settings
    pairs = zip(settings.playlists, settings.playlist, strict=True)
    willing = {recipe.id for recipe, section in pairs if section.coverage}
    return tuple(
        known
        for known in run.recipes
        if known.configured_id in willing and takes_part(known.recipe, inventory)
    )


def takers(run: Run, inventory: Inventory, known: Known) -> Iterator[Taker]:
    """The lists of the plan, less those that are paused or cannot be built now."""
    find = run.once("candidates", CandidateFinder)
    for each in members(run, inventory):
        recipe = each.recipe
        binding = run.state.playlists.binding(recipe.id)
        if binding is not None and binding.paused_reason is not None:
            continue
        try:
            found = find(recipe, inventory, run.now)
        except SegueError:
            continue  # its own plan says why
        period, given = known.given.get(recipe.id, ("", ()))
        held = given if period == each.period else None
        yield taker(recipe, found, inventory, tuple(_starts(run, each)), held)


def _starts(run: Run, known: RunRecipe) -> Iterator[datetime]:
    """When a list's periods begin, the current one first, for as long as songs may wait: at most
    one a day. One that has no schedule is taken to be made once a week."""
    start = known.period_start
    yield start
    end = run.now + timedelta(seconds=run.settings.coverage.within)
    schedule = run.settings.schedules.get(known.configured_id)
    step = _WEEK
    if schedule is not None:
        first = last = start
        for _ in range(_MOST_PERIODS):
            last, before = schedule.next(last + _DAY - timedelta(seconds=1)), last
            if last > end:
                return
            yield last
            step = (last - first) / max(round((last - first) / (last - before)), 1)
        start = last
    while (start := start + step) <= end:
        yield start


def read_known(run: Run) -> Known:
    """What is remembered; a plan that was never carried out begins now."""
    cursor = run.state.library.cursor(COVERAGE)
    if cursor is None:
        return Known(run.now, {}, {}, {})
    return Known(
        datetime.fromisoformat(cursor["since"]),
        {i: Stood(name, datetime.fromisoformat(at)) for i, (name, at) in cursor["stood"].items()},
        {name: (each[0], tuple(each[1])) for name, each in cursor["given"].items()},
        {name: tuple(ids) for name, ids in cursor["standing"].items()},
    )


def remember(run: Run, due: Mapping[str, Sequence[str]]) -> None:
    """Keep what became of the plan after a refresh. `due` are the songs whose turn it was, by the
    ids of the recipes whose lists now stand as planned. The caller holds the writer's lock."""
    if run.settings.coverage.of is None:
        return
    known, inventory = read_known(run), run.inventory()
    lists = {each.recipe.id: each for each in members(run, inventory)}
    standing = {name: _standing(run, name) for name in lists}
    stood = dict(known.stood)
    for name, before in known.standing.items():
        gone = set(before).difference(standing.get(name, ()))
        stood.update((track_id, Stood(name, run.now)) for track_id in sorted(gone))
    liked = {saved.track_id for saved in inventory.liked}
    given = {name: each for name, each in known.given.items() if name in lists}
    for name in (name for name in lists if name in due):
        held = frozenset(standing[name])
        given[name] = (lists[name].period, tuple(i for i in due[name] if i in held))
    cursor: Document = {
        "since": known.since.isoformat(),
        "stood": {
            track_id: [each.recipe_id, each.at.isoformat()]
            for track_id, each in stood.items()
            if track_id in liked or each.at > run.now - 2 * _WEEK
        },
        "given": {name: [period, list(ids)] for name, (period, ids) in given.items()},
        "standing": {name: list(ids) for name, ids in standing.items()},
    }
    if cursor != run.state.library.cursor(COVERAGE):
        run.state.library.set_cursor(COVERAGE, cursor)
        run.state.library.commit()


def _standing(run: Run, recipe_id: str) -> tuple[str, ...]:
    playlist = run.state.playlists.of_recipe(recipe_id)
    return () if playlist is None else tuple(dict.fromkeys(track_ids_in(playlist.uris)))
