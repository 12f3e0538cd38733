"""`segue auth`: log in to Spotify, see how long it lasts, log out."""

from __future__ import annotations

import contextlib
import select
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from segue.errors import AuthorisationError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import local_time, plural, print_json, print_next, stderr, stdout

if TYPE_CHECKING:
    from segued.store.auth import LoginStatus


@click.group("auth", help="Log in to Spotify, log out, check the login.")
def command() -> None:
    """The group of commands about the login."""


@command.command("login", help="Log in to Spotify in a browser, on this machine or another.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@click.option(
    "--timeout", type=click.IntRange(1, 3600), default=300, metavar="SECONDS", show_default=True
)
@pass_call
def login(call: Call, no_browser: bool, timeout: int) -> None:
    """Log in: the address on stdout, everything else on stderr."""
    call.require_app()
    if call.dry_run_of("log in"):
        return
    log_in(call, no_browser=no_browser, timeout_seconds=float(timeout))
    print_next(stderr(), "segue plan")


def log_in(call: Call, *, no_browser: bool, timeout_seconds: float) -> None:
    """Take the user through a login, and say until when it lasts. Raises what a login raises."""
    from segued.spotify.login import auth  # spotipy takes its time
    from segued.store.auth import ends_at

    console, over = stderr(), threading.Event()

    def show(address: str) -> None:
        if no_browser:
            console.print("Open this address in a browser and agree:")
        else:
            console.print("A browser opens; if it does not, open this address:")
        click.echo(address)
        sys.stdout.flush()
        if call.interactive:
            console.print("On another machine: paste the address it was sent to here.")

    person = auth.Person(
        show,
        lambda words: console.print(words, soft_wrap=True, markup=False),
        opens_browser=not no_browser,
        read_line=_lines_until(over) if sys.stdin.isatty() else None,
    )
    with call.state() as state, _set_at_end(over):
        token = auth.login(
            call.settings.spotify,
            state.auth,
            call.now,
            person,
            timeout_seconds=timeout_seconds,
        )
        ends = ends_at(token)
    console.print(f"Logged in. Spotify lets a login last six months: until {local_time(ends)}.")


@contextlib.contextmanager
def _set_at_end(event: threading.Event) -> Iterator[None]:
    try:
        yield
    finally:
        event.set()


def _lines_until(over: threading.Event) -> Callable[[], str]:
    """Lines of the terminal as they are typed, "" once the login is over: what is typed later
    answers other questions."""

    def read_line() -> str:
        while not over.is_set():
            if select.select([sys.stdin], [], [], 0.1)[0]:
                return sys.stdin.readline()
        return ""

    return read_line


@command.command("status", help="Show whether Segue is logged in, and for how many days more.")
@json_option
@pass_call
def status(call: Call, as_json: bool) -> int:
    """Show the login; exit code 4 where there is none that works."""
    from segued.store.auth import login_status

    with call.state() as state:
        found = login_status(state.auth, call.now())
    if as_json:
        print_json({"schema": 1, **login_document(found)})
    else:
        stdout().print(login_text(found))
    return 0 if found.logged_in else AuthorisationError.exit_code


@command.command("logout", help="Forget the login. Playlists and history stay.")
@pass_call
def logout(call: Call) -> None:
    """Delete the tokens from this machine."""
    from segued.store.auth import logout as end_login

    console = stderr()
    if call.dry_run_of("log out"):
        return
    with call.state() as state:
        known = end_login(state.auth)
    console.print("Logged out." if known else "Nobody was logged in.")
    if known:
        console.print(
            "To withdraw the permission as well, remove the app at"
            " https://www.spotify.com/account/apps"
        )


def login_document(status: LoginStatus) -> dict[str, object]:
    """A login as part of a JSON document."""
    return {
        "logged_in": status.logged_in,
        "authorized_at": status.authorized_at,
        "ends_at": status.ends_at,
        "days_left": status.days_left,
        "missing_scopes": list(status.missing_scopes),
        "suspect": status.suspect,
    }


def login_text(status: LoginStatus) -> str:
    """A login in words, with what to do where something is to be done."""
    if status.authorized_at is None:
        return "Not logged in. Run `segue auth login`."
    if not status.logged_in:
        why = "Spotify called it dead" if status.suspect else "six months have gone by"
        return f"The login has ended ({why}). Run `segue auth login`; nothing else is lost."
    assert status.ends_at is not None
    days = plural(status.days_left or 0, "day")
    text = f"Logged in for {days} more, until {local_time(status.ends_at)}."
    if status.missing_scopes:
        missing = ", ".join(status.missing_scopes)
        text += f"\nIt lacks permissions: {missing}. Run `segue auth login` again."
    elif (status.days_left or 0) <= 30:
        text += "\nRenew it in time with `segue auth login`."
    return text
