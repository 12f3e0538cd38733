"""The listeners that the loop is measured on, and how often simulated verdicts err."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from segue.evaluation.listening import evaluate_verdict
from segue.evaluation.loop import (
    START,
    Life,
    Listener,
    clashes,
    made_up_account,
    made_up_list,
    made_up_recipe,
    plain_recipe,
)
from segue.playlists.build import build
from segue.playlists.score.models import NO_MODELS
from segue.progress import Fitting
from segue.recipe.recipe import seed_for

ACCOUNT = made_up_account(1, tracks=60)
IDS = tuple(ACCOUNT.tracks)[:20]
CONTEXT = "spotify:playlist:p"


def heard(kind: str, days: int = 12) -> list[int]:
    """How many rows of the same list are heard on each of some days."""
    listener = Listener(kind, ACCOUNT, seed=3, care=1.0)
    return [len(listener.sitting(IDS, START + timedelta(days=day), CONTEXT)) for day in range(days)]


def test_who_cares_for_order_leaves_at_the_first_clash() -> None:
    first = int(np.argmax(clashes(IDS, ACCOUNT)))
    assert first > 0
    assert max(heard("order")) <= first + 1


def test_who_cares_for_novelty_leaves_a_list_that_was_heard_the_day_before() -> None:
    first, *later = heard("novelty")
    assert first > max(later)


def test_who_cares_for_neither_is_annoyed_by_nothing() -> None:
    listener = Listener("neither", ACCOUNT, seed=3)
    assert not listener.annoyances(IDS, START).any()


def test_who_cares_for_neither_hears_a_list_the_same_whatever_they_heard_before() -> None:
    sittings = []
    for before in (IDS, tuple(ACCOUNT.tracks)[30:40]):
        listener = Listener("neither", ACCOUNT, seed=3)
        for day in range(12):
            listener.sitting(before, START + timedelta(days=day), CONTEXT)
        sittings.append(listener.sitting(IDS, START + timedelta(days=12), CONTEXT))
    assert sittings[0] == sittings[1]


def test_plays_under_half_a_minute_are_never_seen() -> None:
    listener = Listener("neither", ACCOUNT, seed=4)
    days = (START + timedelta(days=day) for day in range(40))
    plays = [play for day in days for play in listener.sitting(IDS, day, CONTEXT)]
    assert any(play.skipped for play in plays)
    assert min(play.ms_played for play in plays) >= 30_000


def test_without_the_loop_every_list_is_in_no_order() -> None:
    life = Life(Listener("order", ACCOUNT, seed=3), {})
    life.weeks(0, 2, plain_recipe())
    unordered = made_up_recipe("order").tried("a")
    for listed in life.lists:
        seed = seed_for(unordered.id, listed.taken_at)
        assert listed.track_ids == made_up_list(unordered, ACCOUNT, listed.taken_at, seed)


def test_lives_that_share_what_was_made_have_the_lists_of_lives_by_themselves() -> None:
    shared: dict = {}
    fresh = plain_recipe().model_copy(update={"freshness": 0.5})
    for recipe in (plain_recipe(), fresh, made_up_recipe("order").tried("b")):
        for by_heard in (False, True):
            lives = [
                Life(Listener("order", ACCOUNT, seed=3), made, by_heard=by_heard)
                for made in (shared, {})
            ]
            for life in lives:
                life.weeks(0, 1, recipe)
            assert lives[0].lists == lives[1].lists


def test_a_made_up_list_has_the_rows_of_a_whole_build() -> None:
    ordered = made_up_recipe("order").tried("b")
    draft = build(ordered, ACCOUNT, NO_MODELS, START, 5)
    assert made_up_list(ordered, ACCOUNT, START, 5) == draft.track_ids


@pytest.fixture(scope="module")
def verdicts():
    return evaluate_verdict(Fitting(seed=5), experiments=20)


def test_on_who_does_not_care_verdicts_err_at_most_as_often_as_promised(verdicts) -> None:
    rows = [row for row in verdicts.rows if row.method == "does not care for order"]
    assert sum(20 * row.metrics["wrong"] for row in rows) <= 0.05 * 20 * len(rows)


def test_on_who_leaves_at_many_clashes_a_daily_list_finds_the_order(verdicts) -> None:
    rows = [
        row.metrics
        for row in verdicts.rows
        if row.split.startswith("a list a day") and "40%" in row.method
    ]
    assert min(row["right"] for row in rows) > 0.9
