"""`segue undo`: bring back an earlier version of a playlist."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call
from segued.cli.refresh_options import json_option, wait_option


@click.command("undo", help="Bring back an earlier version of a playlist. Undoable itself.")
@click.argument("name")
@click.option(
    "--to",
    "version_id",
    metavar="vN",
    help="Which version of `segue history NAME`; by default the latest that differs.",
)
@wait_option
@json_option
@pass_call
def command(call: Call, name: str, version_id: str | None, wait: float, as_json: bool) -> int:
    """Write the version back and say what was done; with --dry-run only say it."""
    from segued.cli.account import client_for
    from segued.cli.undo_output import print_undo, print_undo_dry, print_undo_json
    from segued.jobs.named import named_binding
    from segued.jobs.undo import undo_recipe
    from segued.store.lock import writer_lock

    settings = call.settings
    if call.dry_run:
        with call.state() as state:
            found, binding = named_binding(settings, state, name)
            print_undo_dry(found.recipe, binding, state, version_id, as_json=as_json)
        return 0
    with (
        writer_lock(call.state_folder, "segue undo", wait),
        call.state() as state,
        client_for(call, state) as client,
    ):
        recipe = named_binding(settings, state, name)[0].recipe
        outcome = undo_recipe(recipe, state, client, clock=call.now, version_id=version_id)
        requests = dict(client.requests)
    if as_json:
        print_undo_json(recipe, outcome, requests)
    else:
        print_undo(recipe, outcome)
    return 0 if outcome.error is None else outcome.error.exit_code
