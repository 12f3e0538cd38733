"""Evaluations that take options of their own: `segue evaluate continuation`, on a file of playlists
or on a folder as the RecSys Challenge 2018 had it; `due`, which songs come back; `discovery`, which
of the songs that engines name are liked later; `verdict` and `loop`, how often an experiment errs
and what is gained by it."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from segue.errors import UsageError
from segue.progress import Fitting, Processes
from segued.cli.call import Call, json_option, pass_call
from segued.cli.evaluate import (
    COLUMNS,
    ON,
    PLAYLISTS,
    playlists_given,
    show,
    spread_for,
)
from segued.cli.output import progress_bar, usable_cores
from segued.sandbox.calls import SandboxSettings

if TYPE_CHECKING:
    from segue.evaluation.datasets import Case
    from segue.evaluation.tables import Table
    from segue.playlists.listening import Listening


_OF_FILES = {"training": "--training", "knowledge": "--knowledge", "columns": "--columns"}
_OF_FOLDERS = {"of_each": "--of-each", "submission": "--submission", "team": "--team"}


@click.command("continuation", help="Measure how lists are continued, beside other ways.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help=f"{PLAYLISTS} Of a folder its slices of the Million Playlist Dataset (JSON) or Parquet "
    "files are read, and lists are continued as in the RecSys Challenge 2018.",
)
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
@click.option(
    "--of-each",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Of a folder: how many lists of each of ten kinds; the challenge had 1,000.",
)
@click.option(
    "--submission",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of a folder: write the challenge's file, for the lists of its challenge_set.json if it "
    "is there, else for those held out; gzipped where the name ends in .gz.",
)
@click.option("--team", metavar="NAME,MAIL", help="Who submits, for the file's first line.")
@click.option("--inbox", is_flag=True, help="Sort songs into the lists they were taken out of.")
@json_option
@pass_call
def continuation(
    call: Call, /, data: Path | None, columns: str, as_json: bool, **chosen: Any
) -> None:
    """Print the table."""
    folder = data is not None and data.is_dir()
    _refuse(_OF_FILES if folder else _OF_FOLDERS, folder)
    with progress_bar(quiet=call.quiet) as progress:
        how = Fitting(call.seed or 0, progress=progress)
        if data is not None and folder:
            table = _challenge(data, how, chosen)
        else:
            from segue.evaluation.continuation import evaluate_continuation, evaluate_inbox

            measured, source = playlists_given(call, data, columns)
            how = Fitting(
                call.seed or 0, progress=progress, spread=spread_for(measured, chosen["on"])
            )
            if chosen["inbox"]:
                table = evaluate_inbox(measured, source, how)
            else:
                named = {name: chosen[name] for name in ("training", "knowledge")}
                table = evaluate_continuation(measured, source, how, **named)
    show(table, as_json=as_json)


continuation.params.insert(1, COLUMNS)
continuation.params.insert(-2, ON)


def _refuse(options: dict[str, str], folder: bool) -> None:
    context = click.get_current_context()
    for name, flag in options.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"{flag} goes with a {'file' if folder else 'folder'} of playlists; "
                f"leave it out, or give a {'file' if folder else 'folder'} as --data"
            )


def _challenge(folder: Path, how: Fitting, chosen: dict[str, Any]) -> Table:
    from segue.evaluation.challenge import evaluate_challenge, submission
    from segue.evaluation.collection import read_collection

    target, team = chosen["submission"], chosen["team"]
    if target is not None and (team is None or len(team.split(",")) != 2):
        raise UsageError('--submission needs --team "NAME,MAIL", which its first line names')
    collection = read_collection(folder, how.progress)
    spread = spread_for(collection.data, chosen["on"])
    continued = evaluate_challenge(
        collection, folder.name, replace(how, spread=spread), of_each=chosen["of_each"]
    )
    if target is not None:
        _write(target, submission(continued, collection, team))
    return continued.table


def _write(target: Path, lines: Iterable[str]) -> None:
    """Raises UsageError where the file cannot be written."""
    try:
        opened = gzip.open if target.suffix == ".gz" else open
        with opened(target, "wt", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from error


@click.command("due", help="Measure which songs come back, on held-out weeks of a history.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    help="A history as Spotify sends it: zip, folder or JSON. Without it, your own plays.",
)
@click.option(
    "--made-up", is_flag=True, help="Two years of the listener that the sandbox makes up."
)
@click.option(
    "--weeks",
    type=click.IntRange(min=4),
    default=12,
    show_default=True,
    help="How many of the last weeks are held out, one after another.",
)
@json_option
@pass_call
def due(call: Call, data: Path | None, made_up: bool, weeks: int, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.listening import evaluate_due

    if made_up:
        listening, source = _made_up(call), "the sandbox's listener"
    elif data is not None:
        from segued.imports.history import read_export

        found = read_export(data, call.now()).listening
        if found is None:
            raise UsageError(f"{data}: holds no plays of tracks")
        listening, source = found, data.name
    else:
        from segued.inventory.reading import read_listening

        with call.state() as state:
            listening = read_listening(state, state.library.tracks())
        source = "your own plays"
    show(evaluate_due(listening, source, Fitting(call.seed or 0), weeks=weeks), as_json=as_json)


def _made_up(call: Call) -> Listening:
    from segue.playlists.library import Play
    from segue.playlists.listening import listening_of
    from segued.sandbox.account.world import make_world, start_clock

    clock = start_clock(call.now())
    world = make_world(SandboxSettings(seed=call.seed or 0, play_days=730), clock)
    return listening_of(
        Play(play.track_id, play.ended_at, play.ms_played, play.skipped) for play in world.plays()
    )


@contextlib.contextmanager
def fitting(call: Call) -> Iterator[Fitting]:
    """How something is measured: by the command's seed, on every core, with a bar."""
    with progress_bar(quiet=call.quiet) as progress:
        yield Fitting(call.seed or 0, progress=progress, spread=Processes(usable_cores()))


