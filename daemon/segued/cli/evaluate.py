"""`segue evaluate`: how well something works, beside baselines, on data one gives.

A learner of the registry that names its evaluation has a command here without being mentioned;
those that take options of their own are below and in `evaluations`. `segue evaluate sentiment`
stands beside `segue learn sentiment`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segue.errors import UsageError
from segue.models.learners import LEARNERS
from segue.progress import Fitting, OnRay, Processes, Spread
from segued.cli.call import Call, json_option, pass_call
from segued.cli.commands import Entry, LazyGroup
from segued.cli.output import print_json, progress_bar, usable_cores

if TYPE_CHECKING:
    from segue.evaluation.tables import Table
    from segue.lyrics.encoder import TextEncoder
    from segue.models.data import TrainingData
    from segue.progress import Progress

_SECTION = "Evaluations"
_LONGEST = 5000
_FEWEST_SHARED = 2000

Read = Callable[[Call, Path | None, str], "tuple[TrainingData, str]"]
"""What is measured on, and what it is called in the table."""

FILE = click.Path(path_type=Path, dir_okay=False)
PLAYLISTS = "A CSV, CSV.gz or Parquet file of playlists in order; without it, your own account."
COLUMNS = click.Option(
    ["--columns"], default="", metavar="OURS=THEIRS,…", help="Name unusual columns."
)
_JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document.")
_ENCODER = "The encoder of the texts; the packaged one by default."


def _number(name: str, default: int, least: int, text: str) -> click.Option:
    kind = click.IntRange(min=least)
    return click.Option([name], type=kind, default=default, show_default=True, help=text)


def _choice(name: str, values: Sequence[str], text: str) -> click.Option:
    """One of a few words; the first is the default."""
    kind = click.Choice(values)
    return click.Option([name], type=kind, default=values[0], show_default=True, help=text)


def playlists_given(call: Call, data: Path | None, columns: str) -> tuple[TrainingData, str]:
    """Raises DataError for a file that cannot be read, UsageError where nothing was synced yet."""
    from segue.evaluation.datasets import read_playlists

    return _read(call, data, columns, read_playlists)


def _likes(call: Call, data: Path | None, columns: str) -> tuple[TrainingData, str]:
    """Raises DataError for a file that cannot be read, UsageError where nothing was synced yet."""
    from segue.evaluation.datasets import read_genres, read_likes, with_genres

    found, source = _read(call, data, columns, read_likes)
    file: Path | None = click.get_current_context().params.get("genres")
    return found if file is None else with_genres(found, read_genres(file)), source


def _read(
    call: Call, data: Path | None, columns: str, reader: Callable[..., TrainingData]
) -> tuple[TrainingData, str]:
    from segue.tables.reading import parse_columns
    from segued.learn.job import known_data

    if data is not None:
        return reader(data, parse_columns(columns)), data.name
    with call.state() as state:
        return known_data(call.settings, state), "your own account"


ON = click.Option(
    ["--on"],
    metavar="ray|ray://HOST",
    callback=lambda _context, _option, value: _where(value),
    help="Work on a Ray cluster: one begun on this machine, or at an address (extra `cluster`).",
)


def _where(named: str | None) -> OnRay | None:
    if named is None:
        return None
    if named != "ray" and not named.startswith("ray://"):
        raise UsageError(f"--on: {named!r} is neither ray nor of the form ray://HOST:PORT")
    return OnRay(None if named == "ray" else named)


def spread_for(data: TrainingData, on: OnRay | None = None) -> Spread:
    """A process for each core, or a cluster; a small library is measured sooner than they start."""
    if on is not None:
        return on
    return Processes(1 if len(data.vocabulary) < _FEWEST_SHARED else usable_cores())


def show(table: Table, *, as_json: bool) -> None:
    """Print a table and what it comes to in a sentence, or its one JSON document."""
    if as_json:
        print_json(table.document())
        return
    click.echo(table.text())
    click.echo(f"\n{table.sentence()}")


def _of_learner(
    name: str,
    help_: str,
    options: Sequence[click.Option] = (),
    read: Read = playlists_given,
    data_help: str = PLAYLISTS,
    prepare: Callable[[Call, dict[str, Any], Progress], dict[str, Any]] | None = None,
) -> click.Command:
    """The command that measures one learner; `prepare` turns its own options into arguments."""

    @pass_call
    def run(call: Call, /, data: Path | None, columns: str, as_json: bool, **own: Any) -> None:
        evaluate = getattr(import_module(LEARNERS[name].evaluation), f"evaluate_{name}")
        measured, source = read(call, data, columns)
        with progress_bar(quiet=call.quiet) as progress:
            chosen = own if prepare is None else prepare(call, own, progress)
            how = Fitting(call.seed or 0, progress=progress, spread=spread_for(measured))
            table = evaluate(measured, source, how, **chosen)
        show(table, as_json=as_json)

    own_data = click.Option(["--data"], type=FILE, help=data_help)
    return click.Command(
        name, help=help_, callback=run, params=[own_data, COLUMNS, *options, _JSON]
    )


def _with_context(_: Call, own: dict[str, Any], __: Progress) -> dict[str, Any]:
    from segue.evaluation.datasets import read_playlists
    from segue.models.taste.learner import TasteLearner

    context = None if own["context"] is None else read_playlists(own["context"])
    return {"splits": own["splits"], "learner": TasteLearner(context=context)}


taste = _of_learner(
    "taste",
    "Measure what tells a like from a dislike.",
    [
        click.Option(
            ["--context"],
            type=FILE,
            help="A file of other people's playlists: who stands beside whom. It knows no likes.",
        ),
        click.Option(["--genres"], type=FILE, help="A file of tracks with their artist's genres."),
        _number("--splits", 10, 2, "How many random splits the mean is over."),
    ],
    read=_likes,
    data_help="A CSV, CSV.gz or Parquet file of tracks with a column of 1 (liked) and 0; without "
    "it, your own account.",
    prepare=_with_context,
)
nextstep = _of_learner("nextstep", "Measure how well the next track's features are predicted.")
association = _of_learner(
    "association",
    "Measure what goes with a song, beside other ways.",
    [_number("--seeds", 1000, 10, "How many seed songs of each of the two splits.")],
)


def _with_vectors(call: Call, own: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The vectors of the longest texts of the files: (n_texts, dim) float32."""
    from segue.lyrics.sentiment_data import read_sets

    if not own["texts"]:
        return {"lyric_vectors": None}
    every = {text for part in read_sets(own["texts"]) for text in part.texts}
    longest = sorted(every, key=lambda text: (-len(text), text))[:_LONGEST]
    return {"lyric_vectors": encoder_named(call, own["encoder"]).encode(longest, progress=progress)}


