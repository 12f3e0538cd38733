"""`segue purge`: delete what Segue has stored on this machine."""

from __future__ import annotations

from datetime import timedelta

import click

from segue.errors import UsageError
from segue.recipe.values import read_seconds
from segued.cli.call import Call, pass_call
from segued.cli.output import plural, stderr
from segued.jobs.purge import purge, purge_plays
from segued.store.lock import writer_lock

_WHAT = (
    *("library", "plays", "playlists", "features", "lyrics", "models", "versions", "runs"),
    *("budget", "login"),
)


@click.command(
    "purge",
    help="Delete what Segue has stored here. The account is not touched."
    f"\n\nWHAT is all, or any of {', '.join(_WHAT)}.",
)
@click.argument("what", nargs=-1, type=click.Choice(("all", *_WHAT)), metavar="WHAT...")
@click.option("--plays-older-than", metavar="TIME", help='Only plays older than, e.g. "1 year".')
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pass_call
def command(call: Call, what: tuple[str, ...], plays_older_than: str | None, yes: bool) -> None:
    """Delete kinds of things, or old plays, after asking."""
    if bool(what) == bool(plays_older_than):
        raise UsageError(f"say what to delete: all, {', '.join(_WHAT)}; or --plays-older-than TIME")
    kinds = _WHAT if "all" in what else what
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
            done = purge(call.state_folder, kinds, dry_run=call.dry_run)
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
    click.confirm(f"{call.state_folder}: delete {what}?", abort=True, err=True)
