"""`segue refresh`: make playlists anew and write them."""

from __future__ import annotations

import click

from segue.errors import UsageError
from segued.cli.account import client_for
from segued.cli.call import Call, pass_call
from segued.cli.options import allow_option, json_option, names_argument, wait_option
from segued.cli.playlists.plan import plan_now, print_plans, print_refresh, print_refresh_json
from segued.cli.progress import progress_bar
from segued.jobs.refresh import refresh_all
from segued.store.lock import writer_lock


@click.command("refresh", help="Read the account, make the playlists anew and write them.")
@names_argument
@allow_option
@click.option(
    "--resume", is_flag=True, help="Make a named playlist anew that was deleted on the account."
)
@wait_option
@json_option
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    allow: tuple[str, ...],
    resume: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Refresh and print what was done; with --dry-run only plan."""
    if resume and not names:
        raise UsageError("--resume makes deleted playlists anew: say which by name")
    if call.dry_run:
        outcome = plan_now(call, names, allow, wait)
        if as_json:
            print_refresh_json(outcome)
        else:
            print_plans(call, outcome)
        return outcome.exit_code
    settings = call.settings
    with (
        writer_lock(call.state_folder, "segue refresh", wait),
        call.state() as state,
        client_for(call, state) as client,
        progress_bar(quiet=call.quiet) as progress,
    ):
        outcome = refresh_all(
            settings,
            state,
            client,
            names=names,
            environ=call.environ,
            clock=call.now,
            progress=progress,
            seed=call.seed,
            waived=allow,
            resumed=resume,
        )
    if as_json:
        print_refresh_json(outcome)
    else:
        print_refresh(call, outcome)
    return outcome.exit_code
