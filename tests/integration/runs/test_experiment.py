"""An experiment over days: each has its variant, nobody sees which, and the verdict finds it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from rich.console import Console

from segue.names import track_id_in
from segue.playlists.library import Play
from segued.cli.playlists.heard import print_verdict, winner_toml
from segued.inventory.identity import BLINDED
from segued.run import Run
from segued.status.coverage import read_verdict
from segued.store.state import State

EXPERIMENT = """
[[playlist]]
name = "Mornings"
from = "liked"
length = 12

[playlist.experiment]
b = { length = 6, sequence = { method = "none" } }
"""


def variants(house) -> list[str]:
    state = State.open(house.folder)
    bound = state.playlists.binding("mornings")
    state.close()
    return [made.trial.variant for made in reversed(bound.made)]


def listen(house, share: float) -> None:
    """Hear so much of the list that stands, from its beginning."""
    state = State.open(house.folder)
    bound = state.playlists.binding("mornings")
    ids = [track_id_in(uri) for uri in bound.written]
    context, at = f"spotify:playlist:{bound.playlist_id}", house.now + timedelta(hours=1)
    state.plays.add(
        Play(track_id, at + timedelta(minutes=4 * n), context=context)
        for n, track_id in enumerate(ids[: round(share * len(ids))])
    )
    state.plays.commit()
    state.close()


def found(house):
    state = State.open(house.folder)
    try:
        with Run(house.settings, state, {}, lambda: house.now) as run:
            known = run.recipe("Mornings")
            bound = state.playlists.binding("mornings")
            verdict = read_verdict(state, "mornings", bound.playlist_id, known.trial, known.period)
            return known.recipe, verdict
    finally:
        state.close()


@pytest.fixture
def days(house):
    """Eight days of an experiment, each heard to its end."""
    house.recipes = EXPERIMENT
    plans = []
    for _ in range(8):
        plans.append(house.refresh().refreshed[0].plan)
        listen(house, 1.0)
        house.tomorrow()
    return house, plans


def test_each_period_has_its_variants_list_and_its_part_is_kept_with_it(days) -> None:
    house, plans = days
    labels = variants(house)
    assert set(labels) == {"a", "b"}
    assert [len(plan.after) for plan in plans] == [6 if x == "b" else 12 for x in labels]


def test_a_second_refresh_in_a_period_changes_nothing(days) -> None:
    house, _ = days
    house.refresh()
    before = variants(house)
    again = house.refresh().refreshed[0].plan
    assert again.status == "unchanged"
    assert variants(house) == before


def test_a_plan_does_not_say_which_variant_it_is(days) -> None:
    _, plans = days
    assert all(BLINDED in plan.notes for plan in plans)
    assert all(not plan.report for plan in plans)


def test_the_verdict_counts_the_periods_that_are_over_and_says_not_yet(days) -> None:
    house, _ = days
    house.refresh()
    recipe, verdict = found(house)
    assert sum(verdict.periods.values()) == 8
    assert verdict.heard == verdict.periods
    far = verdict.differences[0]
    assert far.periods == 8
    assert far.a == 1.0 > far.b
    assert verdict.winner is None
    console = Console(file=io.StringIO(), width=100)
    print_verdict(console, recipe, verdict, winner_toml(recipe, recipe.experiment, verdict.winner))
    said = console.file.getvalue()
    assert "8 periods over, 8 of them heard" in said
    assert "Not yet" in said


def test_a_recipe_that_asks_for_something_else_begins_its_experiment_anew(days) -> None:
    house, _ = days
    house.recipes = EXPERIMENT.replace("length = 12", "length = 14")
    house.refresh()
    house.tomorrow()
    _, verdict = found(house)
    assert sum(verdict.periods.values()) == 1


def test_the_winner_is_offered_as_lines_of_the_recipe(house) -> None:
    house.recipes = EXPERIMENT
    recipe = house.settings.playlists[0]
    assert winner_toml(recipe, recipe.experiment, "b").splitlines() == [
        "length = 6",
        'sequence = { method = "none" }',
    ]
    assert winner_toml(recipe, recipe.experiment, "a") == ""


def test_what_was_not_got_to_yesterday_steps_back_by_half_today(house) -> None:
    house.recipes = '[[playlist]]\nname = "Mornings"\nfrom = "liked"\nfreshness = 0.4\n'
    first = house.refresh().refreshed[0].plan
    ids = [track_id_in(item.uri) for item in first.after]
    listen(house, 0.5)
    house.tomorrow()
    state = State.open(house.folder)
    try:
        with Run(house.settings, state, {}, lambda: house.now) as run:
            known = run.inventory().unreached["mornings"]
    finally:
        state.close()
    assert known == set(ids[round(len(ids) / 2) :])
    second = house.refresh().refreshed[0].plan
    said = {
        track_id_in(item.uri): reason
        for item in second.after
        for reason in item.reasons
        if reason.kind == "freshness"
    }
    assert said
    for track_id, reason in said.items():
        assert reason.weight == (-0.2 if track_id in known else -0.4)
        assert ("further down than you heard" in reason.text) == (track_id in known)
