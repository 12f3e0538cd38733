"""Libraries with structure to find, and without any."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from segue.models.baselines import INPUTS
from segue.models.data import Session, TrainingData, Vocabulary, track_table
from segue.music.features import ABSTRACT

STYLES, LISTS, LENGTH = 5, 60, 16


def library(*, planted: bool, seed: int = 0, n_tracks: int = 200) -> TrainingData:
    """Lists, likes and sessions follow a style that features and artists tell; or chance.

    Planted lists of a style also rise in energy, so that what comes next can be predicted.
    """
    rng = np.random.default_rng(seed)
    artist = rng.permutation(n_tracks) // 2 if planted else rng.integers(0, 60, n_tracks)
    style = artist % STYLES if planted else rng.integers(0, STYLES, n_tracks)
    centre = rng.uniform(0.15, 0.85, (STYLES, 8)) if planted else np.full((STYLES, 8), 0.5)
    abstract = np.clip(centre[style] + rng.normal(0, 0.06, (n_tracks, 8)), 0.01, 0.99)
    abstract[:, 2] = rng.uniform(0.05, 0.95, n_tracks)
    abstract[:, 5] = -20 + 15 * abstract[:, 5]
    lists = []
    for number in range(LISTS):
        rows = np.flatnonzero(style == number % STYLES) if planted else np.arange(n_tracks)
        chosen = rng.permutation(rows)[:LENGTH]
        if planted:
            chosen = chosen[np.argsort(abstract[chosen, 2])]
        lists.append(chosen.astype(np.int32))
    liked = (style < 2) ^ (rng.random(n_tracks) < 0.05) if planted else rng.random(n_tracks) < 0.4
    return TrainingData(
        vocabulary=Vocabulary(f"track-{row}" for row in range(n_tracks)),
        tracks=track_table(
            n_tracks,
            titles=[f"Song {row}" for row in range(n_tracks)],
            abstract=abstract.astype(np.float32),
            key=rng.integers(0, 12, n_tracks).astype(np.int8),
            mode=rng.integers(0, 2, n_tracks).astype(np.int8),
            tempo=rng.uniform(70, 180, n_tracks).astype(np.float32),
            duration_ms=rng.uniform(120_000, 300_000, n_tracks).astype(np.float32),
            released=rng.uniform(1990, 2026, n_tracks).astype(np.float32),
            artists=[f"artist {number}" for number in artist],
            albums=[f"album {row}" for row in range(n_tracks)],
        ),
        playlists=tuple(lists),
        reordered=((lists[0][:8], lists[0][:8][::-1].copy()),),
        likes=np.flatnonzero(liked).astype(np.int32),
        liked_at=np.arange(int(liked.sum())) * 86_400.0,
        dislikes=np.flatnonzero(~liked).astype(np.int32),
        passed=np.array([0, 1], dtype=np.int32),
        sessions=tuple(_session(rng, style, number, planted) for number in range(8)),
    )


def _session(rng: np.random.Generator, style: np.ndarray, number: int, planted: bool) -> Session:
    rows = np.flatnonzero(style == number % STYLES) if planted else np.arange(style.size)
    heard = rng.permutation(rows)[:6].astype(np.int32)
    return Session(heard, np.zeros(6, dtype=np.int8), np.arange(6) * 200.0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small sums are slower in several threads, the more so beside other processes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def planted() -> TrainingData:
    return library(planted=True)


@pytest.fixture(scope="session")
def chance() -> TrainingData:
    return library(planted=False)


@pytest.fixture(scope="session")
def beyond_rules() -> TrainingData:
    """Lists that share no song and no artist, two of each style, which features tell that no simple
    rule reads."""
    rng = np.random.default_rng(0)
    styles, length = 20, 18
    n = 2 * styles * length
    style = rng.permutation(np.arange(n) % styles)
    told = np.clip(rng.uniform(0.2, 0.8, (styles, 8))[style] + rng.normal(0, 0.05, (n, 8)), 0, 1)
    told[:, [name in INPUTS for name in ABSTRACT]] = 0.5
    halves = [np.array_split(rng.permutation(np.flatnonzero(style == s)), 2) for s in range(styles)]
    return TrainingData(
        Vocabulary(f"track-{row}" for row in range(n)),
        track_table(n, abstract=told.astype(np.float32), artists=[f"artist {r}" for r in range(n)]),
        playlists=tuple(half.astype(np.int32) for two in halves for half in two),
    )
