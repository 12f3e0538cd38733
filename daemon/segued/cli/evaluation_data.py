"""The data of an evaluation: a file of playlists, or what Segue knows of the account itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segued.cli.call import Call

if TYPE_CHECKING:
    from segue.evaluation.tables import Table
    from segue.models.data import TrainingData

OWN = "your own account"

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV, CSV.gz or Parquet file of playlists in order; without it, your own account.",
)
columns_option = click.option(
    "--columns", default="", metavar="OURS=THEIRS,…", help="Name unusual columns."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def playlists_of(call: Call, data: Path | None, columns: str) -> tuple[TrainingData, str]:
    """The playlists to measure on, and what they are called in the table.

    Raises DataError for a file that cannot be read, UsageError where nothing was synced yet.
    """
    from segue.evaluation.datasets import read_playlists
    from segue.tables.reading import parse_columns

    if data is not None:
        return read_playlists(data, parse_columns(columns)), data.name
    return _own(call), OWN


def likes_of(call: Call, data: Path | None, columns: str) -> tuple[TrainingData, str]:
    """The judged tracks to measure on, and what they are called in the table.

    Raises DataError for a file that cannot be read, UsageError where nothing was synced yet.
    """
    from segue.evaluation.datasets import read_likes
    from segue.tables.reading import parse_columns

    if data is not None:
        return read_likes(data, parse_columns(columns)), data.name
    return _own(call), OWN


def _own(call: Call) -> TrainingData:
    from segued.inventory.encoder import choice_of, known_key
    from segued.jobs.learn import known_data

    with call.state() as state:
        return known_data(state, known_key(choice_of(call.settings), state))


def print_table(table: Table, *, as_json: bool) -> None:
    """Print a table for people, or its one JSON document."""
    from segued.cli.output import print_json

    if as_json:
        print_json(table.document())
    else:
        click.echo(table.text())