def encoder_named(call: Call, name: str | None) -> TextEncoder:
    """The encoder of a name, the packaged one for None."""
    from segued.learn.sentiment import load
    from segued.providers.encoders.loading import PACKAGED, EncoderChoice

    return load(EncoderChoice(name=name or PACKAGED, revision=None), call.state_folder)


embedding = _of_learner(
    "embedding",
    "Measure how much of a track a few dimensions preserve, beside PCA and the original.",
    [
        click.Option(
            ["--texts"],
            type=click.Path(path_type=Path, exists=True),
            multiple=True,
            help="A TSV or CSV file of texts, or a folder: the 5,000 longest are used in place of "
            "lyrics.",
        ),
        click.Option(["--encoder"], metavar="NAME", help=_ENCODER),
    ],
    prepare=_with_vectors,
)


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

    seed = call.seed or 0
    columns = parse_columns(chosen.pop("columns"))
    drawn = lists_of(data, seed=seed, columns=columns, **chosen)
    with progress_bar(quiet=call.quiet) as progress:
        how = Fitting(seed, progress=progress)
        table = evaluate_sequencing(drawn, data.name, how, effort=effort)
    show(table, as_json=as_json)


sequencing.params.insert(1, COLUMNS)


_ELSEWHERE = {
    "continuation": "evaluations:continuation",
    "sentiment": "stages.sentiment:evaluate",
    "mood": "stages.sentiment:mood",
    "due": "evaluations:due",
    "verdict": "evaluations:verdict",
    "loop": "evaluations:loop",
    "discovery": "evaluations:discovery",
}

_SUMMARIES: Mapping[str, str] = {
    "taste": "What tells a like from a dislike",
    "nextstep": "What the next track sounds like",
    "continuation": "What else belongs in a list",
    "association": "What goes with a song",
    "embedding": "What a few dimensions preserve of a track",
    "sentiment": "Moods beside TF-IDF and VADER",
    "mood": "Valence and arousal of whole lyrics",
    "sequencing": "Orders beside other orders and bounds",
    "due": "Which songs come back within a week",
    "verdict": "How often experiments err, simulated",
    "loop": "What the loop gains, simulated",
    "discovery": "Which songs that engines name are liked later",
}


class _Evaluations(LazyGroup):
    """The commands of this file, and one for every other learner with an evaluation."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, made now where this file has none."""
        if cmd_name in self._table and cmd_name not in _SUMMARIES:
            return _of_learner(cmd_name, f"Measure {cmd_name} beside its baselines.")
        return super().get_command(ctx, cmd_name)


def _entries() -> dict[str, Entry]:
    others = [name for name, spec in LEARNERS.items() if spec.evaluation and name not in _SUMMARIES]
    summaries = {**_SUMMARIES, **{name: f"{name.title()} beside its baselines" for name in others}}
    return {
        name: Entry(
            _ELSEWHERE.get(name, f"evaluate:{name}"),
            text,
            _SECTION,
        )
        for name, text in summaries.items()
    }


command = _Evaluations(
    _entries(), name="evaluate", help="Measure what Segue does, beside baselines, on your data."
)
