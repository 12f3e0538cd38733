"""`segue plan`: what a refresh would change, and why; and what stands where nothing has changed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.playlists.plan import WAIVABLE, Plan, plan_document
from segued.cli.call import Call, json_option, names_argument, pass_call, wait_option
from segued.cli.output import by_reason, print_json, print_next, shell, stdout
from segued.cli.playlists.planned import print_line, print_plan, titles_of

if TYPE_CHECKING:
    from segued.refresh.outcome import Kept, Refreshed, RefreshOutcome, Unchanged
    from segued.refresh.unchanged import Asked
    from segued.run import Run

    Outcome = RefreshOutcome | Unchanged


allow_option = click.option(
    "--allow",
    multiple=True,
    type=click.Choice(sorted(WAIVABLE)),
    help="Skip this guard for this run; repeatable.",
)


@click.command("plan", help="Show what a refresh would change, and why. Nothing is written.")
@names_argument
@allow_option
@click.option("--offline", is_flag=True, help="Plan from what was last read. Makes no request.")
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


def plan_now(call: Call, names: Sequence[str], allow: Sequence[str], wait: float) -> Outcome:
    """Read the account and plan; neither the account nor a recipe's state is written."""

    if not allow and (found := nothing_to_do(call, names, "segue plan", wait)) is not None:
        return found
    from segued.enrich.job import enrich_before_plan
    from segued.refresh.outcome import RefreshOutcome
    from segued.sync.account import run_sync

    call.require_app()
    with call.run("segue plan", wait) as run:
        synced = run_sync(run)
        enriched = enrich_before_plan(run, names)
        planned = _planned(run, names, allow)
        return RefreshOutcome(planned, synced=synced, requests=run.requests, enriched=enriched)


def plan_offline(
    call: Call, names: Sequence[str], allow: Sequence[str], _wait: float = 0
) -> Outcome:
    """Plan from what was last read; Spotify is asked nothing and nothing at all is written."""

    if not allow and (known := as_last_planned(call, names)) is not None:
        return known
    from segued.refresh.outcome import RefreshOutcome

    with call.look() as run:
        found = _planned(run, names, allow, offline=True)
        return RefreshOutcome(found, requests={})


def _planned(
    run: Run, names: Sequence[str], allow: Sequence[str], *, offline: bool = False
) -> tuple[Refreshed, ...]:
    from segued.refresh.outcome import Refreshed
    from segued.refresh.planning import plan_all

    planned = plan_all(run, names, offline=offline, waived=allow)
    return tuple(Refreshed(each, error=each.error) for each in planned)


def print_refresh_json(outcome: Outcome) -> None:
    """Print the one JSON document of `plan --json` and `refresh --json`."""
    print_json(
        {
            "schema": 1,
            "playlists": [_document(refreshed) for refreshed in outcome.refreshed],
            "enriched": outcome.enriched.document() if outcome.enriched else None,
            "requests": dict(outcome.requests or {}),
        }
    )


def _document(refreshed: Refreshed | Kept) -> dict[str, object]:
    document: dict[str, object] = plan_document(refreshed.plan)
    document["version"] = refreshed.version_id
    document["error"] = None if refreshed.error is None else str(refreshed.error)
    return document


def print_plans(call: Call, outcome: Outcome) -> None:
    """Print plans for people, each with its list and its changes."""
    if call.quiet:
        for refreshed in outcome.refreshed:
            print_line(stdout(), refreshed.plan)
        return
    with paged(stdout()) as console, contextlib.ExitStack() as stack:
        print_said_before(console, outcome)
        for refreshed in outcome.refreshed:
            plan = refreshed.plan
            shown = call.verbose or not plan.diff.empty
            title = titles_of(stack.enter_context(call.state()), plan.playlist_id) if shown else str
            print_plan(console, refreshed.plan, title, verbose=call.verbose > 0)
            console.print()
    console = stdout()
    changed = [
        refreshed.plan for refreshed in outcome.refreshed if refreshed.plan.status == "changed"
    ]
    refused = [
        refreshed.plan for refreshed in outcome.refreshed if refreshed.plan.status == "refused"
    ]
    if changed:
        print_next(console, "segue refresh", f"segue plan {shell(changed[0].name)} --json")
    elif refused:
        print_next(console, next_after_refusal(refused[0])[0])
    elif outcome.exit_code == 0:
        print_next(console, "segue schedule", "segue plan --verbose")


def next_after_refusal(plan: Plan) -> list[str]:
    """What to type after a refusal: what lets it through once, where guards may be set aside."""
    name = shell(plan.name)
    if any(found.guard not in WAIVABLE for found in plan.refusals):
        paused = any(found.guard == "paused" for found in plan.refusals)
        return [f"segue refresh --resume {name}"] if paused else ["segue status", "segue doctor"]
    # One that was set aside now has to be set aside again.
    flags = [f"--allow {found.guard}" for found in plan.guards if found.guard in WAIVABLE]
    return [f"segue refresh {name} {' '.join(flags)}", f"segue plan {name}"]


def print_said_before(console: Console, outcome: Outcome) -> None:
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


def asked_of(call: Call, names: Sequence[str]) -> Asked | None:
    """What a refresh is asked, read without the configuration; None where it is no file's."""
    from segued.refresh.unchanged import Asked

    if "loaded" in call.__dict__:  # given, or read already because somebody needs it
        return None
    try:
        config = call.config_file.read_bytes()
    except OSError:
        return None
    return Asked(call.state_folder, config, call.environ, tuple(names), call.sets, call.seed)


def nothing_to_do(call: Call, names: Sequence[str], command: str, wait: float) -> Unchanged | None:
    """The outcome of a refresh or a plan that has nothing to do, with its lines in the history.

    None where the whole way has to be gone. Raises LockedError as a run does.
    """
    from segued.refresh.unchanged import known, nothing_to_do, record
    from segued.store.files.lock import writer_lock

    asked = asked_of(call, names)
    if asked is None or known(asked, call.now()) is None:
        return None
    with writer_lock(call.state_folder, command, wait):
        found = nothing_to_do(asked, call.clock)
        if found is not None:
            now = call.now()
            name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
            record(asked.folder, name, found, now, planned_only=command != "segue refresh")
    return found


def as_last_planned(call: Call, names: Sequence[str]) -> Unchanged | None:
    """What `plan --offline` finds where nothing that it depends on has changed; else None."""
    from segued.refresh.outcome import Unchanged
    from segued.refresh.unchanged import kept_plans, known

    asked = asked_of(call, names)
    note = known(asked, call.now()) if asked is not None else None
    if asked is None or note is None:
        return None
    plans = kept_plans(asked.folder, note, call.now())
    return None if plans is None else Unchanged(plans, {})


@contextlib.contextmanager
def paged(console: Console) -> Iterator[Console]:
    """Show what is printed meanwhile in a pager where it is longer than the terminal.

    The pager is that of PAGER, else `less`; none of it where output or input is no terminal.
    """
    if not (console.is_terminal and sys.stdin.isatty()):
        yield console
        return
    with console.capture() as captured:
        yield console
    text = captured.get()
    command = shlex.split(os.environ.get("PAGER", "less"))
    if text.count("\n") < console.height or not command or shutil.which(command[0]) is None:
        console.file.write(text)
        console.file.flush()
        return
    environ = {"LESS": "FRX", **os.environ}
    subprocess.run(command, input=text, text=True, env=environ, check=False)
