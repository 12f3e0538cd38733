"""Lists of songs to order: from a file named by SEGUE_BENCH_DATA, else made up."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from bench._stages import named, once
from segue.sequencing.songs import Songs


def pool() -> tuple[Songs, str]:
    """Many songs, and where they are from."""
    file = os.environ.get("SEGUE_BENCH_DATA")
    if file:
        table = once("segue", "sequencing.table")
        songs_of_table = named("songs_of_table", "segue.sequencing.songs", table)
        read_frame = named(
            "read_frame", "segue.tables.reading", once("segue", "evaluation.reading")
        )
        return songs_of_table(read_frame(Path(file))), Path(file).name
    return made_up(5000, 0), "made up; SEGUE_BENCH_DATA=FILE takes real tracks"


def made_up(count: int, seed: int) -> Songs:
    """Songs with the spread of real ones: tempi about 120, features that hang together."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(8, 8)) / np.sqrt(8)
    features = (rng.normal(size=(count, 8)) @ mixing).astype(np.float32)
    return Songs(
        features=features,
        key=rng.integers(0, 12, count),
        mode=(rng.random(count) < 0.57).astype(np.int64),
        tempo=np.clip(rng.normal(121, 27, count), 60, 210),
        energy=np.clip(rng.normal(0.7, 0.18, count), 0, 1),
        valence=rng.random(count),
        artist=rng.integers(0, count // 3, count),
        album=rng.integers(0, count // 2, count),
        duration_ms=rng.normal(225_000, 55_000, count).clip(60_000, 600_000).astype(np.int64),
    )


def drawn(songs: Songs, count: int, lists: int, seed: int) -> list[Songs]:
    """Lists of different songs, drawn at random."""
    rng = np.random.default_rng(seed)
    return [songs.take(rng.choice(len(songs), count, replace=False)) for _ in range(lists)]
