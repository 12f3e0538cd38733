"""`segue auth` and `segue purge`: the login to Spotify, and what is stored, until it is deleted."""

from __future__ import annotations

import contextlib
import select
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import AuthorisationError, StoreError, UsageError
from segue.names import plural
from segued.cli.call import Call, DeclinedError, json_option, pass_call
from segued.cli.output import print_json, print_next, stderr, stdout
from segued.config.schedule.zone import local_time
from segued.store.files.atomic import last_good
from segued.store.files.lock import writer_lock

if TYPE_CHECKING:
    from segued.store.access import LoginStatus
    from segued.store.state import State


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
    from segued.store.access import ends_at

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
        more_scopes=call.settings.more_scopes,
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


def is_logged_in(call: Call) -> bool:
    """Whether there is a login that works, of the app that the configuration names."""
    from segued.store.access import login_status

    with call.state() as state:
        token = state.auth.token()
        app = call.settings.spotify.client_id
        return (
            token is not None
            and token.client_id in ("", app)
            and login_status(state.auth, call.now()).logged_in
        )


def ensure_login(call: Call, *, no_browser: bool) -> None:
    """Log in, unless somebody is. Raises what a login raises."""
    if not is_logged_in(call):
        log_in(call, no_browser=no_browser, timeout_seconds=300.0)


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
    from segued.store.access import login_status

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
    from segued.store.access import logout as end_login

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


KINDS: dict[str, tuple[str, ...]] = {
    "library": ("library.json",),
    "plays": ("plays", "history.npz"),
    "playlists": ("playlists.json",),
    "features": ("features.json", "tables", "feature-table.parquet"),
    "lyrics": ("lyrics.json", "vectors", "encoders"),
    "models": ("models",),
    "versions": ("versions", "journal"),
    "runs": ("runs.json", "plans", "unchanged.json"),
    "budget": ("budget.json",),
    "login": ("auth.json",),
}
"""What can be deleted, and the files and folders of the state it lies in."""


@click.command(
    "purge",
    help="Delete stored data. The account is not touched."
    f"\n\nWHAT is all, or any of {', '.join(KINDS)}.",
)
@click.argument("what", nargs=-1, type=click.Choice(("all", *KINDS)), metavar="[WHAT]...")
@click.option(
    "--plays-older-than", metavar="TIME", help='Delete only plays older than this, e.g. "1 year".'
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pass_call
def purge(call: Call, what: tuple[str, ...], plays_older_than: str | None, yes: bool) -> None:
    """Delete kinds of things, or old plays, after asking."""
    from segue.recipe.values import read_seconds

    if not what and plays_older_than is None:
        raise UsageError(f"say what to delete: all, {', '.join(KINDS)}; or --plays-older-than TIME")
    if plays_older_than is not None and what not in ((), ("plays",)):
        raise UsageError("--plays-older-than deletes plays alone; delete the rest by a second call")
    kinds = tuple(KINDS) if "all" in what else what
    age = None
    if plays_older_than is not None:
        try:
            age = timedelta(seconds=read_seconds(plays_older_than))
        except ValueError as error:
            raise UsageError(f"--plays-older-than: {error}") from error
    if not (yes or call.dry_run):
        _ask(call, ", ".join(kinds) or f"plays older than {plays_older_than}")
    console = stderr()
    would = "Would delete" if call.dry_run else "Deleted"
    with writer_lock(call.state_folder, "segue purge", 0.0):
        if age is None:
            done = delete_stored(call.state_folder, kinds, dry_run=call.dry_run)
            for path in done.paths:
                console.print(f"{would} {path}", soft_wrap=True, markup=False)
            if not done.paths:
                console.print("There was nothing to delete.")
        else:
            with call.state() as state:
                done = purge_plays(state, age, call.now(), dry_run=call.dry_run)
            console.print(f"{would} {plural(done.plays, 'play')}.")


def _ask(call: Call, what: str) -> None:
    if not call.interactive:
        raise UsageError("there is no terminal to ask on; add --yes to delete, or --dry-run to see")
    if not click.confirm(f"{call.state_folder}: delete {what}?", err=True):
        raise DeclinedError("nothing was deleted")


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go: paths, and plays that were too old."""

    paths: tuple[Path, ...]
    plays: int = 0


def delete_stored(folder: Path, kinds: Iterable[str], *, dry_run: bool) -> Purged:
    """Delete kinds of stored things. The caller holds the writer's lock.

    Raises StoreError where something cannot be deleted; what is left can be deleted again.
    """

    named = (folder / name for kind in kinds for name in KINDS[kind])
    found = tuple(path for name in named for path in (last_good(name), name) if path.exists())
    for path in () if dry_run else found:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            raise StoreError(f"{path}: cannot be deleted ({error.strerror})") from error
    return Purged(found)


def purge_plays(state: State, older_than: timedelta, now: datetime, *, dry_run: bool) -> Purged:
    """Delete plays from before a time. The caller holds the writer's lock."""
    moment = now - older_than
    if dry_run:
        recent = sum(play.played_at < moment for play in state.plays.all())
        return Purged((), recent + state.history.count_before(moment))
    count = state.plays.drop_before(moment) + state.history.drop_before(moment)
    state.plays.commit()
    return Purged((), count)
