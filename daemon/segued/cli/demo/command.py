"""`segue demo`: the whole main job on a made-up account, offline, without credentials; and
`segue sandbox`: the made-up Spotify it is done on, to try things on."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from segue.errors import UsageError
from segued.cli.call import Call, pass_call
from segued.cli.demo.stages import (
    DemoResult,
    Places,
    first_song,
    learn_now,
    overrides,
    print_demo,
    read_whole,
    take_in_history,
)
from segued.cli.output import progress_bar, stderr
from segued.cli.playlists.plan import print_refresh_json
from segued.cli.playlists.show import write_picture
from segued.sandbox.calls import SandboxSettings
from segued.store.files.lock import writer_lock

if TYPE_CHECKING:
    from segued.refresh.outcome import RefreshOutcome
    from segued.sandbox.server import Sandbox
    from segued.store.state import State


@click.command(
    "demo",
    help="Refresh four playlists of a made-up account on this machine: log in, read the account, "
    "learn what its tracks sound like, plan, write. Run it again: nothing changes.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("segue-demo"),
    show_default=True,
    help="Where the account, the state and the pictures are kept.",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV of real tracks and playlists, plain or gzip.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, folder: Path, catalogue: Path | None, as_json: bool) -> int:
    """Run the demo and print what it did and what to type next."""

    return demo(call, folder, catalogue, as_json=as_json)


HISTORY_DAYS = 2 * 365
"""How far the listening history reaches back: skips that say what is not liked are few."""


def demo(call: Call, folder: Path, catalogue: Path | None, *, as_json: bool) -> int:
    """Run the demo in a folder and print what it did; the exit code is the refresh's."""
    from segued.sandbox.server import running

    began = time.monotonic()
    places = Places(folder / f"with-{catalogue.name.split('.')[0]}" if catalogue else folder)
    console = stderr()
    places.check()
    source = catalogue.absolute() if catalogue else None
    settings = SandboxSettings(catalogue=source, play_days=HISTORY_DAYS)
    with ExitStack() as stack:
        with _step(console, call, "a made-up Spotify account on this machine"):
            sandbox = stack.enter_context(running(settings, 0, places.account, call.now))
        places.prepare(catalogue, first_song(sandbox))
        inner = _inner(call, places, sandbox)
        outcome = _refresh(inner, console, sandbox, places.folder)
        with _step(console, call, "draw each playlist"):
            pictures = _draw(inner, outcome, places)
        written = sum(
            method != "GET" and "playlists" in path for method, path, _ in sandbox.requests
        )
    if as_json:
        print_refresh_json(outcome)
    else:
        seconds = time.monotonic() - began
        result = DemoResult(places.folder, pictures, written, seconds, catalogue)
        print_demo(inner, outcome, result)
    return outcome.exit_code


def _inner(call: Call, places: Places, sandbox: Sandbox) -> Call:
    """The call as if a person had typed it for the demo's configuration and state."""
    return Call(
        config=places.config,
        sets=overrides(sandbox.accounts_url),
        verbose=call.verbose,
        quiet=call.quiet,
        seed=call.seed,
        environ={**call.environ, "STATE_DIRECTORY": str(places.state.absolute())},
        clock=call.clock,
    )


def _refresh(call: Call, console: Console, sandbox: Sandbox, folder: Path) -> RefreshOutcome:
    from segued.learn.job import due
    from segued.refresh.job import refresh_all
    from segued.run import Run

    with (
        writer_lock(call.state_folder, "segue demo", 0),
        call.state() as state,
    ):
        if state.auth.token() is None:
            with _step(console, call, "log in: agree on the page, come back with a code"):
                _log_in(call, state)
        with ExitStack() as stack:
            if due(call.settings, state, call.now()):
                with _step(
                    console, call, "read the account and its listening history, look up features"
                ):
                    take_in_history(sandbox, state, folder)
                    read_whole(call, state)
                with _step(console, call, "learn what goes with what"):
                    learn_now(call, state)
            stack.enter_context(_step(console, call, "read what is new, look up, plan, write"))
            progress = stack.enter_context(progress_bar(quiet=call.quiet))
            run = Run(call.settings, state, call.environ, call.now, progress, call.seed)
            return refresh_all(stack.enter_context(run))


