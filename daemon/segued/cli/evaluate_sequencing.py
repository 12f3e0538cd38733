"""`segue evaluate sequencing`: our orders beside others, on the playlists of a file."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call


@click.command("sequencing", help="Measure the sequencer beside other orders.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="A CSV, CSV.gz or Parquet file of playlists in order.",
)
@click.option("--columns", default="", metavar="OURS=THEIRS,…", help="Name unusual columns.")
@click.option("--lists", type=click.IntRange(min=1), default=100, show_default=True)
@click.option(
    "--length",
    type=click.IntRange(min=3),
    default=40,
    show_default=True,
    help="How many tracks of each playlist.",
)
@click.option("--effort", type=click.FloatRange(min=0), default=1.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, data: Path, columns: str, lists: int, length: int, effort: float,
            as_json: bool) -> None:  # fmt: skip
    """Print the table."""
    from segue.evaluation.sequencing import evaluate_sequencing, lists_of
    from segue.tables.reading import parse_columns
    from segued.cli.output import print_json
    from segued.cli.progress import progress_bar

    seed = call.seed or 0
    drawn = lists_of(data, seed=seed, lists=lists, length=length, columns=parse_columns(columns))
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_sequencing(drawn, data.name, seed=seed, effort=effort, progress=progress)
    if as_json:
        print_json(table.document())
    else:
        click.echo(table.text())
