"""`segue import`: take in data of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call
from segued.cli.options import wait_option


@click.group("import", help="Take in data of your own.")
def command() -> None:
    """The group of commands that take in files."""


@command.command(
    "features",
    help="Take in a table of audio features: CSV, CSV.gz or Parquet, a track a row, told by "
    "Spotify id, by ISRC, or by title and artist. It takes the place of an earlier one, and "
    "tracks that come to the library later are looked up in it too.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--columns",
    default="",
    metavar="NAME=THEIRS,...",
    help='What the columns are called there, e.g. "track_id=uri,tempo=bpm".',
)
@wait_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def features(call: Call, file: Path, columns: str, wait: float, as_json: bool) -> None:
    """Import a table and say how much of the library it knows."""
    from segue.evaluation.reading import parse_columns
    from segued.cli.output import plural, print_json, stdout
    from segued.jobs.import_features import import_features
    from segued.store.lock import writer_lock

    with (
        writer_lock(call.state_folder, "segue import features", wait),
        call.state() as state,
    ):
        done = import_features(
            file, parse_columns(columns), state, clock=call.now, dry_run=call.dry_run
        )
    if as_json:
        print_json(
            {
                "schema": 1,
                "rows": done.rows,
                "usable": done.usable,
                "tracks": done.tracks,
                "known": done.known,
            }
        )
        return
    console = stdout()
    verb = "Would take in" if call.dry_run else "Took in"
    aside = (
        f" ({done.rows - done.usable:,} of them tell nothing)" if done.usable < done.rows else ""
    )
    console.print(f"{verb} {plural(done.rows, 'row')}{aside}.")
    if done.tracks:
        console.print(f"It knows {done.known:,} of the library's {plural(done.tracks, 'track')}.")
    else:
        console.print("Nothing has been read from the account yet; `segue sync` does.")
    if "table" not in call.settings.features.sources:
        console.print('It is not used: add "table" to [features] sources in the configuration.')


@command.command(
    "history",
    help="Take in the extended streaming history that Spotify sends on request (account, privacy, "
    "download your data): its zip, its folder, or one of its JSON files. Its plays count in "
    "filters and are learned from. Taking in the same again adds nothing.",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@wait_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def history(call: Call, file: Path, wait: float, as_json: bool) -> None:
    """Import a listening history."""
    from segued.cli.import_history import take_in

    take_in(call, file, wait, as_json=as_json)
