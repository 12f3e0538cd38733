"""`segue verdict`: what an experiment has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.names import plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json, stdout, table

if TYPE_CHECKING:
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
