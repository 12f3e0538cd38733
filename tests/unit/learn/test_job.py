"""Learning as a run: what ends it, and what the history says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.errors import SegueError
from segued.learn.job import UNCHANGED, LearnOutcome, enough_memory, text_of
from segued.store.models import Learned, LearnedOne

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def outcome(*ones: LearnedOne, trained: bool = True) -> LearnOutcome:
    return LearnOutcome(Learned("f", NOW, 0, {}, ones), trained)


def test_the_history_names_who_is_used_replaced_and_left_out() -> None:
    text = text_of(
        outcome(
            LearnedOne("taste", True, "better"),
            LearnedOne("embedding", False, "no better", stands_in="popularity"),
            LearnedOne("nextstep", False, "too few lists"),
        )
    )
    assert text == "used: taste; baselines in place of: embedding; left out: nextstep"


def test_the_history_says_where_nothing_had_changed() -> None:
    assert text_of(outcome(trained=False)) == UNCHANGED


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory"),
    ],
)
def test_memory_that_runs_out_is_said_with_the_setting_that_bounds_it(error) -> None:
    with (
        pytest.raises(SegueError, match=r"1024 MiB .* memory_mib in \[learn\]"),
        enough_memory(1024),
    ):
        raise error


def test_another_error_of_torch_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="shapes"), enough_memory(1024):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
