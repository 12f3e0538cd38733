"""The measures of sound, key and tempo: what they count as right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bench import alike, key_and_tempo
from bench.key_and_tempo import Piece, composed, key_score, of_one_tempo, tempo_right

from segue.music.features import AudioFeatures


def test_a_file_counts_as_found_by_its_nearest_and_among_five() -> None:
    turns = np.array([0, 1, 40, 41, 42, 43, 44, 2.0]) / 60
    vectors = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    found = alike.found_by(vectors, list("aabbbbba"), cosine=True)
    assert found.tolist() == [[1, 1, 1]] * 8
    lone = alike.found_by(vectors, list("axxyzwva"), cosine=True)
    assert lone.shape == (4, 3)
    assert lone[0].tolist() == [0, 1, 0]


def test_of_a_folder_so_many_files_are_taken_spread_evenly() -> None:
    paths = [Path(f"a/{n:02}") for n in range(11)] + [Path("b/x")]
    assert [str(p) for p in alike.spread(paths, 3)] == ["a/00", "a/05", "a/10", "b/x"]
    assert list(alike.spread(paths, None)) == paths


@pytest.mark.parametrize(
    ("found", "score"),
    [((0, 1), 1.0), ((7, 1), 0.5), ((9, 0), 0.3), ((0, 0), 0.2), ((5, 1), 0.0), ((-1, 1), 0.0)],
)
def test_keys_are_weighted_as_mirex_does(found: tuple[int, int], score: float) -> None:
    features = AudioFeatures(key=found[0], mode=found[1])
    assert key_score(features, Piece("C", b"", 100.0, key=0, mode=1)) == score


def test_the_relative_of_a_minor_is_the_major_three_up() -> None:
    assert key_score(AudioFeatures(key=0, mode=1), Piece("Am", b"", 100.0, key=9, mode=0)) == 0.3


def test_a_tempo_is_right_within_four_per_cent_of_the_truth_or_its_octave() -> None:
    assert tempo_right(103.9, 100.0, (1.0,)) == 1
    assert tempo_right(104.1, 100.0, (1.0,)) == 0
    assert tempo_right(51.0, 100.0, (1.0, 2.0, 0.5)) == 1


def test_a_made_piece_keeps_its_tempo_and_is_the_same_for_a_seed(tmp_path: Path) -> None:
    made = composed(0, np.random.default_rng(3))
    assert made == composed(0, np.random.default_rng(3))
    assert made != composed(0, np.random.default_rng(4))
    (tmp_path / "one.mid").write_bytes(made.midi)
    (tmp_path / "two.mid").write_bytes(made.midi + b"\xff\x51\x03\x01\x02\x03")
    (read,) = of_one_tempo(tmp_path)
    assert read.name == "one"
    assert read.tempo == pytest.approx(made.tempo, rel=1e-4)


def test_a_made_pieces_chords_lie_in_its_key() -> None:
    for seed in range(8):
        piece = composed(0, np.random.default_rng(seed))
        classes = np.zeros(12)
        for place in range(len(piece.midi) - 2):
            if piece.midi[place] == 0x91 and 20 < piece.midi[place + 1] < 90:  # the bass
                classes[(piece.midi[place + 1] - piece.key) % 12] += 1
        inside = [0, *key_and_tempo.SCALES[piece.mode]]
        assert classes[inside].sum() > 0.9 * classes.sum()
