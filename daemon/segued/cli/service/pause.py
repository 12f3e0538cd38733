"""`segue pause`: let the service leave schedules alone."""

from __future__ import annotations

import click

from segue.errors import UsageError
from segued.cli.call import Call, pass_call
from segued.cli.service.schedule import keys_of
from segued.config.timetable import timetable


@click.command(
    "pause",
    help="Pause schedules of the service: those of the named playlists, `sync`, `enrich` or "
    "`learn`, or all of them. Commands go on working; `segue resume` ends it.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@pass_call
def command(call: Call, names: tuple[str, ...]) -> None:
    """Pause, and say what."""
    if call.dry_run:
        raise UsageError("a pause changes nothing on the account; there is no dry run")
    table = timetable(call.settings)
    keys = keys_of(call.settings, table, names)
    with call.state() as state:
        state.schedules.pause(keys, call.now())
    shown = ", ".join(table[key].name for key in keys)
    click.echo(f"Paused until `segue resume`: {shown}.")
