"""`segue schedule`, `segue pause` and `segue resume`: when each playlist is due next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from segue.errors import UsageError
from segue.names import name_key
from segued.cli.call import Call, json_option, names_argument, pass_call, wait_option
from segued.cli.output import ago, print_json, stdout, table
from segued.config.schedule.rules import next_runs
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segued.config.schema import Settings, Timed
    from segued.run import Run, RunRecipe


NEXT_RUNS = 10
"""How many runs are shown of what is named."""


@click.command(
    "schedule",
    help="Show when playlists, `sync`, `enrich` and `learn` are due next: each once, or for names"
    " their next ten runs.",
)
@names_argument
@click.option(
    "--count",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Show the next N runs, of all.",
)
@json_option
@pass_call
def command(call: Call, names: tuple[str, ...], count: int | None, as_json: bool) -> None:
    """Print the next runs, soonest first, and what is paused."""

    now = call.now()
    chosen, by_hand = chosen_schedules(call.settings, names)
    with call.state() as state:
        states = state.schedules.all()
    paused = {key for key in chosen if key in states and states[key].paused_at is not None}
    schedules = {key: timed.schedule for key, timed in chosen.items() if key not in paused}
    if count is None and not names:
        runs = sorted((schedule.next(now), key) for key, schedule in schedules.items())
    else:
        runs = next_runs(schedules, now, count or NEXT_RUNS)
    if as_json:
        found = [
            {"id": chosen[key].recipe_id or key, "name": chosen[key].name, "due": due}
            for due, key in runs
        ]
        held = [chosen[key].name for key in chosen if key in paused]
        document = {"schema": 1, "now": now, "runs": found, "by_hand": by_hand, "paused": held}
        print_json(document)
        return
    console = stdout()
    if runs:
        drawn = table("When", "", "What", "Schedule", fixed=(0, 1))
        for due, key in runs:
            timed = chosen[key]
            drawn.add_row(local_time(due), ago(due, now), escape(timed.name), timed.schedule.text)
        console.print(drawn)
    if paused:
        held_names = ", ".join(chosen[key].name for key in chosen if key in paused)
        console.print(f"Paused: {held_names}.", markup=False)
    if by_hand:
        console.print(f"By hand only: {', '.join(by_hand)}.", markup=False)


def keys_of(
    settings: Settings, table: Mapping[str, Timed], names: Sequence[str]
) -> tuple[str, ...]:
    """The keys of the schedules that names mean: playlists, sync, enrich, learn; all for none.

    Raises UsageError for an unknown name and for a playlist without a schedule.
    """
    from segued.config.schema import playlist_key, select_recipes

    if not names:
        if not table:
            raise UsageError("nothing has a schedule; write `schedule` or `on` in a [[playlist]]")
        return tuple(table)
    found = []
    for name in names:
        key = name_key(name)
        if key not in table:
            recipe = select_recipes(settings.playlists, (name,))[0]
            key = playlist_key(recipe.id)
            if key not in table:
                raise UsageError(
                    f"{recipe.name!r} has no schedule, so there is nothing to pause or resume"
                )
        found.append(key)
    return tuple(dict.fromkeys(found))


def chosen_schedules(
    settings: Settings, names: Sequence[str]
) -> tuple[Mapping[str, Timed], Sequence[str]]:
    """The schedules of these names, by key, and the names of playlists that have none.

    For no name all there are. Raises UsageError for an unknown name.
    """
    from segued.config.schema import playlist_key, select_recipes, timetable

    table = timetable(settings)
    kinds = {key for key, timed in table.items() if timed.kind != "refresh"}
    named_kinds = {name_key(name) for name in names} & kinds if names else kinds
    others = [name for name in names if name_key(name) not in named_kinds]
    recipes = select_recipes(settings.playlists, others) if others or not names else ()
    keys = [playlist_key(recipe.id) for recipe in recipes]
    chosen = {key: table[key] for key in (*keys, *sorted(named_kinds)) if key in table}
    by_hand = [recipe.name for recipe in recipes if playlist_key(recipe.id) not in table]
    return chosen, by_hand


@click.command(
    "pause",
    help="Pause schedules of the service: those of the named playlists, `sync`, `enrich` or "
    "`learn`, or all of them. Commands go on working; `segue resume` ends it.",
)
@names_argument
@pass_call
def pause(call: Call, names: tuple[str, ...]) -> None:
    """Pause, and say what."""
    from segued.config.schema import timetable

    table = timetable(call.settings)
    keys = keys_of(call.settings, table, names)
    shown = ", ".join(table[key].name for key in keys)
    if call.dry_run_of(f"pause {shown}"):
        return
    with call.state() as state:
        state.schedules.pause(keys, call.now())
    click.echo(f"Paused until `segue resume`: {shown}.")


@click.command(
    "resume",
    help="Resume paused or disabled schedules, and playlists that an undo holds: the named ones, "
    "or all schedules. Runs missed meanwhile are skipped.",
)
@names_argument
@wait_option
@pass_call
def resume(call: Call, names: tuple[str, ...], wait: float) -> None:
    """Resume, and say what and when it is due."""
    from segued.config.schema import timetable

    table, now = timetable(call.settings), call.now()
    _, by_hand = chosen_schedules(call.settings, names)
    with call.look() as run:
        kept = _held(run, names)
    by_hand = [name for name in by_hand if name in {known.recipe.name for known in kept}]
    others = tuple(name for name in names if name not in by_hand)
    keys = keys_of(call.settings, table, others) if others or not names else ()
    if call.dry_run_of(f"resume {', '.join((*(table[key].name for key in keys), *by_hand))}"):
        return
    if kept:
        with call.run("segue resume", wait) as run:
            from segued.refresh.undo import release

            release(run, _held(run, names))
        for known in kept:
            click.echo(f"{known.recipe.name}: the next refresh makes it anew")
    with call.state() as state:
        state.schedules.pause(keys, None)
    for key in keys:
        click.echo(f"{table[key].name}: due {local_time(table[key].schedule.next(now))}")


def _held(run: Run, names: tuple[str, ...]) -> list[RunRecipe]:
    """The named recipes whose list an undo holds in their present period."""
    from segued.config.schema import timetable
    from segued.refresh.undo import held

    jobs = timetable(run.settings)
    recipes = [name for name in names if name_key(name) not in jobs]
    return held(run, run.chosen(recipes) if recipes else ())
