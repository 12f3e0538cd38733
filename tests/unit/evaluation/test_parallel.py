"""Parts of an evaluation worked on side by side give what they give one after the other."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from scipy import sparse

from segue.errors import UsageError
from segue.evaluation.baselines.continuation import item_to_item
from segue.evaluation.continuation import evaluate_continuation
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.lists.continuation import ContinuationLearner
from segue.models.lists.ranker import RankerSettings
from segue.progress import Fitting, OnRay, Processes, Spread, over_blocks, serial, side_by_side


def test_results_come_in_the_order_of_the_parts_with_any_number_of_workers() -> None:
    parts = [partial(pow, base, 2) for base in range(7)]
    for workers in (1, 2, 20):
        assert side_by_side(parts, Fitting(spread=Processes(workers)), "squares") == [
            0,
            1,
            4,
            9,
            16,
            25,
            36,
        ]


def test_progress_is_reported_for_every_part() -> None:
    reported: list[tuple[str, int, int | None]] = []
    how = Fitting(progress=lambda stage, done, total: reported.append((stage, done, total)))
    side_by_side([partial(abs, -1)] * 3, how, "parts")
    assert reported == [("parts", done, 3) for done in range(4)]


def lists() -> sparse.csr_array:
    rng = np.random.default_rng(3)
    return sparse.csr_array((rng.random((60, 700)) < 0.1).astype(np.float64))


def nearest(spread: Spread) -> sparse.csr_array:
    return item_to_item(lists(), np.arange(600), Fitting(spread=spread), neighbours=5)


def same(first: sparse.csr_array, second: sparse.csr_array) -> bool:
    parts = ("data", "indices", "indptr")
    return all(np.array_equal(getattr(first, part), getattr(second, part)) for part in parts)


def test_item_to_item_gives_the_cosine_of_the_lists_two_tracks_share() -> None:
    x = sparse.csr_array(np.array([[1, 1, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0.0]]))
    found = item_to_item(x, np.array([1, 3]), Fitting(), neighbours=2).toarray()
    expected = [[2 / np.sqrt(3 * 2), 0, 1 / np.sqrt(3), 0], [1 / np.sqrt(2), 1 / np.sqrt(3), 0, 0]]
    np.testing.assert_allclose(found, expected)


def test_two_processes_give_the_very_numbers_of_one() -> None:
    assert same(nearest(serial), nearest(Processes(2)))


def dies_once(folder: str, block: int) -> float:
    """Kills its own process the first time it is given the block 1."""
    lost = Path(folder) / "lost"
    if block == 1 and not lost.exists():
        lost.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return float(np.random.default_rng(block).normal(size=100).sum())


def test_a_cluster_gives_the_very_numbers_of_one_process_also_when_it_loses_a_worker(
    tmp_path: Path,
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    try:
        assert same(nearest(serial), nearest(OnRay(workers=2)))
        expected = [np.random.default_rng(block).normal(size=100).sum() for block in range(4)]
        how = Fitting(spread=OnRay(workers=2))
        assert over_blocks(dies_once, str(tmp_path), range(4), how, "dying") == expected
        assert (tmp_path / "lost").exists()
    finally:
        ray.shutdown()


def listened(lists: int, tracks: int = 600) -> TrainingData:
    """Lists of 36 tracks, each of one of four styles."""
    rng = np.random.default_rng(1)
    style = np.arange(tracks) % 4
    return TrainingData(
        vocabulary=Vocabulary(map(str, range(tracks))),
        tracks=track_table(tracks, artists=[f"artist {row % 28}" for row in range(tracks)]),
        playlists=tuple(
            rng.permutation(np.flatnonzero(style == place % 4))[:36].astype(np.int32)
            for place in range(lists)
        ),
    )


def kill_one(task: str) -> int | None:
    """Kill one of Ray's processes that is at work on a task, and give its number."""
    for process in psutil.Process().children(recursive=True):
        if process.is_running() and " ".join(process.cmdline()).startswith(f"ray::{task}"):
            process.kill()
            return process.pid
    return None


def test_a_whole_evaluation_that_loses_a_worker_gives_the_very_table_of_one_process() -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    ranker = RankerSettings(hidden=4, epochs=2)
    quick = ContinuationLearner(hidden_shares=(0.5,), practice_lists=10, ranker=ranker)
    killed: list[int] = []

    def meanwhile(stage: str, done: int, total: int | None) -> None:
        if stage == "measuring" and done and not killed and (lost := kill_one("_measured")):
            killed.append(lost)

    data = listened(200)
    alone = evaluate_continuation(data, "made up", Fitting(), learner=quick)
    try:
        how = Fitting(progress=meanwhile, spread=OnRay(workers=2))
        spread = evaluate_continuation(data, "made up", how, learner=quick)
    finally:
        ray.shutdown()
    assert killed, "no worker was at work when the first lists had been measured"
    assert spread == alone


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"segue\[cluster\]"):
        nearest(OnRay())
