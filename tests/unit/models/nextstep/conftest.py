"""Libraries whose lists are smooth walks, sorted by energy, or in an order of chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segue.models.data import TrainingData, Vocabulary, track_table

ENERGY = 2


def planted_lists(kind: str, n_lists: int = 20, length: int = 15, seed: int = 0) -> TrainingData:
    """Lists of different tracks of a kind: "walks", "energy" or "chance"."""
    rng = np.random.default_rng(seed)
    lists = []
    for _ in range(n_lists):
        rows = rng.uniform(0.2, 0.8, (length, 8))
        if kind == "walks":
            steps = np.cumsum(rng.normal(0, 0.04, (length, 8)), axis=0)
            rows = np.clip(rng.uniform(0.3, 0.7, 8) + steps, 0, 1)
        if kind == "energy":
            rows = rows[np.argsort(rows[:, ENERGY])]
        lists.append(rows)
    abstract = np.concatenate(lists)
    abstract[:, 5] = -20 + 15 * abstract[:, 5]  # loudness is in dB
    n = len(abstract)
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(
            n,
            titles=[f"song {row}" for row in range(n)],
            abstract=abstract.astype(np.float32),
            artists=[f"artist {row % 30}" for row in range(n)],
        ),
        playlists=tuple(np.split(np.arange(n, dtype=np.int32), n_lists)),
    )


@pytest.fixture(scope="session")
def planted() -> Callable[..., TrainingData]:
    return planted_lists
