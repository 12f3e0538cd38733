"""`segue resume`: end a pause, or let go on what was disabled."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call
from segued.cli.options import names_argument
from segued.cli.output import local_time
from segued.cli.service.schedule import keys_of
from segued.config.schedule.timetable import timetable


@click.command(
    "resume",
    help="Resume paused or disabled schedules: the named ones, or all. Runs missed meanwhile are "
    "skipped.",
)
@names_argument
@pass_call
def command(call: Call, names: tuple[str, ...]) -> None:
    """Resume, and say what and when it is due."""
    table, now = timetable(call.settings), call.now()
    keys = keys_of(call.settings, table, names)
    if call.dry_run_of(f"resume {', '.join(table[key].name for key in keys)}"):
        return
    with call.state() as state:
        state.schedules.pause(keys, None)
    for key in keys:
        click.echo(f"{table[key].name}: due {local_time(table[key].schedule.next(now))}")
