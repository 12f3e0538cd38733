"""`segue evaluate nextstep`: the features of the next track, beside other ways of telling."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call
from segued.cli.evaluation_data import columns_option, data_option, json_option


@click.command("nextstep", help="Measure how well the next track's features are foretold.")
@data_option
@columns_option
@json_option
@pass_call
def command(call: Call, data: Path | None, columns: str, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.nextstep import evaluate_nextstep
    from segued.cli.evaluation_data import playlists_of, print_table
    from segued.cli.progress import progress_bar

    lists, source = playlists_of(call, data, columns)
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_nextstep(lists, source, seed=call.seed or 0, progress=progress)
    print_table(table, as_json=as_json)
