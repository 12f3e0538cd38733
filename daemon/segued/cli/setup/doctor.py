"""`segue doctor`: is everything Segue needs in place?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import ConfigError, StoreError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import plural, print_json, stdout

if TYPE_CHECKING:
    from segued.doctor.check import Check


_MARKS = {"good": "[green]ok[/]  ", "warning": "[yellow]note[/]", "bad": "[red]BAD[/] "}


@click.command(
    "doctor",
    help="Look at everything Segue needs: login, services, encoder, learners, recipes, this"
    " machine. Changes nothing.",
)
@click.option("--offline", is_flag=True, help="Ask no service; look at this machine only.")
@json_option
@pass_call
def command(call: Call, offline: bool, as_json: bool) -> int:
    """Run every check; the exit code is that of the first that is bad."""
    console = stdout()
    checks = []
    for check in _checks(call, offline=offline):
        checks.append(check)
        if not as_json:
            _print(console, check)
    bad = [check for check in checks if check.outcome == "bad"]
    if as_json:
        documents = [asdict(check) for check in checks]
        print_json({"schema": 1, "ok": not bad, "offline": offline, "checks": documents})
    else:
        notes = sum(check.outcome == "warning" for check in checks)
        console.print(f"\n{_summary(len(bad), notes, offline=offline)}")
    return bad[0].exit_code if bad else 0


def _checks(call: Call, *, offline: bool) -> Iterator[Check]:
    from segued.doctor.check import Check
    from segued.doctor.examine import examine
    from segued.doctor.house import config_permissions

    try:
        _ = call.settings
    except ConfigError as error:
        yield Check("config", "bad", str(error), "segue init", error.exit_code)
        return
    yield Check("config", "good", f"{call.config_file} is right")
    yield from config_permissions(call.config_file)
    try:
        with call.look() as run:
            yield from examine(run, offline=offline)
    except StoreError as error:
        yield Check("state", "bad", str(error), "", error.exit_code)


def _print(console: Console, check: Check) -> None:
    lines = _wrapped(console, f"{check.name}: {check.text}", 6)
    console.print(f"{_MARKS[check.outcome]}  {escape(lines)}", soft_wrap=True)
    if check.next_step:
        step = _wrapped(console, check.next_step, 10)
        console.print(f"        → {escape(step)}", soft_wrap=True)


def _wrapped(console: Console, text: str, indent: int) -> str:
    """A text in lines that begin under each other; no address or path is broken."""
    width = max(20, console.width - indent)
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines)


def _summary(bad: int, notes: int, *, offline: bool) -> str:
    if bad:
        return f"{plural(bad, 'thing is', 'things are')} BAD. Begin with the first."
    aside = " as far as this machine tells" if offline else ""
    if notes:
        return f"Nothing is broken{aside}; {plural(notes, 'note')} above."
    return f"Everything is in place{aside}."
