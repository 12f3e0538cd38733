"""`segue plan`: what a refresh would change, and why."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call
from segued.cli.refresh_options import allow_option, json_option, names_argument, wait_option


@click.command("plan", help="Show what a refresh would change, and why. Nothing is written.")
@names_argument
@allow_option
@click.option("--offline", is_flag=True, help="Plan from what was last read; ask Spotify nothing.")
@wait_option
@json_option
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    allow: tuple[str, ...],
    offline: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Read the account, plan, and print; the exit code is what the refresh's would be."""
    from segued.cli.planning import plan_now, plan_offline
    from segued.cli.refresh_output import print_plans, print_refresh_json

    make = plan_offline if offline else plan_now
    outcome = make(call, names, allow, wait)
    if as_json:
        print_refresh_json(outcome)
    else:
        print_plans(call, outcome)
    return outcome.exit_code
