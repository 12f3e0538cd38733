"""`segue pause`: let the service leave schedules alone."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call
from segued.cli.options import names_argument
from segued.cli.service.schedule import keys_of
from segued.config.schedule.timetable import timetable


@click.command(
    "pause",
    help="Pause schedules of the service: those of the named playlists, `sync`, `enrich` or "
    "`learn`, or all of them. Commands go on working; `segue resume` ends it.",
)
@names_argument
@pass_call
def command(call: Call, names: tuple[str, ...]) -> None:
    """Pause, and say what."""
    table = timetable(call.settings)
    keys = keys_of(call.settings, table, names)
    shown = ", ".join(table[key].name for key in keys)
    if call.dry_run_of(f"pause {shown}"):
        return
    with call.state() as state:
        state.schedules.pause(keys, call.now())
    click.echo(f"Paused until `segue resume`: {shown}.")
