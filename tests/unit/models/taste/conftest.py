"""Listeners with a known taste."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from segue.models.data import TrackTable, TrainingData, Vocabulary, track_table


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices are quickest on one core, and tests run beside others."""
    with threadpool_limits(1):
        yield


def _tracks(artists: list[str], titles: list[str] | None = None, seed: int = 0) -> TrackTable:
    """Tracks with sound drawn by chance; each has a title of its own unless given."""
    rng = np.random.default_rng(seed)
    n = len(artists)
    return track_table(
        n,
        titles=titles or [f"title {row}" for row in range(n)],
        abstract=rng.uniform(0, 1, (n, 8)).astype(np.float32),
        key=rng.integers(0, 12, n).astype(np.int8),
        mode=rng.integers(0, 2, n).astype(np.int8),
        tempo=rng.uniform(70, 180, n).astype(np.float32),
        duration_ms=rng.uniform(120_000, 300_000, n).astype(np.float32),
        artists=artists,
    )


def _listener(tracks: TrackTable, liked: NDArray[np.bool_]) -> TrainingData:
    """Somebody who likes some tracks and dislikes all others."""
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(len(tracks))),
        tracks=tracks,
        likes=np.flatnonzero(liked).astype(np.int32),
        dislikes=np.flatnonzero(~liked).astype(np.int32),
    )


@pytest.fixture(scope="session")
def tracks_of() -> Callable[..., TrackTable]:
    """Artists, titles and a seed to tracks."""
    return _tracks


@pytest.fixture(scope="session")
def listener() -> Callable[..., TrainingData]:
    """Tracks and which of them are liked to training data."""
    return _listener
