"""`segue heard` and `segue verdict`: what was heard of a playlist, and what that says about the
variants of its experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.names import plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json, stdout, table
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segue.playlists.experiment import Verdict
    from segue.playlists.heard import HeardVersion, Sitting
    from segue.recipe.recipe import Experiment, Recipe
    from segue.recipe.values import Label
    from segued.status.coverage import HeardPlaylist

_SHOWN = 12
"""How many rows of one sitting are printed; `--json` has all."""

_WORDS = {
    "far": "heard of it in a sitting",
    "skips": "skipped of what was played",
    "likes": "liked after hearing",
}


@click.command("heard", help="Show what was heard of a playlist, in which order and how far.")
@click.argument("name")
@json_option
@pass_call
def command(call: Call, name: str, as_json: bool) -> None:
    """Print the sittings with each kept version of a playlist."""
    from segued.status.coverage import heard_document, read_heard

    with call.look() as run:
        recipe = run.recipe(name).recipe
        binding = run.state.playlists.binding(recipe.id)
        if binding is None or binding.playlist_id is None:
            raise UsageError(
                f"{recipe.name} has not been made yet; `segue plan` shows what it will be"
            )
        heard = read_heard(run.state, binding.playlist_id)
    if as_json:
        print_json(heard_document(heard))
    else:
        print_heard(stdout(), recipe.name, heard)


def print_heard(console: Console, name: str, heard: HeardPlaylist) -> None:
    """Print for people: a line for each sitting, and what no play shows."""
    if heard.since is None:
        console.print(
            "It is not known yet what any play was played from; each sync reads the latest 50."
        )
        return
    console.print(f"Known since {local_time(heard.since)}: {escape(name)}")
    versions = [each for each in heard.versions if each.sittings]
    if not versions:
        console.print("No play of this playlist is known since then, which may mean nothing.")
    for version in versions:
        _print_version(console, version)
    if versions:
        console.print(
            "Plays under 30 seconds never show: a row that is not listed may have been skipped "
            "early, jumped past, or never reached."
        )


def _print_version(console: Console, version: HeardVersion) -> None:
    rows = len(version.listed.track_ids)
    touched = sum(count > 0 for count in version.plays)
    console.print(
        f"\n[bold]{version.listed.id}[/] of {local_time(version.listed.taken_at)}: "
        f"{plural(sum(version.plays), 'play')} of {touched} of {plural(rows, 'track')}, "
        f"{plural(sum(version.skips), 'skip')} known, "
        f"{plural(len(version.liked_after), 'track')} liked after"
    )
    drawn = table("Began", "Order", "Reached", "Passed over", "Rows heard", fixed=(0,))
    for sitting in version.sittings:
        drawn.add_row(
            local_time(sitting.began), _order(sitting), _reached(sitting, rows),
            str(len(sitting.passed)) if sitting.shuffled is False else "", _rows(sitting),
        )  # fmt: skip
    console.print(drawn)


def _order(sitting: Sitting) -> str:
    return {True: "shuffled", False: "in order", None: "cannot tell"}[sitting.shuffled]


def _reached(sitting: Sitting, rows: int) -> str:
    if sitting.reached is None:
        return ""
    return f"{round(sitting.reached * rows)} of {rows}"


def _rows(sitting: Sitting) -> str:
    shown = [f"{play.row + 1}{' skipped' if play.skipped else ''}" for play in sitting.plays]
    rest = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + rest


@click.command("verdict", help="Show what an experiment has found so far, and the winner.")
@click.argument("name")
@json_option
@pass_call
def verdict(call: Call, name: str, as_json: bool) -> None:
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
        print_json(_verdict_document(recipe, found, periods if found.winner else {}, toml))
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


def _verdict_document(
    recipe: Recipe, found: Verdict, periods: dict[str, Label], toml: str
) -> dict[str, object]:
    return {
        "schema": 1,
        "recipe_id": recipe.id,
        "winner": found.winner,
        "toml": toml,
        "periods": found.periods,
        "heard": found.heard,
        "variants": periods,
        "differences": [
            {
                "measure": each.measure,
                "periods": each.periods,
                "value": each.value,
                "interval": list(each.interval),
                "better": each.better,
            }
            for each in found.differences
        ],
    }


def print_verdict(console: Console, recipe: Recipe, found: Verdict, toml: str) -> None:
    """Print for people: a line for each measure, and what to do."""
    heard, periods = sum(found.heard.values()), sum(found.periods.values())
    console.print(f"{escape(recipe.name)}: {plural(periods, 'period')} over, {heard} of them heard")
    drawn = table("B − A", "Periods", "Difference", "At least", "At most", right=(1, 2, 3, 4))
    for each in found.differences:
        low, high = each.interval
        drawn.add_row(
            _WORDS[each.measure], str(each.periods), *map(_percent, (each.value, low, high))
        )
    if heard:
        console.print(drawn)
        said = "All bounds hold in 19 of 20 experiments, however often one looks."
        console.print(said, highlight=False)
    if found.winner is None:
        console.print(_not_yet(found))
        return
    console.print(f"Variant {found.winner.upper()} is better.")
    if toml:
        console.print("To keep it, take [playlist.experiment] out and write in the recipe:\n")
        console.print(toml, markup=False, highlight=False, soft_wrap=True)
    else:
        console.print("It is the recipe as it stands: take [playlist.experiment] out to keep it.")


def _not_yet(found: Verdict) -> str:
    against = {each.better for each in found.differences} - {None}
    if len(against) > 1:
        return "No verdict: each variant is better by another measure. The choice is yours."
    return "Not yet: either may be better, or neither. Which one a period had stays hidden."


def _percent(value: float) -> str:
    return f"{100 * value:+.1f} %"
