"""`segue plan`: what a refresh would change, and why."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape

from segue.playlists.documents import plan_document
from segue.playlists.plan import Plan
from segued.cli.account import client_for
from segued.cli.call import Call, pass_call
from segued.cli.options import allow_option, json_option, names_argument, wait_option
from segued.cli.output import by_reason, plural, print_json, stdout
from segued.cli.playlists.history import shell
from segued.cli.playlists.planned import print_plan, print_result
from segued.cli.playlists.titles import titles_of
from segued.cli.progress import progress_bar
from segued.jobs.planning import plan_all
from segued.jobs.refresh import Refreshed, RefreshOutcome, enrich_chosen, run_id
from segued.store.lock import writer_lock
from segued.sync.run import run_sync


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
    make = plan_offline if offline else plan_now
    outcome = make(call, names, allow, wait)
    if as_json:
        print_refresh_json(outcome)
    else:
        print_plans(call, outcome)
    return outcome.exit_code


def plan_now(call: Call, names: Sequence[str], allow: Sequence[str], wait: float) -> RefreshOutcome:
    """Read the account and plan; neither the account nor a recipe's state is written."""
    settings = call.settings
    with (
        writer_lock(call.state_folder, "segue plan", wait),
        call.state() as state,
        client_for(call, state) as client,
        progress_bar(quiet=call.quiet) as progress,
    ):
        synced = run_sync(client, state, settings, call.now, progress)
        enriched = enrich_chosen(
            settings,
            state,
            client,
            names,
            environ=call.environ,
            clock=call.now,
            progress=progress,
        )
        now = call.now()
        planned = plan_all(
            settings,
            state,
            client,
            names=names,
            now=now,
            run=run_id(now),
            progress=progress,
            seed=call.seed,
            waived=allow,
        )
        requests = dict(client.requests)
    found = tuple(Refreshed(one, error=one.error) for one in planned)
    return RefreshOutcome(found, synced=synced, requests=requests, enriched=enriched)


def plan_offline(
    call: Call, names: Sequence[str], allow: Sequence[str], _wait: float = 0
) -> RefreshOutcome:
    """Plan from what was last read; Spotify is asked nothing and nothing at all is written."""
    settings, now = call.settings, call.now()
    with call.state() as state, progress_bar(quiet=call.quiet) as progress:
        planned = plan_all(
            settings,
            state,
            None,
            names=names,
            now=now,
            run=run_id(now),
            progress=progress,
            seed=call.seed,
            waived=allow,
        )
    return RefreshOutcome(tuple(Refreshed(one, error=one.error) for one in planned), requests={})


def print_refresh_json(outcome: RefreshOutcome) -> None:
    """Print the one JSON document of `plan --json` and `refresh --json`."""
    print_json(
        {
            "schema": 1,
            "playlists": [_document(one) for one in outcome.refreshed],
            "enriched": outcome.enriched.document() if outcome.enriched else None,
            "requests": dict(outcome.requests or {}),
        }
    )


def _document(one: Refreshed) -> dict[str, object]:
    document: dict[str, object] = plan_document(one.plan)
    document["version"] = one.version_id
    document["error"] = None if one.error is None else str(one.error)
    return document


def print_plans(call: Call, outcome: RefreshOutcome) -> None:
    """Print plans for people, each with its list and its changes."""
    console = stdout()
    _said_before(console, outcome)
    with call.state() as state:
        for one in outcome.refreshed:
            title = titles_of(state, one.plan.playlist_id)
            print_plan(console, one.plan, title, verbose=call.verbose > 0)
            console.print()
    changed = [one.plan for one in outcome.refreshed if one.plan.status == "changed"]
    if call.quiet:
        return
    if changed:
        print_next(console, "segue refresh", f"segue plan {shell(changed[0].name)} --json")
    elif outcome.exit_code == 0:
        print_next(console, "segue schedule", "segue plan --verbose")


def print_refresh(call: Call, outcome: RefreshOutcome) -> None:
    """Print what became of each playlist, shortly; whole lists with --verbose."""
    console = stdout()
    _said_before(console, outcome)
    with call.state() as state:
        for one in outcome.refreshed:
            if call.quiet and one.plan.status == "unchanged":
                continue
            if call.verbose:
                title = titles_of(state, one.plan.playlist_id)
                print_plan(console, one.plan, title, verbose=True)
            else:
                print_result(console, one.plan)
    if call.quiet:
        return
    requests = plural(sum((outcome.requests or {}).values()), "request")
    console.print(f"\n{summary([one.plan for one in outcome.refreshed])}; {requests}.")
    changed = [one for one in outcome.refreshed if one.plan.status == "changed"]
    refused = [one for one in outcome.refreshed if one.plan.status == "refused"]
    if changed:
        name = shell(changed[0].plan.name)
        undo = f"segue undo {name}" if changed[0].version_id else f"segue show {name}"
        print_next(console, f"segue explain {name}", undo)
    elif refused:
        print_next(console, f"segue plan {shell(refused[0].plan.name)} --verbose")


def _said_before(console: Console, outcome: RefreshOutcome) -> None:
    for recovered in outcome.recovered:
        console.print(f"[yellow]note[/] {escape(recovered.text)}")
    if outcome.synced is not None:
        # Playlists of others are nothing new at every refresh: `segue sync` and `status` tell.
        parts = {what: why for what, why in outcome.synced.skipped.items() if " " not in what}
        for line in by_reason(parts):
            console.print(f"[yellow]note[/] not read: {escape(line)}")
        for note in outcome.synced.notes:
            console.print(f"[yellow]note[/] {escape(note)}")
    for line in outcome.enriched.said() if outcome.enriched is not None else ():
        console.print(f"[yellow]note[/] {escape(line)}")


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


def print_next(console: Console, *commands: str) -> None:
    """Say what to type next: several commands in one line where they fit."""
    console.print(f"Next:  {'   '.join(commands)}", markup=False, soft_wrap=True)
