"""`segue sync`: read what changed on the account."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("sync", help="Read what changed on the account: likes, albums, playlists, plays.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--wait", type=click.FloatRange(0), default=0, metavar="SECONDS", help="For the lock."
)
@pass_call
def command(call: Call, as_json: bool, wait: float) -> int:
    """Sync and say what was read; nothing on the account changes."""
    from segue.errors import UsageError
    from segued.cli.account import client_for
    from segued.cli.output import print_json, stdout
    from segued.cli.progress import progress_bar
    from segued.cli.sync_output import PARTLY, print_sync, sync_document
    from segued.store.lock import writer_lock
    from segued.sync.run import run_sync

    if call.dry_run:
        raise UsageError("a sync only reads the account; there is nothing to try out dry")
    settings = call.settings
    with (
        writer_lock(call.state_folder, "segue sync", wait),
        call.state() as state,
        client_for(call, state) as client,
        progress_bar(quiet=call.quiet) as progress,
    ):
        outcome = run_sync(client, state, settings, call.now, progress)
    if as_json:
        print_json(sync_document(outcome))
    else:
        print_sync(stdout(), outcome)
    return 0 if outcome.complete else PARTLY
