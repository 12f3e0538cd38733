"""Which songs come back: activation beside simple scores, on planted structure and on none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.listening import METRIC, evaluate_due
from segue.playlists.library import RECENT, Heard
from segue.playlists.listening import Listening
from segue.progress import Fitting

DAY = 86_400.0
TRACKS = 150
A_DAY = 12


def listening(track: np.ndarray, played_at: np.ndarray) -> Listening:
    n = track.size
    return Listening(
        tuple(f"t{row}" for row in range(TRACKS)),
        track.astype(np.int32),
        played_at,
        np.full(n, 200_000, dtype=np.int32),
        np.zeros(n, dtype=np.int8),
    )


def with_heydays(seed: int, days: int = 240) -> Listening:
    """Somebody who plays each track for some weeks, more often the dearer it is, then hardly."""
    rng = np.random.default_rng(seed)
    heyday, dear = rng.uniform(0, days, TRACKS), rng.exponential(1.0, TRACKS)
    track, moments = [], []
    for day in range(days):
        pull = dear * (np.exp(-(((day - heyday) / 60) ** 2)) + 0.3)
        track.append(rng.choice(TRACKS, A_DAY, p=pull / pull.sum()))
        moments.append(np.sort(rng.uniform(day * DAY, (day + 1) * DAY, A_DAY)))
    return listening(np.concatenate(track), np.concatenate(moments))


def by_chance(seed: int, days: int = 240) -> Listening:
    rng = np.random.default_rng(seed)
    return listening(
        rng.integers(0, TRACKS, days * A_DAY), np.sort(rng.uniform(0, days * DAY, days * A_DAY))
    )


def auc(table, method: str) -> float:
    return next(row.metrics[METRIC] for row in table.rows if row.method == method)


def test_activation_of_a_short_history_is_the_log_of_the_sum_over_its_ages() -> None:
    ages_days = [1.0, 4.0, 16.0]
    heard = Heard.at([-age * DAY for age in ages_days])
    assert heard.activation(0.0) == pytest.approx(math.log(1 + 1 / 2 + 1 / 4))


@pytest.mark.parametrize("plays", [RECENT + 1, 40, 400])
def test_activation_of_a_long_history_is_near_the_whole_sum(plays: int) -> None:
    ages = np.sort(np.random.default_rng(plays).uniform(0.5, 900, plays))
    exact = math.log((ages**-0.5).sum())
    assert Heard.at((-ages * DAY).tolist()).activation(0.0) == pytest.approx(exact, abs=0.05)


def test_plays_of_two_sources_are_activated_as_one_history() -> None:
    moments = [-day * DAY for day in (1, 2, 5, 9, 14, 30, 60, 61, 62, 90, 200, 365)]
    apart = Heard.at(moments[::2]).joined(Heard.at(moments[1::2]))
    assert apart == Heard.at(moments)


def test_what_has_its_time_is_found_better_than_by_any_simple_score() -> None:
    table = evaluate_due(with_heydays(1), "planted", Fitting(seed=0))
    ours = auc(table, "segue")
    assert ours > auc(table, "most played")
    assert ours > auc(table, "latest first")
    assert auc(table, "longest unheard first (novelty)") < 0.5 < ours


def test_of_plays_by_chance_it_claims_nothing() -> None:
    table = evaluate_due(by_chance(2), "no structure", Fitting(seed=0))
    row = table.rows[0]
    low, high = row.intervals[METRIC]
    assert low < 0.5 + 0.02
    assert high > 0.5 - 0.02


def test_a_week_is_judged_by_what_came_before_it_alone() -> None:
    plays = with_heydays(3)
    week = plays.played_at >= plays.played_at.max() - 7 * DAY
    shuffled = plays.track.copy()
    shuffled[week] = np.random.default_rng(0).permutation(shuffled[week])
    other = listening(shuffled, plays.played_at)
    how = Fitting(seed=0)
    assert evaluate_due(plays, "", how).rows == evaluate_due(other, "", how).rows


def test_too_short_a_history_is_refused_in_words() -> None:
    with pytest.raises(NotEnoughDataError, match="of its last 12 weeks"):
        evaluate_due(by_chance(4, days=10), "ten days", Fitting())
