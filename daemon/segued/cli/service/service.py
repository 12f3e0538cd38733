"""`segue service` and `segue page`: the service under systemd, and its page in a browser."""

from __future__ import annotations

import ipaddress
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from segue.errors import PARTLY, UsageError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json
from segued.service.install import (
    SYSTEM_CONFIG,
    UNIT,
    as_its_user,
    install,
    manager_says,
    uninstall,
    unit_folder,
    units,
)
from segued.store.files.lock import service_process

if TYPE_CHECKING:
    from segued.service.install import Scope


@click.group("service", help="Install Segue as a systemd service.")
def command() -> None:
    """Holds the commands below."""


def _scope(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--system/--user",
        "system",
        default=False,
        help="Machine-wide under its own user, or for you alone (the default).",
    )(function)


@command.command("install", help="Install the service and start it.")
@_scope
@click.option("--no-start", is_flag=True, help="Write the units without starting the service.")
@pass_call
def install_command(call: Call, system: bool, no_start: bool) -> int:
    """Write the units; with --dry-run only show them."""

    scope: Scope = "system" if system else "user"
    named = call.config is not None or "SEGUE_CONFIG" in call.environ
    config = call.config_file.absolute() if named and not system else None
    wanted = units(scope, call.environ, config)
    if call.dry_run:
        for unit in wanted:
            click.echo(f"# {unit.path}\n{unit.text}")
        return 0
    if not system:
        _ = call.settings  # a wrong configuration is reported now rather than by a failing service
    steps = install(scope, wanted, start=not no_start)
    for step in steps:
        click.echo(step)
    if system:
        click.echo(f"Its configuration is {SYSTEM_CONFIG}. Its state is its user's: log in with")
        click.echo(f"  {as_its_user('auth login')}")
    return PARTLY if not no_start and any(not step.done for step in steps) else 0


@command.command("uninstall", help="Stop and remove the service. Stored data stays.")
@_scope
@pass_call
def uninstall_command(call: Call, system: bool) -> None:
    """Remove the units."""

    if call.dry_run_of("stop the service and remove its units"):
        return
    for step in uninstall("system" if system else "user", call.environ):
        click.echo(step)


@command.command("status", help="Show whether the service is installed and running.")
@json_option
@pass_call
def status_command(call: Call, as_json: bool) -> None:
    """Print what systemd knows, and whether a service looks after the state in use."""

    found: dict[str, dict[str, object]] = {}
    for scope in ("user", "system"):
        path = unit_folder(scope, call.environ) / UNIT
        there = path.exists()
        found[scope] = {
            "unit": str(path) if there else None,
            "manager": manager_says(scope) if there else None,
        }
    process = service_process(call.state_folder)
    if as_json:
        state = str(call.state_folder)
        print_json({"schema": 1, **found, "state_folder": state, "process_id": process})
        return
    for scope, unit in found.items():
        words = f"{unit['unit']}: {unit['manager']}" if unit["unit"] else "not installed"
        click.echo(f"{scope} service: {words}")
    running = f"process {process} looks after it" if process else "no service looks after it"
    click.echo(f"the state in {call.state_folder}: {running}")
    if found["system"]["unit"]:
        click.echo(f"The system service's state is its user's:\n  {as_its_user('status')}")


_PATIENCE_SECONDS = 5.0


@click.command(
    "page",
    help="Open the service's page: what runs, each playlist, the library, the recipes. The address "
    "that is printed signs one browser in, once, within ten minutes.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--sign-out", is_flag=True, help="Sign every browser out, then open the page.")
@json_option
@pass_call
def page(call: Call, no_browser: bool, sign_out: bool, as_json: bool) -> None:
    """Print an address that signs in, and open it where there is a browser."""
    from segued.page.access import LINK_TIME, Keys

    section = call.settings.service
    if not section.status_port:
        raise UsageError(
            f"the page is off: set status_port = 8899 in [service] of {call.config_file}, then "
            "start `segued` anew (`systemctl --user restart segued`)"
        )
    if call.dry_run_of("make an address that opens the page", as_json=as_json):
        return
    base = f"http://{_host(section.listen)}:{section.status_port}"
    _check_that_it_answers(base)
    keys = Keys.renewed(call.state_folder) if sign_out else Keys.kept_in(call.state_folder)
    address = f"{base}/open?token={keys.link(call.now())}"
    opened = not no_browser and not as_json and call.interactive and webbrowser.open(address)
    if as_json:
        print_json({"schema": 1, "address": address, "minutes": LINK_TIME.seconds // 60})
        return
    click.echo(address)
    if not opened:
        click.echo("It opens the page once, within ten minutes.", err=True)


def _host(listen: str) -> str:
    """How a browser on this machine calls the page."""
    address = ipaddress.ip_address(listen)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return str(address) if address.version == 4 else f"[{address}]"


def _check_that_it_answers(base: str) -> None:
    import requests

    try:
        found = requests.get(f"{base}/static/page.css", timeout=_PATIENCE_SECONDS)
        if found.headers.get("content-type", "").startswith("text/css"):
            return
        why = "something else than Segue answers there"
    except requests.RequestException:
        why = "nothing answers there"
    raise UsageError(
        f"the page is to be at {base}, and {why}; start the service with `segued`, or "
        "`segue service install`, and see its log where the port is taken"
    )
