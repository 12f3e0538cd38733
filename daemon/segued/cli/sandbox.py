"""`segue sandbox`: a made-up Spotify on this machine, to try things on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from segued.sandbox.server import Sandbox


@click.group("sandbox", help="Serve a made-up Spotify on this machine, to try things on.")
def command() -> None:
    """The group of commands about the sandbox."""


@command.command("serve", help="Serve until stopped with Ctrl-C. Loopback only.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--state",
    "state_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the account in this folder; without it, it is gone at the end.",
)
@click.option(
    "--mode",
    type=click.Choice(["development", "extended"]),
    default="development",
    show_default=True,
    help="How Spotify treats the app.",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV of real tracks and playlists, plain or gzip.",
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True)
def serve(
    port: int, state_folder: Path | None, mode: str, catalogue: Path | None, seed: int
) -> None:
    """Serve the sandbox in the foreground and say what to put into a configuration."""
    from segue.errors import UsageError
    from segued.sandbox import server
    from segued.sandbox.settings import SandboxSettings

    extended = mode == "extended"
    settings = SandboxSettings(
        seed=seed, mode="extended" if extended else "development", catalogue=catalogue
    )
    try:
        server.serve(settings, port, state_folder, announce)
    except OSError as error:
        if error.filename is not None:
            raise UsageError(
                f"the account cannot be kept in {error.filename} ({error.strerror}); name another"
                " folder with --state"
            ) from error
        raise UsageError(
            f"port {port} on 127.0.0.1 cannot be listened on ({error.strerror}); name another with"
            " --port, 0 takes any free one"
        ) from error


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
        f'[tags]\nmusicbrainz_url = "{sandbox.musicbrainz_url}"\n'
        f'listenbrainz_url = "{sandbox.listenbrainz_url}"\n'
        f'lastfm_url = "{sandbox.lastfm_url}"\ninterval_seconds = 0.0\n\n'
        f'[discover]\nlabs_url = "{sandbox.labs_url}"\n\n'
        "Give it a state of its own with STATE_DIRECTORY. Ctrl-C ends it.\n\n"
        "Or have the file written:\n"
        "  segue init --client-id sandbox-client --redirect-port 0 \\\n"
        f"    --api-url {sandbox.api_url} \\\n"
        f"    --accounts-url {sandbox.accounts_url} --reccobeats-url {sandbox.reccobeats_url} \\\n"
        f"    --lrclib-url {sandbox.lrclib_url} --musicbrainz-url {sandbox.musicbrainz_url} \\\n"
        f"    --listenbrainz-url {sandbox.listenbrainz_url} --lastfm-url {sandbox.lastfm_url}"
    )
    sys.stdout.flush()
