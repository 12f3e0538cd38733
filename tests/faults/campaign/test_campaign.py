"""A seeded part of `make faults`: nothing lost, nothing emptied on the way, all put right again."""

from __future__ import annotations

import pytest
from tests.faults.campaign.accounts import MAKES
from tests.faults.campaign.parts import PARTS, Shard, run_side_by_side
from tests.faults.campaign.verdict import Trial, bound, table

SEED = 20261126
SHARE = 0.012


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    """A seeded few of every part, with one sandbox."""
    folder = tmp_path_factory.mktemp("campaign") / "shard"
    shard = Shard(number=0, of=1, seed=SEED, share=SHARE, folder=folder)
    return run_side_by_side([shard], PARTS)


@pytest.mark.slow
def test_nothing_is_lost_or_emptied_and_two_healthy_runs_put_everything_right(
    trials: list[Trial],
) -> None:
    assert all(trial.right for trial in trials), table(trials)


@pytest.mark.slow
def test_every_part_was_tried(trials: list[Trial]) -> None:
    tried = {trial.part for trial in trials}
    assert tried >= {*PARTS[:4], "files brought", "files kept", "files brought, read"}


@pytest.mark.parametrize(
    ("before", "wanted", "shortest"), [(130, 140, 65), (130, 40, 40), (1, 1, 1), (0, 30, 0)]
)
def test_the_bound_is_what_the_guards_allow_and_never_more_than_either_end(
    before: int, wanted: int, shortest: int
) -> None:
    assert bound(before, wanted) == shortest


def test_every_kind_of_row_is_in_some_list() -> None:
    for kind in ("local_files", "greyed_out", "episodes", "repeats"):
        assert any(getattr(make, kind) for make in MAKES), kind
