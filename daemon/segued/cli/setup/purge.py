"""`segue purge`: delete what Segue has stored on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import StoreError, UsageError
from segued.cli.call import Call, DeclinedError, pass_call
from segued.cli.output import plural, stderr

if TYPE_CHECKING:
    from segued.store.state import State


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
def command(call: Call, what: tuple[str, ...], plays_older_than: str | None, yes: bool) -> None:
    """Delete kinds of things, or old plays, after asking."""
    from segue.recipe.values import read_seconds
    from segued.store.files.lock import writer_lock

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
    if not click.confirm(f"{call.state_folder}: delete {what}?", err=True):
        raise DeclinedError("nothing was deleted")


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go: paths, and plays that were too old."""

    paths: tuple[Path, ...]
    plays: int = 0


def purge(folder: Path, kinds: Iterable[str], *, dry_run: bool) -> Purged:
    """Delete kinds of stored things. The caller holds the writer's lock.

    Raises StoreError where something cannot be deleted; what is left can be deleted again.
    """
    from segued.store.files.atomic import last_good

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
