"""What `segue learn sentiment` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from segue.evaluation.sentiment_reading import read_folder, read_rated
from segue.lyrics.sentiment import SentimentHead
from segue.lyrics.sentiment_data import RatedTexts
from segued.cli.call import Call
from segued.cli.output import print_json, stdout, table
from segued.cli.progress import progress_bar
from segued.inventory.encoder import choice_of
from segued.jobs.learn_sentiment import (
    Rescored,
    encoded,
    fine_tuned_encoder,
    judge_again,
    learn_sentiment,
    load,
)
from segued.providers.encoders.heads import FOLDER, save_head
from segued.providers.encoders.loading import EncoderChoice
from segued.store.lock import writer_lock


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for."""

    files: tuple[Path, ...]
    encoder: str | None
    languages: tuple[str, ...]
    fine_tune: bool
    output: Path | None
    as_json: bool
    wait: float


def read_sets(files: tuple[Path, ...]) -> list[RatedTexts]:
    """The data sets in these files and folders, in their order."""
    sets: list[RatedTexts] = []
    for path in files:
        sets.extend(read_folder(path) if path.is_dir() else [read_rated(path)])
    return sets


def learn(call: Call, wanted: Wanted) -> None:
    """Train, keep the head, judge the known lyrics again, and print what came of it."""
    sets = read_sets(wanted.files)
    choice = _choice(call, wanted.encoder)
    seed = call.seed or 0
    with (
        writer_lock(call.state_folder, "segue learn sentiment", wanted.wait),
        call.state() as state,
        progress_bar(quiet=call.quiet) as progress,
    ):
        if wanted.fine_tune:
            folder = wanted.output or call.state_folder / "encoders" / "fine-tuned"
            choice = fine_tuned_encoder(
                sets, choice, folder.absolute(), seed=seed, progress=progress
            )
        encoder = load(choice, call.state_folder)
        head = learn_sentiment(
            sets,
            encoded(sets, encoder, progress),
            encoder.card,
            languages=wanted.languages,
            seed=seed,
            now=call.now(),
            progress=progress,
        )
        kept = save_head(head, call.state_folder / FOLDER)
        rescored = judge_again(state, kept, encoder.card.key)
    if wanted.as_json:
        print_json(
            {
                "schema": 1,
                "card": kept.card.model_dump(mode="json"),
                "tracks": {"judged": rescored.judged, "encoded": rescored.encoded},
            }
        )
    else:
        _show(stdout(), kept, rescored, fine_tuned=wanted.fine_tune)


def _choice(call: Call, encoder: str | None) -> EncoderChoice:
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
