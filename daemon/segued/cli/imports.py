"""`segue import`: take in data of one's own, list it, let it go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from segue.names import plural
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import print_json, stdout
from segued.cli.output import table as table_of
from segued.config.schedule.zone import local_time
from segued.store.files.lock import writer_lock

if TYPE_CHECKING:
    from rich.console import Console

    from segued.imports.files import FeaturesImported
    from segued.imports.history import HistoryImported
    from segued.store.history import ImportedTable

_MOST_NOTES = 8


@click.group("import", help="Take in data of your own.")
def command() -> None:
    """The group of commands that take in files."""


@command.command(
    "features",
    help="Take in a table of audio features: CSV, CSV.gz or Parquet, a track a row, identified by "
    "Spotify id or link, by ISRC, or by title and artist. Tables add up; one of the same name "
    "takes the place of the earlier one. Tracks that come to the library later are looked up too.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--columns",
    default="",
    metavar="NAME=THEIRS,...",
    help='What the columns are called there, e.g. "track_id=uri,tempo=bpm".',
)
@click.option("--name", default="", help="What to call the table; else as the file is called.")
@wait_option
@json_option
@pass_call
def features(call: Call, file: Path, columns: str, name: str, wait: float, as_json: bool) -> None:
    """Import a table and say how much of the library it knows."""
    from segue.tables.reading import parse_columns
    from segued.imports.files import import_features

    named = parse_columns(columns)
    used = "table" in call.settings.features.sources
    with (
        writer_lock(call.state_folder, "segue import features", wait),
        call.state() as state,
    ):
        done = import_features(
            file, named, state, call.now(), name=name.strip(), dry_run=call.dry_run
        )
    if as_json:
        print_json(
            {
                "schema": 1,
                "name": done.table.name,
                "rows": done.rows,
                "usable": done.usable,
                "tracks": done.tracks,
                "known": done.known,
                "replaced": done.replaced is not None,
                "notes": list(done.notes),
            }
        )
        return
    console = stdout()
    _print_features(console, done, dry_run=call.dry_run)
    if not used:
        console.print('It is not used: add "table" to [features] sources in the configuration.')


@command.command(
    "history",
    help="Take in the extended streaming history that Spotify sends on request (account, privacy, "
    "download your data): its zip, its folder, or one of its JSON files. Its plays count in "
    "filters and are learned from. Taking in the same again adds nothing.",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@wait_option
@json_option
@pass_call
def history(call: Call, file: Path, wait: float, as_json: bool) -> None:
    """Import a listening history and say how much of it is new and known."""
    from segued.imports.history import import_history

    with (
        writer_lock(call.state_folder, "segue import history", wait),
        call.state() as state,
    ):
        done = import_history(file, state, call.now(), dry_run=call.dry_run)
    if as_json:
        print_json(
            {
                "schema": 1,
                "files": done.files,
                "plays": done.plays,
                "new": done.new,
                "others": done.others,
                "left_out": dict(done.left_out),
                "unread": list(done.unread),
                "tracks": done.tracks,
                "known": done.known,
                "first": _iso(done.first),
                "last": _iso(done.last),
            }
        )
        return
    _print_history(stdout(), done, dry_run=call.dry_run)


@command.command("list", help="List what was imported.")
@json_option
@pass_call
def list_imports(call: Call, as_json: bool) -> None:
    """List the tables, the latest first, and how many plays the history holds."""

    with call.state() as state:
        tables = state.tables.all()
        imported = state.history.get()
    plays = 0 if imported is None else len(imported.listening)
    if as_json:
        print_json({"schema": 1, "tables": [_table_document(t) for t in tables], "plays": plays})
        return
    console = stdout()
    if not tables and not plays:
        console.print("Nothing was imported. `segue import features FILE` takes in a table.")
        return
    if tables:
        shown = table_of("Table", "Rows", "Usable", "Imported", right=(1, 2))
        for each in tables:
            counts = ("" if n is None else f"{n:,}" for n in (each.rows, each.usable))
            shown.add_row(_escaped(each.name), *counts, local_time(each.imported_at))
        console.print(shown)
    if plays:
        console.print(f"A listening history of {plural(plays, 'play')}.")


@command.command("remove", help="Forget an imported table, and what is known by it alone.")
@click.argument("name")
@wait_option
@pass_call
def remove(call: Call, name: str, wait: float) -> None:
    """Forget a table."""
    from segued.imports.files import remove_table

    with (
        writer_lock(call.state_folder, "segue import remove", wait),
        call.state() as state,
    ):
        remove_table(name, state, call.now(), dry_run=call.dry_run)
    verb = "Would remove" if call.dry_run else "Removed"
    stdout().print(f"{verb} the table “{name}”.", markup=False)


def _print_features(console: Console, done: FeaturesImported, *, dry_run: bool) -> None:

    verb = "Would take in" if dry_run else "Took in"
    useless = done.rows - done.usable
    aside = f" ({useless:,} of them tell nothing)" if useless else ""
    console.print(
        f"{verb} {plural(done.rows, 'row')}{aside} as the table “{done.table.name}”.", markup=False
    )
    if done.replaced is not None:
        rows = "" if done.replaced.rows is None else f" ({plural(done.replaced.rows, 'row')})"
        console.print(f"It takes the place of the earlier one of that name{rows}.")
    for note in done.notes[:_MOST_NOTES]:
        console.print(f"{note}.", markup=False, soft_wrap=True)
    if len(done.notes) > _MOST_NOTES:
        console.print(f"{len(done.notes) - _MOST_NOTES} more columns could not be read in full.")
    if done.tracks:
        console.print(f"It knows {done.known:,} of the library's {plural(done.tracks, 'track')}.")
    else:
        console.print("Nothing has been read from the account yet; `segue sync` does.")


def _print_history(console: Console, done: HistoryImported, *, dry_run: bool) -> None:

    verb = "Would take in" if dry_run else "Took in"
    console.print(f"{verb} {plural(done.new, 'play')} from {plural(done.files, 'file')}.")
    if done.first is not None and done.last is not None:
        console.print(f"They reach from {_day(done.first)} to {_day(done.last)}.")
    if done.plays > done.new:
        console.print(f"{plural(done.plays - done.new, 'play')} were there already.")
    if done.others:
        console.print(f"{plural(done.others, 'row')} are no tracks (episodes, videos, files).")
    for why, count in done.left_out.items():
        console.print(f"Left out: {plural(count, 'row')} {why}.")
    for problem in done.unread:
        console.print(f"Not read: {problem}.", markup=False, soft_wrap=True)
    console.print(f"The library knows {done.known:,} of the {plural(done.tracks, 'track')} played.")


def _table_document(table: ImportedTable) -> dict[str, object]:
    return {
        "name": table.name,
        "rows": table.rows,
        "usable": table.usable,
        "imported_at": table.imported_at.isoformat(),
    }


def _escaped(text: str) -> str:

    return escape(text)


def _iso(moment: float | None) -> str | None:

    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _day(moment: float) -> str:

    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")
