"""`segue verdict`: what an experiment has found; and evaluations that take options of their own:
`segue evaluate verdict` and `loop`, how often it errs and what is gained by it, and `continuation`,
on a file of playlists or on a folder as the RecSys Challenge 2018 had it."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.progress import Fitting, Processes
from segued.cli.call import Call, json_option, pass_call
from segued.cli.evaluate import COLUMNS, ON, PLAYLISTS, playlists_given, show, spread_for
from segued.cli.output import plural, print_json, progress_bar, stdout, table, usable_cores

if TYPE_CHECKING:
    from segue.evaluation.tables import Table
    from segue.playlists.experiment import Verdict
    from segue.recipe.recipe import Experiment, Recipe
    from segue.recipe.values import Label

_WORDS = {
    "far": "heard of it in a sitting",
    "skips": "skipped of what was played",
    "likes": "liked after hearing",
}


@click.command("verdict", help="Show what an experiment has found so far, and the winner.")
@click.argument("name")
@json_option
@pass_call
def command(call: Call, name: str, as_json: bool) -> None:
    """Print the difference between the two variants, as far as it is known."""
    from segued.status.coverage import read_verdict

    with call.look() as run:
        known = run.recipe(name)
        recipe, trial = known.recipe, known.trial
        if trial is None:
            raise UsageError(
                f"{recipe.name} has no experiment; begin one with "
                '[playlist.experiment] of = "order" in its recipe'
            )
        binding = run.state.playlists.binding(recipe.id)
        if binding is None or binding.playlist_id is None:
            raise UsageError(f"{recipe.name} has not been made yet; `segue refresh` begins")
        found = read_verdict(run.state, recipe.id, binding.playlist_id, trial, known.period)
        periods = {
            made.period: made.trial.variant
            for made in reversed(binding.made)
            if made.trial is not None and made.trial.experiment == trial.experiment
        }
    toml = winner_toml(recipe, recipe.experiment, found.winner)
    if as_json:
        print_json(_document(recipe, found, periods if found.winner else {}, toml))
    else:
        print_verdict(stdout(), recipe, found, toml)


def winner_toml(recipe: Recipe, experiment: Experiment, winner: Label | None) -> str:
    """The lines of the recipe that make the winner its only variant; empty while there is none."""
    from segued.config.starter import toml_value

    if winner is None:
        return ""
    variant = experiment.variant(winner, recipe.base)
    given = variant.model_dump(mode="json", by_alias=True, exclude_unset=True)
    keys = (key for key in type(variant).model_fields if key in given)
    return "\n".join(f"{key} = {toml_value(given[key])}" for key in keys)


def _document(
    recipe: Recipe, verdict: Verdict, periods: dict[str, Label], toml: str
) -> dict[str, object]:
    return {
        "schema": 1,
        "recipe_id": recipe.id,
        "winner": verdict.winner,
        "toml": toml,
        "periods": verdict.periods,
        "heard": verdict.heard,
        "variants": periods,
        "differences": [
            {
                "measure": each.measure,
                "periods": each.periods,
                "value": each.value,
                "interval": list(each.interval),
                "better": each.better,
            }
            for each in verdict.differences
        ],
    }


def print_verdict(console: Console, recipe: Recipe, verdict: Verdict, toml: str) -> None:
    """Print for people: a line for each measure, and what to do."""
    heard, periods = sum(verdict.heard.values()), sum(verdict.periods.values())
    console.print(
        f"{escape(recipe.name)}: {plural(periods, 'period')} are over, {heard} of them heard"
    )
    drawn = table("B less A", "Periods", "Difference", "At least", "At most", right=(1, 2, 3, 4))
    for each in verdict.differences:
        low, high = each.interval
        drawn.add_row(
            _WORDS[each.measure], str(each.periods), *map(_percent, (each.value, low, high))
        )
    console.print(drawn)
    console.print(
        "The bounds hold together, however often one looks, but for 1 experiment in 20.",
        highlight=False,
    )
    if verdict.winner is None:
        console.print(_not_yet(verdict))
        return
    console.print(f"Variant {verdict.winner.upper()} is better.")
    if toml:
        console.print("To keep it, take [playlist.experiment] out and write in the recipe:\n")
        console.print(toml, markup=False, highlight=False, soft_wrap=True)
    else:
        console.print("It is the recipe as it stands: take [playlist.experiment] out to keep it.")


def _not_yet(verdict: Verdict) -> str:
    against = {each.better for each in verdict.differences} - {None}
    if len(against) > 1:
        return "No verdict: each variant is better in another measure. The choice is yours."
    return "Not yet: either may be better, or neither. Which one a period had stays hidden."


def _percent(value: float) -> str:
    return f"{100 * value:+.1f} %"


@click.command("verdict", help="Measure how often verdicts err, on simulated experiments.")
@click.option("--experiments", type=click.IntRange(min=20), default=1000, show_default=True)
@click.option("--weeks", type=click.IntRange(min=1), default=12, show_default=True)
@json_option
@pass_call
def evaluate(call: Call, experiments: int, weeks: int, as_json: bool) -> None:
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


@contextlib.contextmanager
def fitting(call: Call) -> Iterator[Fitting]:
    """How something is measured: by the command's seed, on every core, with a bar."""
    with progress_bar(quiet=call.quiet) as progress:
        yield Fitting(call.seed or 0, progress=progress, spread=Processes(usable_cores()))


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
            from segue.evaluation.continuation import evaluate_continuation

            measured, source = playlists_given(call, data, columns)
            how = Fitting(
                call.seed or 0, progress=progress, spread=spread_for(measured, chosen["on"])
            )
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
