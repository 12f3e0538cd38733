"""`segue sequence`: order any table of tracks. No account is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from segue.errors import StoreError, UsageError
from segue.sequencing.options import MEASURES, METHODS, NAMED, Method, Weights
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json, stdout, table
from segued.store.files.atomic import write_atomically

if TYPE_CHECKING:
    from rich.console import Console

    from segue.sequencing.problem import Settings
    from segued.cli.sequence.run import Outcome


_FILE = click.Path(path_type=Path, dir_okay=False)
_WEIGHTS = ", ".join(
    f"{weight.name} ({plain})" if (plain := weight.metadata["plain"]) else weight.name
    for weight in fields(Weights)
)


@click.command("sequence", help="Order the tracks of a CSV, CSV.gz or Parquet file.")
@click.argument("file", type=_FILE)
@click.option(
    "--arc",
    default="flat",
    show_default=True,
    metavar="SHAPE",
    help=f"{', '.join(NAMED)}, or points such as [[0,0.2],[0.6,0.9],[1,0.4]].",
)
@click.option(
    "--arc-of",
    default="energy",
    show_default=True,
    metavar="MEASURE",
    help=f"{', '.join(MEASURES)}, or a blend such as energy=0.7,valence=0.3.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
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
    help=f"How much a term counts; 1 is as shipped. {_WEIGHTS}.",
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
@click.option("--picture", type=_FILE, help="Draw the order to an .svg, .html or .png file.")
@json_option
@pass_call
def command(call: Call, /, file: Path, as_json: bool, output: Path | None, picture: Path | None,
            columns: str, length: int | None, minutes: float | None, score: str | None,
            effort: float, **order: Any) -> None:  # fmt: skip
    """Read, order, print, and write what was asked for."""
    from segue.tables.sheet import write_sheet
    from segued.cli.sequence.run import Request, run

    request = Request(call.seed or 0, effort, length, minutes, score)
    outcome = run(file, columns, request, settings_of(**order))
    if output is not None and not call.dry_run:
        write_sheet(outcome.table.sheet, outcome.order.tolist(), output)
    if picture is not None and not call.dry_run:
        write_picture(outcome, file.name, picture)
    if as_json:
        print_json(document(outcome))
    else:
        print_sequence(stdout(), outcome)


def settings_of(
    method: Method,
    arc: str,
    arc_of: str,
    weights: Sequence[str],
    pins: Sequence[str],
    forbidden: Sequence[str],
) -> Settings:
    """The settings that the words of a call stand for. Raises UsageError naming the option."""
    from segue.sequencing import options
    from segue.sequencing.problem import LAST, Settings

    weighed: dict[str, float] = {}
    for text in weights:
        name, number = _pair(text, "--weight", "NAME=NUMBER")
        if name not in Weights.__slots__:
            raise UsageError(f"--weight: {name!r} is not one of {', '.join(Weights.__slots__)}")
        weighed[name] = _number(number, "--weight")
    measures: dict[str, float] = {}
    for text in filter(None, arc_of.split(",")):
        name, number = _pair(text if "=" in text else f"{text}=1", "--arc-of", "MEASURE=NUMBER")
        measures[name] = _number(number, "--arc-of")
    pinned: dict[int, int] = {}
    for text in pins:
        row, place = _pair(text, "--pin", "ROW=PLACE")
        where = {"first": 0, "last": LAST}.get(place)
        index = _whole(row, "--pin")
        if index in pinned:
            raise UsageError(f"--pin: row {index} is pinned twice; take one of the pins away")
        pinned[index] = _whole(place, "--pin") - 1 if where is None else where
        if where is None and pinned[index] < 0:
            raise UsageError(f"--pin {text}: places count from 1")
    apart = []
    for text in forbidden:
        first, comma, second = text.partition(",")
        if not comma:
            raise UsageError(f"--apart: {text!r} is not of the form ROW,ROW")
        apart.append((_whole(first, "--apart"), _whole(second, "--apart")))
    return Settings(
        method=method,
        weights=Weights(**weighed),
        arc=options.arc_of(arc, measures),
        pins=pinned,
        forbidden=tuple(apart),
    )


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        raise UsageError(f"{option}: {text!r} is not of the form {form}")
    return left.strip(), right.strip()


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a number") from error


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a row or place, a whole number") from error


_ROWS = (
    ("objective", "Objective (lower is better)", "mean"),
    ("camelot_percent", "Keys that mix, %", "camelot_percent_mean"),
    ("tempo_percent", "Tempi that mix, %", "tempo_percent_mean"),
    ("median_tempo_step_percent", "Median tempo step, %", "median_tempo_step_percent_mean"),
    ("mean_energy_step", "Mean energy step", "mean_energy_step_mean"),
    ("arc_rank_correlation", "Follows the arc (−1..1)", "arc_rank_correlation_mean"),
    ("worst_transition", "Worst transition", "worst_transition_mean"),
    ("artist_adjacency", "Same artist in a row", "artist_adjacency_mean"),
)


def document(outcome: Outcome) -> dict[str, object]:
    """The JSON document: rows count from 0 in the file's order."""
    return {
        "order": outcome.order.tolist(),
        "report": outcome.report,
        "transitions": [
            {
                "cost": passage.cost,
                "terms": dict(passage.terms),
                "key_compatible": passage.key_compatible,
                "tempo_compatible": passage.tempo_compatible,
                "text": passage.text,
            }
            for passage in outcome.passages
        ],
        "notes": list(outcome.notes),
        "seconds": round(outcome.seconds, 4),
    }


