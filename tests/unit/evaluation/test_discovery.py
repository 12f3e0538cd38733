"""New music: rankings held against later likes, and the shares of engines, on planted structure and
on none."""

from __future__ import annotations

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.datasets import Case, dated_cases, made_up_cases
from segue.evaluation.taste import evaluate_discovery
from segue.models.data import Session, TrainingData, Vocabulary, track_table
from segue.playlists.trials import live
from segue.progress import Fitting

LISTENERS = 40


def rows(planted: bool) -> dict[str, float]:
    cases = made_up_cases(0, planted=planted, listeners=2, songs=320)
    table = evaluate_discovery(cases, "made up", Fitting(0), effort=0.05)
    return {row.method: row.metrics["hit20"] for row in table.rows}


def test_a_planted_taste_finds_more_later_likes_than_any_engine_alone() -> None:
    found = rows(planted=True)
    engines = [value for name, value in found.items() if name.endswith(("alone", "turns"))]
    assert len(engines) == 4
    assert found["segue"] > max(engines)


def test_without_a_taste_none_is_found() -> None:
    found = rows(planted=False)
    assert found["segue"] == pytest.approx(found["engines by turns"], abs=0.2)


def test_nothing_liked_later_is_known_at_the_date() -> None:
    n = 40
    likes = np.arange(20, dtype=np.int32)
    data = TrainingData(
        Vocabulary(f"t{i}" for i in range(n)),
        track_table(n),
        playlists=(np.arange(n, dtype=np.int32),),
        likes=likes,
        liked_at=np.arange(20, dtype=np.float64),
        sessions=tuple(
            Session(np.array([i], np.int32), np.zeros(1, np.int8), np.array([float(i)]))
            for i in range(20)
        ),
    )
    for case in dated_cases(data, {"A": np.arange(n, dtype=np.int32)}, 4):
        assert not np.isin(case.data.likes, case.later).any()
        assert not np.isin(case.data.playlists[0], case.later).any()
        assert max(s.played_at.max() for s in case.data.sessions) < case.later.min()
        assert np.isin(case.later, case.candidates).all()


def test_where_nothing_named_was_liked_it_is_said() -> None:
    case = made_up_cases(0, listeners=1, songs=480)[0]
    nothing = Case(case.data, case.engines, np.zeros(0, dtype=np.int32))
    with pytest.raises(NotEnoughDataError, match="liked later"):
        evaluate_discovery([nothing], "made up", Fitting(0))


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
