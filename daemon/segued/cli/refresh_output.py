"""What `plan` and `refresh` print: the plans, what became of them, what to type next."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from segue.playlists.documents import plan_document
from segue.playlists.plan import Plan
from segued.cli.call import Call
from segued.cli.history_output import shell
from segued.cli.output import plural, print_json, stdout
from segued.cli.plan_output import print_plan, print_result
from segued.cli.reasons import by_reason
from segued.cli.titles import titles_of
from segued.jobs.refresh import Refreshed, RefreshOutcome


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
