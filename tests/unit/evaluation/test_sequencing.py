"""The evaluation of the sequencer, on a small file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.sequencing import (
    evaluate_sequencing,
    lists_of,
    most_compatible_percent,
    order_shown,
)
from segue.music.features import AudioFeatures
from segue.progress import Fitting
from segue.sequencing.songs import songs_of


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    count = 60
    frame = pl.DataFrame(
        {
            "playlist_id": [f"p{i // 20}" for i in range(count)],
            "track_name": [f"t{i}" for i in range(count)],
            "track_artist": [f"a{i % 7}" for i in range(count)],
            "energy": rng.random(count),
            "valence": rng.random(count),
            "key": rng.integers(0, 12, count),
            "mode": rng.integers(0, 2, count),
            "tempo": rng.uniform(80, 160, count),
        }
    )
    path = tmp_path / "songs.csv"
    frame.write_csv(path)
    return path


def test_lists_are_the_first_tracks_of_long_playlists(file):
    lists = lists_of(file, lists=2, length=15)
    assert [len(songs) for songs in lists] == [15, 15]
    tempi = pl.read_csv(file)["tempo"].to_numpy()
    starts = [tempi[start : start + 15] for start in (0, 20, 40)]
    for songs in lists:
        assert any(np.allclose(songs.tempo, start) for start in starts)


def test_the_same_seed_draws_the_same_lists(file):
    first, second = (lists_of(file, lists=2, length=15, seed=4) for _ in "ab")
    assert all((a.tempo == b.tempo).all() for a, b in zip(first, second, strict=True))


def test_no_playlist_long_enough_is_a_clear_error(file):
    with pytest.raises(NotEnoughDataError, match="no playlist has 40 tracks"):
        lists_of(file)


def test_ours_is_best_by_its_own_objectives_and_no_row_beats_the_ceiling(file):
    lists = lists_of(file, lists=3, length=15)
    table = evaluate_sequencing(lists, "songs.csv", Fitting(), effort=0.3)
    rows = {row.method: row.metrics for row in table.rows}
    assert min(rows, key=lambda name: rows[name]["objective"]) == "segue worst=0"
    assert min(rows, key=lambda name: rows[name]["objective_ramp"]) == "segue ramp worst=0"
    for arc in ("segue", "segue ramp"):
        worst = [rows[name]["worst_transition"] for name in (arc, f"{arc} worst=0")]
        assert worst[0] <= worst[1] + 1e-9
    ceiling = np.mean([most_compatible_percent(songs) for songs in lists])
    assert all(row["camelot_plus_tempo_percent"] <= ceiling + 1e-9 for row in rows.values())
    assert set(table.document()) == {"protocol", "data", "n", "rows", "notes"}


def test_the_ceiling_of_songs_that_all_mix_is_two_hundred_percent():
    songs = songs_of([AudioFeatures(key=0, mode=1, tempo=120.0)] * 5)
    assert most_compatible_percent(songs) == 200


def _lists_of_random_songs(count):
    rng = np.random.default_rng(5)
    return [
        songs_of(
            [
                AudioFeatures(key=int(k), mode=1, tempo=float(t), energy=float(e))
                for k, t, e in zip(
                    rng.integers(0, 12, 20), rng.uniform(70, 180, 20), rng.random(20), strict=True
                )
            ]
        )
        for _ in range(count)
    ]


def test_lists_in_order_of_energy_show_an_order_and_random_ones_show_none():
    lists = _lists_of_random_songs(24)
    planted = [songs.take(np.argsort(songs.energy)) for songs in lists]
    assert order_shown(planted, seed=0).endswith(": they show an order.")
    assert order_shown(lists, seed=0).endswith(": they show no order of their own.")


def test_few_lists_are_too_few_to_show_an_order():
    assert "takes 20" in order_shown(_lists_of_random_songs(3), seed=0)