@click.command("discovery", help="Measure which of the songs that engines name are liked later.")
@click.option("--made-up", is_flag=True, help="On listeners made up, in place of your account.")
@click.option("--shares", is_flag=True, help="How shares of engines move, on simulated listeners.")
@json_option
@pass_call
def discovery(call: Call, made_up: bool, shares: bool, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.datasets import made_up_cases
    from segue.evaluation.listening import evaluate_shares
    from segue.evaluation.taste import evaluate_discovery

    with fitting(call) as how:
        if shares:
            found = evaluate_shares(how)
        elif made_up:
            found = evaluate_discovery(made_up_cases(how.seed), "listeners made up", how)
        else:
            found = evaluate_discovery(_own_cases(call), "your own account", how)
    show(found, as_json=as_json)


def _own_cases(call: Call) -> tuple[Case, ...]:
    """The user's likes by date, and what each engine named that was found on Spotify."""
    from segue.evaluation.datasets import dated_cases
    from segued.learn.job import known_data

    with call.state() as state:
        data = known_data(call.settings, state)
        known = state.discover.suggested().items()
        found = {name: [s.track_id for s in each.songs if s.track_id] for name, each in known}
    return dated_cases(data, {name: data.vocabulary.indices(ids) for name, ids in found.items()})


@click.command("verdict", help="Measure how often verdicts err, on simulated experiments.")
@click.option("--experiments", type=click.IntRange(min=20), default=1000, show_default=True)
@click.option("--weeks", type=click.IntRange(min=1), default=12, show_default=True)
@json_option
@pass_call
def verdict(call: Call, experiments: int, weeks: int, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.listening import evaluate_verdict

    with fitting(call) as how:
        found = evaluate_verdict(how, experiments=experiments, weeks=weeks)
    show(found, as_json=as_json)


@click.command("loop", help="Measure what the loop gains, on simulated listeners of three kinds.")
@click.option("--listeners", type=click.IntRange(min=2), default=12, show_default=True)
@json_option
@pass_call
def loop(call: Call, listeners: int, as_json: bool) -> None:
    """Print the table."""
    from segue.evaluation.loop import evaluate_loop

    with fitting(call) as how:
        found = evaluate_loop(how, listeners=listeners)
    show(found, as_json=as_json)
