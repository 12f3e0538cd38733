"""Experiments: which variant a period gets, what its listening comes to, and the verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from segue.metrics import confidence_sequence, log_capital
from segue.playlists.experiment import ALPHA, SHARES, Outcome, judged, verdict, weighed
from segue.playlists.heard import Listed, heard_versions
from segue.playlists.library import Play
from segue.recipe.references import drawn

START = datetime(2026, 3, 2, 7, tzinfo=UTC)
CONTEXT = "spotify:playlist:p"
IDS = tuple(f"t{row}" for row in range(10))


def sitting(began: datetime, rows: list[int], **more) -> list[Play]:
    return [
        Play(IDS[row], began + timedelta(minutes=4 * n), context=CONTEXT, **more)
        for n, row in enumerate(rows)
    ]


def outcomes(effect: float, n: int, seed: int) -> list[Outcome]:
    rng = np.random.default_rng(seed)
    labels = [drawn("r", f"{seed}", str(number)) for number in range(n)]
    return [
        Outcome(label, far=float(np.clip(rng.normal(0.4 + effect * (label == "b"), 0.2), 0, 1)))
        for label in labels
    ]


def test_a_period_gets_one_variant_and_many_get_both_alike() -> None:
    labels = [drawn("r", "k", str(number)) for number in range(1000)]
    assert labels == [drawn("r", "k", str(number)) for number in range(1000)]
    assert 440 < labels.count("a") < 560
    assert labels != [drawn("r", "other", str(number)) for number in range(1000)]


def test_the_capital_of_bets_on_the_true_mean_is_a_martingale() -> None:
    # Over every way three fair coins can fall, each step's mean is what was there before.
    coins = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T
    grown = np.exp([log_capital(coin * [0.5, 1.0, 0.25], [0.5, 1.0, 0.25], 0.0) for coin in coins])
    assert grown.mean(axis=0) == pytest.approx([1.0, 1.0, 1.0])


def test_without_anything_heard_everything_is_possible() -> None:
    found = verdict([Outcome("a"), Outcome("b")])
    assert [each.interval for each in found.differences] == [(-1.0, 1.0)] * 3
    assert found.winner is None
    assert (found.periods, found.heard) == ({"a": 1, "b": 1}, {"a": 0, "b": 0})


def test_the_weighed_outcomes_of_fair_coins_have_the_difference_as_their_mean() -> None:
    y = {1.0: 0.7, -1.0: 0.4}
    both = [weighed(np.array([s]), np.array([y[s]]))[0][0] for s in (1.0, -1.0)]
    assert np.mean(both) == pytest.approx(0.3)


@pytest.mark.parametrize("effect", [0.3, -0.3])
def test_a_large_difference_is_found_and_the_better_variant_named(effect: float) -> None:
    found = verdict(outcomes(effect, 90, 1))
    low, high = found.differences[0].interval
    assert low <= effect <= high
    assert found.winner == ("b" if effect > 0 else "a")


def test_where_neither_is_better_looking_after_every_period_seldom_names_one() -> None:
    # Who looks at each of 60 periods sees any claim that was ever made, since it stays.
    claims = [verdict(outcomes(0.0, 60, seed)).winner for seed in range(200)]
    assert sum(winner is not None for winner in claims) <= ALPHA * 200


def test_what_was_refuted_once_stays_refuted() -> None:
    found = outcomes(0.3, 90, 2)
    ends = [verdict(found[:n]).differences[0].interval for n in range(10, 91, 10)]
    lows, highs = zip(*ends, strict=True)
    assert list(lows) == sorted(lows)
    assert list(highs) == sorted(highs, reverse=True)


def test_an_interval_covers_the_truth_and_narrows() -> None:
    rng = np.random.default_rng(3)
    values = rng.choice([-1.0, 1.0], 400, p=[0.4, 0.6])
    few, many = (confidence_sequence(values[:n], np.ones(n), 0.05) for n in (50, 400))
    assert few[0] <= 0.2 <= few[1]
    assert many[0] <= 0.2 <= many[1]
    assert many[1] - many[0] < few[1] - few[0]


def test_the_measures_share_out_the_error() -> None:
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_a_periods_listening_becomes_shares_and_lists_of_no_variant_count_for_nothing() -> None:
    day = timedelta(days=1)
    plays = [
        *sitting(START + timedelta(hours=1), [0, 1, 2, 3, 4]),
        *sitting(START + timedelta(hours=9), [0, 1, 2]),
        *sitting(START + day + timedelta(hours=1), [0, 1], skipped=True),
        *sitting(START + 2 * day + timedelta(hours=1), [0, 1, 2, 3]),
    ]
    lists = [Listed(str(n + 1), START + n * day, IDS) for n in range(3)]
    liked_at = {"t1": START + timedelta(hours=2)}
    heard = heard_versions(lists, plays, CONTEXT, None, liked_at)
    found = judged(heard, {"1": "a", "2": "b"})
    far, skips, likes = found.differences
    assert (far.a, far.b, far.periods) == (pytest.approx(0.4), pytest.approx(0.0), 2)
    assert (skips.a, skips.b, skips.periods) == (None, 1.0, 1)
    assert (likes.a, likes.b) == (pytest.approx(0.2), 0.0)
    assert found.periods == {"a": 1, "b": 1}
