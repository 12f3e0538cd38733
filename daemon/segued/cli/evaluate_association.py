"""`segue evaluate association`: what goes with a song, beside other ways of telling."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call
from segued.cli.evaluation_data import columns_option, data_option, json_option


@click.command("association", help="Measure what goes with a song, beside other ways.")
@data_option
@columns_option
@click.option(
    "--seeds",
    type=click.IntRange(min=10),
    default=1000,
    show_default=True,
    help="How many seed songs of each of the two splits.",
)
@json_option
@pass_call
def command(call: Call, data: Path | None, columns: str, seeds: int, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.association import evaluate_association
    from segued.cli.evaluation_data import playlists_of, print_table
    from segued.cli.progress import progress_bar

    lists, source = playlists_of(call, data, columns)
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_association(
            lists, source, seeds=seeds, seed=call.seed or 0, progress=progress
        )
    print_table(table, as_json=as_json)
