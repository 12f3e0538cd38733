"""`segue evaluate taste`: like or not, beside other ways of telling."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call
from segued.cli.evaluation_data import columns_option, json_option


@click.command("taste", help="Measure what tells a like from a dislike.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV, CSV.gz or Parquet file of tracks with a column of 1 (liked) and 0; without it, "
    "your own account.",
)
@columns_option
@click.option(
    "--context",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of other people's playlists: who stands beside whom. It knows no likes.",
)
@click.option(
    "--splits",
    type=click.IntRange(min=2),
    default=20,
    show_default=True,
    help="How many random splits the mean is over.",
)
@json_option
@pass_call
def command(
    call: Call, data: Path | None, columns: str, context: Path | None, splits: int, as_json: bool
) -> None:
    """Print the table."""
    from segue.evaluation.datasets import read_playlists
    from segue.evaluation.taste import evaluate_taste
    from segued.cli.evaluation_data import likes_of, print_table
    from segued.cli.progress import progress_bar

    judged, source = likes_of(call, data, columns)
    others = None if context is None else read_playlists(context)
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_taste(
            judged, source, context=others, splits=splits, seed=call.seed or 0, progress=progress
        )
    print_table(table, as_json=as_json)
