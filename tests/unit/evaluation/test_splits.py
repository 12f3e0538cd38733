from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.evaluation.datasets import group_folds, group_split, others

GROUPS = st.lists(st.integers(0, 12), min_size=1, max_size=80)


@given(GROUPS, st.integers(0, 5))
def test_folds_hold_every_row_once_and_part_no_group(groups, seed):
    k = min(4, len(set(groups)))
    folds = group_folds(groups, k, np.random.default_rng(seed))
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(groups)))
    named = [{groups[row] for row in fold} for fold in folds]
    assert sum(len(names) for names in named) == len(set(groups))


def test_more_folds_than_groups_are_refused():
    with pytest.raises(ValueError, match="2 groups cannot be dealt into 3"):
        group_folds([1, 1, 2], 3, np.random.default_rng(0))


@given(GROUPS, st.integers(0, 5))
def test_a_split_parts_no_group(groups, seed):
    test = group_split(groups, 0.25, np.random.default_rng(seed))
    rest = others(len(groups), test)
    assert not {groups[row] for row in test} & {groups[row] for row in rest}


def test_a_split_of_single_rows_has_its_share():
    assert group_split(range(100), 0.25, np.random.default_rng(0)).size == 25
