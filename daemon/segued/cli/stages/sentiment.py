"""`segue learn sentiment` and `segue evaluate sentiment`: a head that tells the mood of lyrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segue.progress import Fitting
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.evaluate import encoder_named, show
from segued.cli.output import print_json, progress_bar, stdout, table
from segued.store.files.lock import writer_lock

if TYPE_CHECKING:
    from rich.console import Console

    from segue.evaluation.sentiment import Encode
    from segue.evaluation.tables import Table
    from segue.lyrics.sentiment import SentimentHead
    from segued.learn.sentiment import Rescored
    from segued.providers.encoders.loading import EncoderChoice

_PATH = click.Path(path_type=Path, exists=True)
_texts = click.option(
    "--data",
    "files",
    type=_PATH,
    required=True,
    multiple=True,
    help="A TSV or CSV file of rated or labelled texts, or a folder. Repeatable.",
)
_encoder = click.option(
    "--encoder",
    metavar="NAME",
    help="The encoder whose head is measured; the packaged one by default.",
)


@click.command("sentiment", help="Learn to tell the mood of lyrics from texts people judged.")
@_texts
@click.option("--fine-tune", is_flag=True, help="Fine-tune the encoder too; slow on a CPU.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --fine-tune: the folder for the new encoder.",
)
@click.option("--encoder", metavar="NAME", help="Another encoder than [lyrics] encoder.")
@click.option(
    "--language", "languages", multiple=True, default=("en",), show_default=True, metavar="CODE"
)
@json_option
@wait_option
@pass_call
def command(call: Call, files: tuple[Path, ...], fine_tune: bool, output: Path | None,
            encoder: str | None, languages: tuple[str, ...], as_json: bool,
            wait: float) -> int:  # fmt: skip
    """Train, keep the head, judge the known lyrics again, and print what came of it."""
    from segue.lyrics.sentiment_data import read_sets
    from segued.learn.sentiment import (
        FOLDER,
        encoded,
        fine_tuned_encoder,
        judge_again,
        learn_sentiment,
        load,
        save_head,
    )

    if output is not None and not fine_tune:
        raise UsageError("--output names the folder of a fine-tuned encoder; add --fine-tune")
    sets = read_sets(files)
    if call.dry_run_of("train a sentiment head on these texts", as_json=as_json):
        return 0
    choice, seed = _choice(call, encoder), call.seed or 0
    # With an encoder named no configuration is needed, and `call.run` would read one.
    with (
        writer_lock(call.state_folder, "segue learn sentiment", wait),
        call.state() as state,
        progress_bar(quiet=call.quiet) as progress,
    ):
        if fine_tune:
            folder = output or call.state_folder / "encoders" / "fine-tuned"
            choice = fine_tuned_encoder(
                sets, choice, folder.absolute(), seed=seed, progress=progress
            )
        loaded = load(choice, call.state_folder)
        head = learn_sentiment(
            sets,
            encoded(sets, loaded, progress),
            loaded.card,
            languages=languages,
            now=call.now(),
            how=Fitting(seed, progress=progress),
        )
        kept = save_head(head, call.state_folder / FOLDER)
        rescored = judge_again(state, kept, loaded.card.key)
    if as_json:
        print_json(
            {
                "schema": 1,
                "card": kept.card.model_dump(mode="json"),
                "tracks": {"judged": rescored.judged, "encoded": rescored.encoded},
            }
        )
    else:
        _show(stdout(), kept, rescored, fine_tuned=fine_tune)
    return 0


def _choice(call: Call, encoder: str | None) -> EncoderChoice:
    from segued.inventory.reading import choice_of
    from segued.providers.encoders.loading import EncoderChoice

    if encoder is not None:
        return EncoderChoice(name=encoder, revision=None)
    return choice_of(call.settings)


def _show(console: Console, head: SentimentHead, rescored: Rescored, *, fine_tuned: bool) -> None:
    shown = table("set", "trained on", "held out", "pearson r", "macro F1")
    names = dict.fromkeys([*head.card.data, *head.card.held_out])
    for name in names:
        score = head.card.held_out.get(name)
        r = score.pearson_r if score else None
        shown.add_row(
            name,
            str(head.card.data.get(name, 0)),
            str(score.n if score else 0),
            "" if r is None else f"{r:.3f}",
            f"{score.macro_f1:.3f}" if score else "",
        )
    console.print(shown)
    console.print(f"A head for {head.card.encoder.name}, judging {rescored.judged} of "
                  f"{rescored.encoded} tracks with vectors of it.")  # fmt: skip
    if fine_tuned:
        console.print(f'Set [lyrics] encoder = "{head.card.encoder.name}" to use the new encoder.')


@click.command("sentiment", help="Measure moods beside TF-IDF and VADER.")
@_texts
@_encoder
@click.option("--limit", type=click.IntRange(min=10), help="Use at most N texts of each set.")
@json_option
@pass_call
def evaluate(
    call: Call, files: tuple[Path, ...], encoder: str | None, limit: int | None, as_json: bool
) -> None:
    """Print the table."""
    from segue.evaluation.sentiment import evaluate_sentiment
    from segue.lyrics.sentiment_data import read_sets

    measure = partial(
        evaluate_sentiment,
        read_sets(files),
        data=", ".join(path.name for path in files),
        limit=limit,
    )
    _measured(call, encoder, measure, as_json=as_json)


@click.command("mood", help="Measure the mood of whole lyrics: valence and arousal, by labels.")
@click.option(
    "--data",
    "path",
    type=_PATH,
    required=True,
    help="A folder as MERGE is published, or a table as MoodyLyrics4Q with a column lyrics added.",
)
@_encoder
@json_option
@pass_call
def mood(call: Call, path: Path, encoder: str | None, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.mood import evaluate_mood, read_labelled

    measure = partial(evaluate_mood, read_labelled(path), data=path.name)
    _measured(call, encoder, measure, as_json=as_json)


def _measured(
    call: Call,
    encoder: str | None,
    measure: Callable[[SentimentHead, Encode, Fitting], Table],
    *,
    as_json: bool,
) -> None:
    """Print what is measured of an encoder and its head. Raises UsageError where it has none."""
    from segued.learn.sentiment import FOLDER, find_head

    loaded = encoder_named(call, encoder)
    head = find_head(loaded.card, call.state_folder / FOLDER)
    if head is None:
        raise UsageError(
            f"there is no sentiment head for the encoder {loaded.card.name} (revision "
            f"{loaded.card.revision[:12]}); run `segue learn sentiment --data … --encoder "
            f"{loaded.card.name}` first"
        )
    with progress_bar(quiet=call.quiet) as progress:
        encode = partial(loaded.encode, progress=progress)
        found = measure(head, encode, Fitting(call.seed or 0, progress=progress))
    show(found, as_json=as_json)
