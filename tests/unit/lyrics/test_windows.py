"""Windows over long texts, and batches of alike length."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import UsageError
from segue.lyrics.encoder import batches, cut


def test_a_text_that_fits_gets_one_window() -> None:
    (window,) = cut(3, 100, 100, 20)
    assert (window.text, window.start, window.stop) == (3, 0, 100)


def test_ten_tokens_in_windows_of_six_with_two_shared_need_two_windows() -> None:
    assert [(w.start, w.stop) for w in cut(0, 10, 6, 2)] == [(0, 6), (4, 10)]


def test_an_overlap_as_large_as_the_window_is_refused() -> None:
    with pytest.raises(UsageError, match="overlap"):
        cut(0, 10, 4, 4)


@given(st.integers(0, 3000), st.integers(2, 300), st.data())
def test_every_token_is_covered_and_neighbours_share_the_overlap(
    n_tokens: int, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    windows = cut(0, n_tokens, size, overlap)
    assert windows[0].start == 0
    assert windows[-1].stop == n_tokens
    assert all(w.length <= size for w in windows)
    for left, right in pairwise(windows):
        assert left.start < right.start
        assert left.stop - right.start >= overlap


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000))
def test_batches_hold_every_sequence_once_within_the_bound(
    lengths: list[int], tokens_per_batch: int
) -> None:
    found = list(batches(lengths, tokens_per_batch=tokens_per_batch, padding_share=0.06))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        padded = max(lengths[i] for i in batch) * len(batch)
        assert len(batch) == 1 or padded <= tokens_per_batch
        assert padded - sum(lengths[i] for i in batch) <= 0.06 * padded + 1e-9
