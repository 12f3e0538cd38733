"""`segue evaluate continuation`: what else belongs in a list, beside other ways of telling."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from segued.cli.call import Call, pass_call
from segued.cli.evaluation_data import columns_option, data_option, json_option

Training = Literal["before", "all"]
Knowledge = Literal["everything", "artists", "ids"]


@click.command("continuation", help="Measure how lists are continued, beside other ways.")
@data_option
@columns_option
@click.option(
    "--training",
    type=click.Choice(["before", "all"]),
    default="before",
    show_default=True,
    help="Learn from what precedes the hidden tracks, or from the rest of each list too.",
)
@click.option(
    "--knowledge",
    type=click.Choice(["everything", "artists", "ids"]),
    default="everything",
    show_default=True,
    help="What is known of tracks: all columns, the artists alone, or nothing but ids.",
)
@json_option
@pass_call
def command(
    call: Call,
    data: Path | None,
    columns: str,
    training: Training,
    knowledge: Knowledge,
    as_json: bool,
) -> None:
    """Print the table."""
    from segue.evaluation.continuation import evaluate_continuation
    from segued.cli.evaluation_data import playlists_of, print_table
    from segued.cli.progress import progress_bar

    lists, source = playlists_of(call, data, columns)
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_continuation(
            lists,
            source,
            seed=call.seed or 0,
            training=training,
            knowledge=knowledge,
            progress=progress,
        )
    print_table(table, as_json=as_json)
