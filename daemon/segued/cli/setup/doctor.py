"""`segue doctor`: is everything Segue needs in place?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from segue.errors import ConfigError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json, stdout

if TYPE_CHECKING:
    from segued.status.doctor import Check


_MARKS = {"good": "[green]ok[/]  ", "warning": "[yellow]note[/]", "bad": "[red]BAD[/] "}


@click.command("doctor", help="Check that everything Segue needs is in place.")
@json_option
@pass_call
def command(call: Call, as_json: bool) -> int:
    """Run every check; the exit code is that of the first that is bad."""
    from segued.status.doctor import Check, config_permissions, examine

    checks: list[Check] = []
    try:
        settings = call.settings
    except ConfigError as error:
        checks.append(Check("config", "bad", str(error), "segue init", error.exit_code))
    else:
        checks.append(Check("config", "good", f"{call.config_file} is right"))
        permissions = config_permissions(call.config_file)
        checks += [permissions] if permissions else []
        checks += examine(settings, call.state_folder, call.now())
    bad = [check for check in checks if check.outcome == "bad"]
    if as_json:
        documents = [asdict(check) for check in checks]
        print_json({"schema": 1, "ok": not bad, "checks": documents})
    else:
        console = stdout()
        for check in checks:
            words = f"{_MARKS[check.outcome]}  {check.name}: {escape(check.text)}"
            console.print(words, soft_wrap=True)
            if check.next_step:
                console.print(f"        → {escape(check.next_step)}", soft_wrap=True)
        console.print("\nEverything is in place." if not bad else "\nBegin with the first BAD.")
    return bad[0].exit_code if bad else 0
