"""`segue page`: open the page of the running service."""

from __future__ import annotations

import ipaddress
import webbrowser

import click

from segue.errors import UsageError
from segued.cli.call import Call, json_option, pass_call

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
def command(call: Call, no_browser: bool, sign_out: bool, as_json: bool) -> None:
    """Print an address that signs in, and open it where there is a browser."""
    from segued.cli.output import print_json
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