def print_sequence(console: Console, outcome: Outcome) -> None:
    """Print the order with each transition in words, and the report beside random order."""
    from segue.music.keys import camelot

    drawn = table(
        "", "Row", "Track", "Key", "BPM", "From the one before", right=(0, 1, 4), fixed=(3,)
    )
    for place, row in enumerate(outcome.order.tolist()):
        name = " · ".join(filter(None, (outcome.titles[row], outcome.artists[row])))
        tempo = float(outcome.songs.tempo[row])
        drawn.add_row(
            str(place + 1),
            str(row),
            _escaped(name),
            camelot(int(outcome.songs.key[row]), int(outcome.songs.mode[row])),
            f"{tempo:.0f}" if tempo > 0 else "?",
            outcome.passages[place - 1].text if place else "",
        )
    console.print(drawn)
    console.print()
    random, before = outcome.report.get("random"), outcome.report.get("before")
    compared = table("", "This order", "Before", "Random", right=(1, 2, 3))
    for name, words, in_random in _ROWS:
        value = outcome.report.get(name)
        if value is None:
            continue
        compared.add_row(words, _shown(value), _from(before, name), _from(random, in_random))
    console.print(compared)
    if worst := outcome.report.get("worst_joint"):
        at = outcome.report["worst_place"]
        console.print(f"Worst transition, behind place {at}: {worst}.", markup=False)
    gap = outcome.report.get("gap")
    if isinstance(gap, Mapping) and gap.get("percent") is not None:
        exact = gap["to"] == "exact"
        best = "the exact optimum" if exact else "what no order can undercut"
        console.print(f"{gap['percent']:.2f} % of the way from {best} to random order.")
    unknown = outcome.report.get("unknown")
    if isinstance(unknown, Mapping) and unknown:
        counts = ", ".join(f"{name} {count}" for name, count in unknown.items())
        console.print(f"Unknown, and neutral: {counts}.", markup=False)
    for note in outcome.notes:
        console.print(f"Note: {note}.", markup=False)
    console.print(f"Ordered in {outcome.seconds:.2f} s.")


def write_picture(outcome: Outcome, title: str, target: Path) -> None:
    """Draw the order as an SVG, a page or a PNG, by the file's ending."""
    from segue.sequencing.pictures.drawing import SUFFIXES, picture_file
    from segue.sequencing.pictures.layout import picture_of

    titles = [
        " · ".join(filter(None, pair)) for pair in zip(outcome.titles, outcome.artists, strict=True)
    ]
    drawn = picture_of(outcome.songs, outcome.order, outcome.settings, titles)
    if target.suffix not in SUFFIXES:
        raise UsageError(f"{target}: a picture is an .svg, an .html or a .png file")
    data = picture_file(drawn, title, target.suffix)
    try:
        write_atomically(target, data, keep_previous=False, mode=0o666)
    except StoreError as error:
        raise UsageError(str(error)) from error


def _from(row: object, name: str) -> str:
    return _shown(row.get(name)) if isinstance(row, Mapping) else ""


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else ""


def _escaped(text: str) -> str:

    return escape(text)
