"""`segue import history`: what it prints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from segued.cli.call import Call
from segued.cli.output import plural, print_json, stdout
from segued.inventory.history import HistoryImported, import_history
from segued.store.lock import writer_lock


def take_in(call: Call, file: Path, wait: float, *, as_json: bool) -> None:
    """Import a history and say how much of it is new, and how much the library knows."""
    with (
        writer_lock(call.state_folder, "segue import history", wait),
        call.state() as state,
    ):
        done = import_history(file, state, dry_run=call.dry_run)
    if as_json:
        print_json(
            {
                "schema": 1,
                "files": done.files,
                "plays": done.plays,
                "new": done.new,
                "others": done.others,
                "tracks": done.tracks,
                "known": done.known,
                "first": _iso(done.first),
                "last": _iso(done.last),
            }
        )
        return
    _print(done, dry_run=call.dry_run)


def _print(done: HistoryImported, *, dry_run: bool) -> None:
    console = stdout()
    verb = "Would take in" if dry_run else "Took in"
    console.print(f"{verb} {plural(done.new, 'play')} from {plural(done.files, 'file')}.")
    if done.first is not None and done.last is not None:
        console.print(f"They reach from {_day(done.first)} to {_day(done.last)}.")
    if done.plays > done.new:
        console.print(f"{plural(done.plays - done.new, 'play')} were there already.")
    if done.others:
        console.print(f"{plural(done.others, 'row')} are no tracks (episodes, videos, files).")
    console.print(f"The library knows {done.known:,} of the {plural(done.tracks, 'track')} played.")


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")
