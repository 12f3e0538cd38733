"""`segue evaluate sentiment`: moods beside TF-IDF and VADER, on texts people judged."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call


@click.command("sentiment", help="Measure moods beside TF-IDF and VADER.")
@click.option(
    "--data",
    "files",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    multiple=True,
    help="A TSV or CSV file of texts with ratings or labels, or a folder; may be repeated.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="The encoder whose head is measured; the packaged one by default.",
)
@click.option(
    "--limit", type=click.IntRange(min=10), help="At most so many texts of each set, to be quick."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, files: tuple[Path, ...], encoder: str | None, limit: int | None,
            as_json: bool) -> None:  # fmt: skip
    """Print the table."""
    from segue.errors import UsageError
    from segue.evaluation.sentiment import evaluate_sentiment
    from segued.cli.learn_sentiment_run import read_sets
    from segued.cli.output import print_json
    from segued.cli.progress import progress_bar
    from segued.jobs.learn_sentiment import load
    from segued.providers.encoders.heads import FOLDER, find_head
    from segued.providers.encoders.loading import PACKAGED, EncoderChoice

    sets = read_sets(files)
    loaded = load(EncoderChoice(name=encoder or PACKAGED, revision=None), call.state_folder)
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
            seed=call.seed or 0,
            data=", ".join(path.name for path in files),
            limit=limit,
            progress=progress,
        )
    if as_json:
        print_json(table.document())
    else:
        click.echo(table.text())
