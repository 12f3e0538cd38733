"""The shares of engines, where one is planted that is better and where none is."""

from __future__ import annotations

import numpy as np
import pytest

from segue.playlists.trials import live

LISTENERS = 40


def last_shares(chances: dict[str, float]) -> np.ndarray:
    return np.array([live(chances, seed).shares[-1]["A"] for seed in range(LISTENERS)])


def test_the_share_of_a_better_engine_grows_within_twelve_weeks() -> None:
    found = last_shares({"A": 0.4, "B": 0.15, "C": 0.15})
    assert found.mean() > 0.5
    assert (found > 1 / 3).mean() > 0.85


def test_where_none_is_better_no_share_runs_away() -> None:
    found = last_shares({"A": 0.25, "B": 0.25, "C": 0.25})
    assert found.mean() == pytest.approx(1 / 3, abs=4 * found.std() / LISTENERS**0.5)
    assert np.quantile(found, 0.9) < 0.75


def test_more_songs_stay_than_where_engines_take_turns() -> None:
    chances = {"A": 0.4, "B": 0.05, "C": 0.05}
    ours, turns = (
        np.mean([lived.stayed / lived.came for lived in found])
        for found in (
            [live(chances, seed) for seed in range(20)],
            [live(chances, seed, shifting=False) for seed in range(20)],
        )
    )
    assert ours > turns
