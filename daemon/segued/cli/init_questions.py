"""What `segue init` asks, on stderr, so that stdout stays empty."""

from __future__ import annotations

import click

from segued.config.starter import STARTERS, Starter


def ask_client_id(redirect_port: int) -> str:
    """Ask for the Client ID; empty where it is to be filled in later."""
    click.echo(
        "Spotify wants every self-hosted program to be an app of its user's own.\n"
        "  1. Open https://developer.spotify.com/dashboard and choose Create app.\n"
        f"  2. Redirect URI: http://127.0.0.1:{redirect_port}/callback    APIs used: Web API.\n"
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
