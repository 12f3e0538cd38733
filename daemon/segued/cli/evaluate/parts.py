"""`segue evaluate sentiment` and `sequencing`: what is measured and is no learner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from segue.progress import Fitting
from segued.cli.call import Call, json_option, pass_call
from segued.cli.evaluate.learners import COLUMNS, FILE, encoder_named, show


@click.command("sentiment", help="Measure moods beside TF-IDF and VADER.")
@click.option(
    "--data",
    "files",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    multiple=True,
    help="A TSV or CSV file of rated or labelled texts, or a folder. Repeatable.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="The encoder whose head is measured; the packaged one by default.",
)
@click.option("--limit", type=click.IntRange(min=10), help="Use at most N texts of each set.")
@json_option
@pass_call
def sentiment(
    call: Call, files: tuple[Path, ...], encoder: str | None, limit: int | None, as_json: bool
) -> None:
    """Print the table."""
    from segue.errors import UsageError
    from segue.evaluation.sentiment import evaluate_sentiment
    from segue.lyrics.sentiment_data import read_sets
    from segued.cli.output import progress_bar
    from segued.providers.encoders.heads import FOLDER, find_head

    sets = read_sets(files)
    loaded = encoder_named(call, encoder)
    head = find_head(loaded.card, call.state_folder / FOLDER)
    if head is None:
        raise UsageError(
            f"there is no sentiment head for the encoder {loaded.card.name} (revision "
            f"{loaded.card.revision[:12]}); run `segue learn sentiment --data … --encoder "
            f"{loaded.card.name}` first"
        )
    with progress_bar(quiet=call.quiet) as progress:
        table = evaluate_sentiment(
            sets,
            head,
            lambda texts: loaded.encode(texts, progress=progress),
            Fitting(call.seed or 0, progress=progress),
            data=", ".join(path.name for path in files),
            limit=limit,
        )
    show(table, as_json=as_json)


@click.command("sequencing", help="Measure the sequencer beside other orders.")
@click.option(
    "--data",
    type=FILE,
    required=True,
    help="A CSV, CSV.gz or Parquet file of playlists in order.",
)
@click.option("--lists", type=click.IntRange(min=1), default=100, show_default=True)
@click.option(
    "--length",
    type=click.IntRange(min=3),
    default=40,
    show_default=True,
    help="How many tracks of each playlist.",
)
@click.option("--effort", type=click.FloatRange(min=0), default=1.0, show_default=True)
@json_option
@pass_call
def sequencing(call: Call, /, data: Path, as_json: bool, effort: float, **chosen: Any) -> None:
    """Print the table."""
    from segue.evaluation.sequencing import evaluate_sequencing, lists_of
    from segue.tables.reading import parse_columns
    from segued.cli.output import progress_bar

    seed = call.seed or 0
    columns = parse_columns(chosen.pop("columns"))
    drawn = lists_of(data, seed=seed, columns=columns, **chosen)
    with progress_bar(quiet=call.quiet) as progress:
        how = Fitting(seed, progress=progress)
        table = evaluate_sequencing(drawn, data.name, how, effort=effort)
    show(table, as_json=as_json)


sequencing.params.insert(1, COLUMNS)
