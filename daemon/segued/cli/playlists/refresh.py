"""`segue refresh`: make playlists anew and write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segue.playlists.plan import Plan
from segued.cli.call import Call, json_option, names_argument, pass_call, wait_option
from segued.cli.output import plural, print_next, shell, stdout
from segued.cli.playlists.plan import (
    allow_option,
    next_after_refusal,
    plan_now,
    print_plans,
    print_refresh_json,
    print_said_before,
)
from segued.cli.playlists.planned import print_line, print_plan, print_result, titles_of

if TYPE_CHECKING:
    from segued.refresh.job import RefreshOutcome
    from segued.refresh.unchanged import Unchanged


@click.command("refresh", help="Read the account, rebuild the playlists and write them.")
@names_argument
@allow_option
@click.option(
    "--resume", is_flag=True, help="Create a named playlist again that was deleted on the account."
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
    from segued.cli.playlists.plan import asked_of, nothing_to_do

    if resume and not names:
        raise UsageError("--resume creates deleted playlists again: give them by name")
    outcome: RefreshOutcome | Unchanged | None
    if call.dry_run:
        outcome = plan_now(call, names, allow, wait)
        if as_json:
            print_refresh_json(outcome)
        else:
            print_plans(call, outcome)
        return outcome.exit_code
    plainly = not allow and not resume
    asked = asked_of(call, names)
    outcome = nothing_to_do(call, names, "segue refresh", wait) if plainly else None
    if outcome is None:
        from segued.refresh.job import refresh_all
        from segued.refresh.noting import note

        call.require_app()
        with call.run("segue refresh", wait) as run:
            outcome = whole = refresh_all(run, names, waived=allow, resumed=resume)
            if plainly and asked is not None:
                note(run, asked, whole)
    if as_json:
        print_refresh_json(outcome)
    else:
        print_refresh(call, outcome)
    return outcome.exit_code


def print_refresh(call: Call, outcome: RefreshOutcome | Unchanged) -> None:
    """Print what became of each playlist, shortly; whole lists with --verbose."""
    console = stdout()
    if call.quiet:
        for refreshed in outcome.refreshed:
            if refreshed.plan.status != "unchanged":
                print_line(console, refreshed.plan)
        return
    print_said_before(console, outcome)
    if call.verbose:
        with call.state() as state:
            for refreshed in outcome.refreshed:
                title = titles_of(state, refreshed.plan.playlist_id)
                print_plan(console, refreshed.plan, title, verbose=True)
    else:
        for refreshed in outcome.refreshed:
            print_result(console, refreshed.plan)
    requests = plural(sum((outcome.requests or {}).values()), "request")
    console.print(f"\n{summary([refreshed.plan for refreshed in outcome.refreshed])}; {requests}.")
    for exported in outcome.exports:
        if isinstance(exported, str):
            console.print(exported, markup=False)
    changed = [refreshed for refreshed in outcome.refreshed if refreshed.plan.status == "changed"]
    refused = [refreshed for refreshed in outcome.refreshed if refreshed.plan.status == "refused"]
    if changed:
        name = shell(changed[0].plan.name)
        undo = f"segue undo {name}" if changed[0].version_id else f"segue show {name}"
        print_next(console, f"segue explain {name}", undo)
    elif refused:
        print_next(console, *next_after_refusal(refused[0].plan))


def summary(plans: list[Plan]) -> str:
    """How many playlists ended how, in words."""
    words = {
        "changed": "written",
        "unchanged": "unchanged",
        "refused": "refused",
        "failed": "failed",
    }
    counts = {word: sum(plan.status == status for plan in plans) for status, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing done"
