"""`segue status`: how everything stands."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("status", help="Show how everything stands. Asks nobody, changes nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, as_json: bool) -> None:
    """Print the login, each playlist's last and next run, and what is being waited for."""
    from segued.cli.output import print_json, stdout
    from segued.cli.status_output import print_status, status_document
    from segued.jobs.status import read_status
    from segued.service.install import how_to_start

    settings = call.settings
    with call.state() as state:
        report = read_status(settings, state, call.now())
    if as_json:
        print_json(status_document(report))
    else:
        print_status(stdout(), report, how_to_start(call.environ, call.state_folder))
