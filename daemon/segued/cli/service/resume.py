"""`segue resume`: end a pause, or let go on what was disabled."""

from __future__ import annotations

import click

from segue.errors import UsageError
from segued.cli.call import Call, pass_call
from segued.cli.output import local_time
from segued.cli.service.schedule import keys_of
from segued.config.timetable import timetable


@click.command(
    "resume",
    help="End the pause of schedules, of the named ones or all, and let go on what was disabled "
    "or waits. What was due meanwhile is not made up for.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@pass_call
def command(call: Call, names: tuple[str, ...]) -> None:
    """Resume, and say what and when it is due."""
    if call.dry_run:
        raise UsageError("a resume changes nothing on the account; there is no dry run")
    table, now = timetable(call.settings), call.now()
    keys = keys_of(call.settings, table, names)
    with call.state() as state:
        state.schedules.pause(keys, None)
    for key in keys:
        click.echo(f"{table[key].name}: due {local_time(table[key].schedule.next(now))}")
