"""`segue resume`: end a pause, or let go on what was disabled or held by an undo."""

from __future__ import annotations

from dataclasses import replace

import click

from segue.names import name_key
from segued.cli.call import Call, pass_call
from segued.cli.options import names_argument, wait_option
from segued.cli.output import local_time
from segued.cli.service.schedule import chosen_schedules, keys_of
from segued.config.schedule.timetable import timetable
from segued.run import Run, RunRecipe


@click.command(
    "resume",
    help="Resume paused or disabled schedules, and playlists that an undo holds: the named ones, "
    "or all schedules. Runs missed meanwhile are skipped.",
)
@names_argument
@wait_option
@pass_call
def command(call: Call, names: tuple[str, ...], wait: float) -> None:
    """Resume, and say what and when it is due."""
    table, now = timetable(call.settings), call.now()
    _, by_hand = chosen_schedules(call.settings, names)
    with call.look() as run:
        held = _held(run, names)
    by_hand = [name for name in by_hand if name in {known.recipe.name for known in held}]
    others = tuple(name for name in names if name not in by_hand)
    keys = keys_of(call.settings, table, others) if others or not names else ()
    if call.dry_run_of(f"resume {', '.join((*(table[key].name for key in keys), *by_hand))}"):
        return
    if held:
        with call.run("segue resume", wait) as run:
            for known in _held(run, names):
                binding = run.state.playlists.binding(known.recipe.id)
                if binding is not None:
                    run.state.playlists.bind(replace(binding, undone=None))
            run.state.playlists.commit()
        for known in held:
            click.echo(f"{known.recipe.name}: the next refresh makes it anew")
    with call.state() as state:
        state.schedules.pause(keys, None)
    for key in keys:
        click.echo(f"{table[key].name}: due {local_time(table[key].schedule.next(now))}")


def _held(run: Run, names: tuple[str, ...]) -> list[RunRecipe]:
    """The named recipes whose list an undo holds in their present period."""
    jobs = timetable(run.settings)
    recipes = [name for name in names if name_key(name) not in jobs]
    bindings = run.state.playlists.bindings()
    return [
        known
        for known in (run.chosen(recipes) if recipes else ())
        if (bound := bindings.get(known.recipe.id)) is not None and bound.undone == known.period
    ]
