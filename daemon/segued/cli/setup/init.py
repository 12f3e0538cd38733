"""`segue init`: write a first configuration, by asking or from flags."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from segue.errors import UsageError
from segued.cli.call import Call, pass_call
from segued.cli.output import stderr
from segued.config.load import settings_from
from segued.config.paths import SCHEMA_NAME
from segued.config.schema import json_schema, redirect_uri
from segued.config.starter import STARTERS, Starter, starter_text
from segued.store.files.atomic import write_atomically


@click.command("init", help="Write a first configuration, interactively or from options.")
@click.option("--client-id", metavar="ID", help="The Client ID of your Spotify app.")
@click.option("--api-url", metavar="URL", help="Base URL of the Web API, e.g. a sandbox's.")
@click.option("--accounts-url", metavar="URL", help="Base URL of the login.")
@click.option("--redirect-port", type=int, metavar="PORT", help="Port that the login redirects to.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask; take every playlist offered.")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@pass_call
def command(
    call: Call,
    client_id: str | None,
    api_url: str | None,
    accounts_url: str | None,
    redirect_port: int | None,
    yes: bool,
    force: bool,
) -> None:
    """Write the configuration and the schema beside it, then say what comes next."""
    file = call.config_file
    if file.exists() and not force:
        raise UsageError(
            f"there is a configuration at {file} already; edit it, or replace it with --force"
        )
    asks = call.interactive and not yes
    given = {"client_id": client_id, "api_url": api_url, "accounts_url": accounts_url}
    section: dict[str, object] = {key: value for key, value in given.items() if value is not None}
    if redirect_port is not None:
        section["redirect_port"] = redirect_port
    spotify = settings_from({"spotify": section}, "segue init").spotify
    if asks and client_id is None:
        section["client_id"] = ask_client_id(spotify.redirect_port)
        spotify = settings_from({"spotify": section}, "segue init").spotify
    starters = ask_starters() if asks else STARTERS
    if not call.dry_run:
        write_first_files(file, starter_text(spotify, starters))
    console = stderr()
    console.print(
        f"{'Would write' if call.dry_run else 'Wrote'} {file}", soft_wrap=True, markup=False
    )
    if not spotify.client_id:
        console.print(
            "\nNext, make an app at https://developer.spotify.com/dashboard (Web API, redirect URI"
            f" {redirect_uri(spotify.redirect_port)}) and put its Client ID into"
            f" [spotify] client_id.".replace("[spotify]", r"\[spotify]")
        )
    console.print("\nThen:  segue auth login   segue plan   segue refresh")


def ask_client_id(redirect_port: int) -> str:
    """Ask for the Client ID; empty where it is to be filled in later."""
    click.echo(
        "Spotify wants every self-hosted program to be an app of its user's own.\n"
        "  1. Open https://developer.spotify.com/dashboard and choose Create app.\n"
        f"  2. Redirect URI: {redirect_uri(redirect_port)}    APIs used: Web API.\n"
        "  3. Copy the Client ID from its settings. No client secret is needed.",
        err=True,
    )
    answer: str = click.prompt("Client ID (empty: later)", default="", show_default=False, err=True)
    return answer.strip()


def ask_starters() -> tuple[Starter, ...]:
    """Ask which playlists to begin with."""
    click.echo("\nWhich playlists shall it begin with? You can change all of it later.", err=True)
    return tuple(
        starter
        for starter in STARTERS
        if click.confirm(f"  {starter.name}: {starter.summary}?", default=True, err=True)
    )


def write_first_files(file: Path, text: str) -> None:
    """Write the configuration, readable by its owner alone, and the schema beside it.

    A configuration that was there stays as NAME.last-good. Raises UsageError where the folder
    cannot be made, StoreError where a file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {file.parent} cannot be made: {error.strerror}; name another place with"
            " --config FILE"
        ) from error
    schema = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    write_atomically(file.parent / SCHEMA_NAME, schema, keep_previous=False)
    write_atomically(file, text.encode())