def _draw(call: Call, outcome: RefreshOutcome, places: Places) -> list[Path]:
    """Draw what is new, and what was never drawn: a page and an image of each playlist."""

    drawn: list[Path] = []
    with call.state() as state:
        for refreshed in outcome.refreshed:
            files = [
                places.pictures / f"{refreshed.plan.recipe_id}{suffix}"
                for suffix in (".html", ".png")
            ]
            if not refreshed.plan.after or refreshed.plan.status not in ("changed", "unchanged"):
                continue
            if refreshed.plan.status == "changed" or not all(path.exists() for path in files):
                for path in files:
                    write_picture(path, refreshed.plan, refreshed.planned.recipe, state)
            drawn.append(files[0])
    return drawn


def _log_in(call: Call, state: State) -> None:
    """The real login; a thread plays the person whose browser follows the address."""
    from segued.spotify.login.auth import Person, login

    def browse(address: str) -> None:
        import requests

        threading.Thread(target=requests.get, args=(address,), kwargs={"timeout": 30}).start()

    person = Person(show_address=browse, say=lambda text: click.echo(text, err=True))
    login(call.settings.spotify, state.auth, call.now, person, timeout_seconds=30)


@contextmanager
def _step(console: Console, call: Call, text: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    began = time.monotonic()
    yield
    if not call.quiet:
        console.print(f"[green]✓[/] {text} [dim]({time.monotonic() - began:.1f} s)[/]")


@click.group("sandbox", help="Serve a made-up Spotify on this machine, to try things on.")
def sandbox() -> None:
    """The group of commands about the sandbox."""


@sandbox.command("serve", help="Serve until stopped with Ctrl-C. Loopback only.")
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
    from segued.sandbox import server
    from segued.sandbox.calls import SandboxSettings

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


def announce(served: Sandbox) -> None:
    """Say where the sandbox is, in the lines a configuration needs."""
    from segued.sandbox.providers.similar import LASTFM_KEY

    user = served.settings.user_id
    click.echo(
        f"Serving a made-up Spotify ({served.settings.mode} mode). Put this into a configuration:"
        "\n\n[spotify]\n"
        'client_id = "sandbox-client"\n'
        f'api_url = "{served.api_url}"\n'
        f'accounts_url = "{served.accounts_url}"\n'
        "redirect_port = 0\n\n"
        f'[features]\nreccobeats_url = "{served.reccobeats_url}"\ninterval_seconds = 0.0\n\n'
        f'[lyrics]\nlrclib_url = "{served.lrclib_url}"\ninterval_seconds = 0.0\n\n'
        f'[tags]\nmusicbrainz_url = "{served.musicbrainz_url}"\n'
        f'listenbrainz_url = "{served.listenbrainz_url}"\n'
        f'lastfm_url = "{served.lastfm_url}"\nlastfm_key = "{LASTFM_KEY}"\n'
        "interval_seconds = 0.0\n\n"
        f'[scrobbles]\nlistenbrainz_user = "{user}"\nlastfm_user = "{user}"\n\n'
        f'[discover]\nlabs_url = "{served.labs_url}"\n\n'
        "Give it a state of its own with STATE_DIRECTORY. Ctrl-C ends it.\n\n"
        "Or have the file written:\n"
        "  segue init --client-id sandbox-client --redirect-port 0 \\\n"
        f"    --api-url {served.api_url} \\\n"
        f"    --accounts-url {served.accounts_url} --reccobeats-url {served.reccobeats_url} \\\n"
        f"    --lrclib-url {served.lrclib_url} --musicbrainz-url {served.musicbrainz_url} \\\n"
        f"    --listenbrainz-url {served.listenbrainz_url} --lastfm-url {served.lastfm_url}"
    )
    sys.stdout.flush()
