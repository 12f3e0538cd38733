"""`segue sequence`: order any table of tracks. No account is needed."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call
from segued.cli.options import json_option

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("sequence", help="Order the tracks of a CSV, CSV.gz or Parquet file.")
@click.argument("file", type=_FILE)
@click.option(
    "--arc",
    default="flat",
    show_default=True,
    metavar="SHAPE",
    help="flat, ramp, cooldown, wave, peak, or points such as [[0,0.2],[0.6,0.9],[1,0.4]].",
)
@click.option(
    "--arc-of",
    default="energy",
    show_default=True,
    metavar="MEASURE",
    help="energy, valence, tempo, or a blend such as energy=0.7,valence=0.3.",
)
@click.option(
    "--method",
    type=click.Choice(["search", "beam", "greedy", "none"]),
    default="search",
    show_default=True,
    help="How to look for the order.",
)
@click.option(
    "--effort",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="How long to search, in proportion.",
)
@click.option(
    "--pin",
    "pins",
    multiple=True,
    metavar="ROW=PLACE",
    help="Fix a row (0 is the first): first, last, or a place from 1. Repeatable.",
)
@click.option(
    "--apart",
    "forbidden",
    multiple=True,
    metavar="ROW,ROW",
    help="Two rows that must not be neighbours. Repeatable.",
)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="NAME=NUMBER",
    help="How much a term counts; 1 is as shipped. flow, sweetness (key), smoothness "
    "(tempo), spicyness, energy, arc, artists, albums.",
)
@click.option(
    "--choose",
    "length",
    type=click.IntRange(min=1),
    metavar="COUNT",
    help="Choose that many of the tracks and order them, in one search.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Choose tracks that play for so long, within 30 seconds.",
)
@click.option("--score", metavar="COLUMN", help="The column that says how much a track is wanted.")
@click.option("--columns", default="", metavar="OURS=THEIRS,…", help="Name unusual columns.")
@click.option("--output", type=_FILE, help="Write the file's rows in order to a CSV or Parquet.")
@click.option("--picture", type=_FILE, help="Draw the order to an .html or .png file.")
@json_option
@pass_call
def command(call: Call, /, file: Path, as_json: bool, output: Path | None, picture: Path | None,
            columns: str, **given: object) -> None:  # fmt: skip
    """Read, order, print, and write what was asked for."""
    from segue.tables.sheet import write_sheet
    from segued.cli.output import print_json, stdout
    from segued.cli.sequence.output import document, print_sequence, write_picture
    from segued.cli.sequence.run import Request, run

    request = Request(seed=call.seed or 0, **given)  # type: ignore[arg-type]  # checked by click
    outcome = run(file, columns, request)
    if output is not None and not call.dry_run:
        write_sheet(outcome.table.sheet, outcome.order.tolist(), output)
    if picture is not None and not call.dry_run:
        write_picture(outcome, file.name, picture)
    if as_json:
        print_json(document(outcome))
    else:
        print_sequence(stdout(), outcome)
