"""`segue learn sentiment`: a head that tells the mood of lyrics."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call


@click.command("sentiment", help="Learn to tell the mood of lyrics from texts people judged.")
@click.option(
    "--data",
    "files",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    multiple=True,
    help="A TSV or CSV file of texts with ratings or labels, or a folder; may be repeated.",
)
@click.option("--fine-tune", is_flag=True, help="Let the encoder itself learn too; slow on a CPU.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --fine-tune: the folder for the new encoder.",
)
@click.option("--encoder", metavar="NAME", help="Another encoder than [lyrics] encoder.")
@click.option(
    "--language", "languages", multiple=True, default=("en",), show_default=True, metavar="CODE"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--wait", type=click.FloatRange(0), default=0, metavar="SECONDS", help="For the lock."
)
@pass_call
def command(call: Call, files: tuple[Path, ...], fine_tune: bool, output: Path | None,
            encoder: str | None, languages: tuple[str, ...], as_json: bool,
            wait: float) -> None:  # fmt: skip
    """Train, keep the head, and judge the known lyrics again."""
    from segue.errors import UsageError
    from segued.cli.learn_sentiment_run import Wanted, learn

    if call.dry_run:
        raise UsageError("learning changes nothing on the account; there is nothing to try out dry")
    if output is not None and not fine_tune:
        raise UsageError("--output names the folder of a fine-tuned encoder; add --fine-tune")
    learn(
        call,
        Wanted(
            files=files,
            encoder=encoder,
            languages=languages,
            fine_tune=fine_tune,
            output=output,
            as_json=as_json,
            wait=wait,
        ),
    )
