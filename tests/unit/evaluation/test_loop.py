"""The listeners that the loop is measured on, and how often simulated verdicts err."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from segue.evaluation.listening import evaluate_verdict
from segue.evaluation.loop import START, Listener, clashes, made_up_account
from segue.progress import Fitting

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


def test_plays_under_half_a_minute_are_never_seen() -> None:
    listener = Listener("neither", ACCOUNT, seed=4)
    days = (START + timedelta(days=day) for day in range(40))
    plays = [play for day in days for play in listener.sitting(IDS, day, CONTEXT)]
    assert any(play.skipped for play in plays)
    assert min(play.ms_played for play in plays) >= 30_000


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
