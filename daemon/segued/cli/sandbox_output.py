"""What `segue sandbox serve` says when it answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from segued.sandbox.server import Sandbox


def announce(sandbox: Sandbox) -> None:
    """Say where the sandbox is, in the lines a configuration needs."""
    click.echo(
        f"Serving a made-up Spotify ({sandbox.settings.mode} mode). Put this into a configuration:"
        "\n\n[spotify]\n"
        'client_id = "sandbox-client"\n'
        f'api_url = "{sandbox.api_url}"\n'
        f'accounts_url = "{sandbox.accounts_url}"\n'
        "redirect_port = 0\n\n"
        f'[features]\nreccobeats_url = "{sandbox.reccobeats_url}"\ninterval_seconds = 0.0\n\n'
        f'[lyrics]\nlrclib_url = "{sandbox.lrclib_url}"\ninterval_seconds = 0.0\n\n'
        "Give it a state of its own with STATE_DIRECTORY. Ctrl-C ends it."
    )
    sys.stdout.flush()
