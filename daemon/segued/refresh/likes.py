"""Where likes go: the plan of `[coverage]`, worked out before the recipes choose, and what has to
be remembered of it: when it began, what each list was given, and when a song left which list. And
the inbox: what was listed of it, taken into playlists, and refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segue.errors import GuardError, SegueError, UsageError
from segue.names import TRACK_URI, plural, spotify_id, track_ids_in
from segue.playlists.choose.shares import taker, takes_part
from segue.playlists.coverage import WEEK, Dealt, Stood, Taker, Term, deal
from segue.playlists.gather.candidates import CandidateFinder, barrier, likes_to_place
from segue.playlists.inbox import Inbox, find_homes
from segue.playlists.inventory import Inventory
from segued.refresh.write.operations import MOST_ROWS
from segued.refresh.write.reading import read_own
from segued.refresh.write.record import add_missing
from segued.run import Run, RunRecipe
from segued.store.files.format import Document

COVERAGE = "coverage"
"""The cursor of the library that holds all of it."""
_MOST_PERIODS = 60
"""So many periods of a list are looked up in its schedule; those beyond follow at their mean."""
_DAY = timedelta(days=1)
_NOTHING: Document = {"stood": {}, "given": {}, "standing": {}}


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
        liked = {saved.track_id: saved.added_at for saved in likes_to_place(inventory)}
    except SegueError:
        return None
    known = read_known(run)
    term = Term(known.since, timedelta(seconds=section.within))
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
    step = timedelta(weeks=1)
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


def promise(run: Run, due: Mapping[str, Sequence[str]]) -> Known:
    """Keep the songs whose turn it is before a list is written, by the ids of the recipes: a
    refresh cut off is gone on with, not dealt anew. Gives what was known before."""
    known = read_known(run)
    if run.settings.coverage.of is not None and due:
        new: Document = {"since": known.since.isoformat(), **_NOTHING}
        cursor = run.state.library.cursor(COVERAGE) or new
        recipes = {each.recipe.id: each for each in run.recipes}
        given = {name: [recipes[name].period, list(ids)] for name, ids in due.items()}
        run.state.library.set_cursor(COVERAGE, {**cursor, "given": cursor["given"] | given})
        run.state.library.commit()
    return known


def remember(run: Run, due: Mapping[str, Sequence[str]], known: Known) -> None:
    """Keep what became of the plan after a refresh; `known` is what was before, `due` the songs
    whose turn it was, by recipe, where its list stands as planned. The caller holds the lock."""
    if run.settings.coverage.of is None:
        return
    inventory = run.inventory()
    lists = {each.recipe.id: each for each in members(run, inventory)}
    standing, stood = {name: _standing(run, name) for name in lists}, dict(known.stood)
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
            if track_id in liked or each.at > run.now - 2 * WEEK
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


INBOX = "inbox"
"""The cursor that holds the last listing, and the songs that were decided of: taken or refused."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the last listing: a song, and the playlist that was proposed for it."""

    track_id: str
    playlist_id: str


@dataclass(frozen=True, slots=True)
class Added:
    """A song and the playlist it was to go into; `new` is False where that held it already."""

    track_id: str
    playlist_id: str
    playlist: str
    new: bool


def open_inbox(run: Run, days: float) -> Inbox:
    """The likes of so many days that stand in no playlist yet and were not decided of.

    Raises UsageError where nothing was synced yet, RecipeError where `[never]` cannot be read.
    """
    decided = _decided(run.state.discover.cursor(INBOX))
    since = run.now - timedelta(days=days)
    return find_homes(run.inventory(), run.models, since, decided, MOST_ROWS)


def remember_listing(run: Run, inbox: Inbox) -> None:
    """Keep the numbers of a listing for `segue inbox take`. The caller holds the writer's lock."""
    cursor = run.state.discover.cursor(INBOX)
    liked = {saved.track_id for saved in run.inventory().liked}
    rows = [[each.track.id, each.best.playlist.id] for each in inbox.proposals]
    decided = [i for i in _decided(cursor) if i in liked]
    _keep(run, {"listed": rows, "decided": decided})


def chosen_of(run: Run, given: Sequence[str]) -> tuple[Listed, ...]:
    """The rows that numbers of the last listing, or ids, URIs or links of its songs, name.

    Raises UsageError for any other.
    """
    rows = run.state.discover.cursor(INBOX).get("listed")
    listed = [Listed(*map(str, row)) for row in rows] if isinstance(rows, list) else []
    by_id = {each.track_id: each for each in listed}
    found = []
    for text in given:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
        row = listed[number - 1] if 0 < number <= len(listed) else None
        row = row or by_id.get(spotify_id(text, "track") or text)
        if row is None:
            raise UsageError(
                f"{text!r} is not among the {len(listed)} songs that `segue inbox` listed last; "
                "run it again, and give a number or the id of a song of it"
            )
        found.append(row)
    return tuple(dict.fromkeys(found))


def take(run: Run, rows: Collection[Listed], into: str | None = None) -> tuple[Added, ...]:
    """Add each song at the end of the playlist proposed for it, or of the one named by `into`.

    Every playlist is read anew, and all of them before the first is written to. The caller holds
    the writer's lock. Raises UsageError, DataError or GuardError where a song or playlist may not
    be had; then nothing was added.
    """
    inventory = run.inventory()
    bars = barrier(inventory)
    wanted: dict[str, list[str]] = {}
    for row in rows:
        track = inventory.tracks.get(row.track_id)
        if track is not None and (why := bars(track)):
            raise UsageError(f"[never] keeps “{track.title}” out: it is among the tracks {why}")
        wanted.setdefault(into or row.playlist_id, []).append(row.track_id)
    targets = {reference: read_own(run, reference) for reference in wanted}
    for reference, target in targets.items():
        name = target.summary.name
        if target.summary.id in inventory.kept_by_segue | {*inventory.recipe_playlists.values()}:
            raise UsageError(f"“{name}” is kept by a recipe, which decides what stands in it")
        if len(target.entries) + len(wanted[reference]) > MOST_ROWS:
            raise GuardError(f"“{name}” is full: Spotify keeps {MOST_ROWS:,} rows in a playlist")
    done = []
    with run.recorded(INBOX) as line:
        for reference, target in targets.items():
            uris = [f"{TRACK_URI}{track_id}" for track_id in wanted[reference]]
            new = add_missing(run, target, uris, recipe_id="", run_id=line.id)
            done += [
                Added(i, target.summary.id, target.summary.name, f"{TRACK_URI}{i}" in new)
                for i in wanted[reference]
            ]
            _decide(run, wanted[reference])
        line.text = (
            f"{sum(each.new for each in done)} of {plural(len(done), 'like')} added to playlists"
        )
    return tuple(done)


def refuse(run: Run, rows: Collection[Listed]) -> None:
    """Propose these songs no more. The caller holds the writer's lock."""
    with run.recorded(INBOX) as line:
        _decide(run, [row.track_id for row in rows])
        line.text = f"{plural(len(rows), 'like')} refused"


def _decided(cursor: Document) -> dict[str, None]:
    """The ids of the songs that were decided of, in that order."""
    return dict.fromkeys(cursor.get("decided", ()))


def _decide(run: Run, track_ids: Sequence[str]) -> None:
    cursor = run.state.discover.cursor(INBOX)
    _keep(run, {**cursor, "decided": [*(_decided(cursor) | dict.fromkeys(track_ids))]})


def _keep(run: Run, cursor: Document) -> None:
    store = run.state.discover
    if store.cursor(INBOX) != cursor:
        store.set_cursor(INBOX, cursor)
        store.commit()
