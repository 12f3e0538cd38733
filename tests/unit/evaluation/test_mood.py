"""Labelled lyrics in their published layouts, and what is measured on them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from segue.errors import DataError
from segue.evaluation.mood import evaluate_mood, read_labelled
from segue.progress import Fitting

MOODS = ("happy", "angry", "sad", "relaxed")
WORDS = {
    "happy": "dance all night in the summer sun",
    "angry": "burn it down and scream at the wall",
    "sad": "tears fall slowly on an empty bed",
    "relaxed": "quiet waves and a gentle morning breeze",
}


def rows() -> list[dict[str, str]]:
    return [
        {
            "index": f"ML{i}",
            "title": f"Song {i}",
            "artist": f"Artist {i // 2}",
            "mood": mood,
            "lyrics": f"{WORDS[mood]} number {i}",
            "valence": "0.9" if mood in ("happy", "relaxed") else "0.1",
            "energy": "0.8" if mood in ("happy", "angry") else "0.2",
        }
        for i in range(60)
        for mood in [MOODS[i % 4]]
    ]


def table(path: Path, found: list[dict[str, str]], *, without: tuple[str, ...] = ()) -> Path:
    names = [name for name in found[0] if name not in without]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(found)
    return path


class FakeHead:
    """Stands in for a head: it knows the happy words alone."""

    def predict(self, vectors, texts):
        bright = np.array(["sun" in text or "breeze" in text for text in texts], dtype=np.float32)
        return 2 * bright - 1, np.column_stack([1 - bright, 0 * bright, bright])


def encode(texts) -> np.ndarray:
    """One direction a mood."""
    loud = [
        [float(word in text) for word in ("night", "scream", "tears", "waves")] for text in texts
    ]
    return np.array(loud, dtype=np.float32)


def test_a_table_as_moodylyrics_is_measured_with_audio_beside_and_together(tmp_path: Path) -> None:
    songs = read_labelled(table(tmp_path / "ml4q.csv", rows()))
    found = evaluate_mood(songs, FakeHead(), encode, Fitting(0), data="ml4q.csv")
    measured = {row.method: row.metrics for row in found.rows}
    assert {"segue", "audio", "segue, with audio", "as shipped"} <= measured.keys()
    assert measured["segue"]["macro_f1"] == 1.0
    assert measured["segue, with audio"]["arousal_recall"] == 1.0
    assert measured["as shipped"].keys() == {"valence_recall"}, "it tells no arousal"
    assert measured["as shipped, with audio"]["macro_f1"] == 1.0, "valence and energy tell all"


def test_without_energy_nothing_is_said_of_arousal_without_labels(tmp_path: Path) -> None:
    songs = read_labelled(table(tmp_path / "ml4q.csv", rows(), without=("energy",)))
    found = evaluate_mood(songs, FakeHead(), encode, Fitting(0), data="ml4q.csv")
    assert "as shipped, with audio" not in {row.method for row in found.rows}


def test_a_folder_as_merge_is_read_with_its_text_files(tmp_path: Path) -> None:
    found = [
        {
            "Song": f"A{i:03}",
            "Quadrant": f"Q{MOODS.index(row['mood']) + 1}",
            "Artist": row["artist"],
        }
        for i, row in enumerate(rows())
    ]
    table(tmp_path / "merge_lyrics_complete_metadata.csv", found)
    for i, row in enumerate(rows()):
        folder = tmp_path / found[i]["Quadrant"]
        folder.mkdir(exist_ok=True)
        text = "纯音乐，请欣赏" if i == 0 else row["lyrics"]
        (folder / f"A{i:03}.txt").write_text(text, encoding="utf-8")
    songs = read_labelled(tmp_path)
    assert (len(songs.texts), songs.left_out, songs.audio) == (59, 1, None)
    assert songs.quadrant[:4].tolist() == [2, 3, 4, 1]
    assert (songs.valence[:4].tolist(), songs.arousal[:4].tolist()) == ([0, 0, 1, 1], [1, 0, 0, 1])


def test_a_table_without_lyrics_says_what_to_add(tmp_path: Path) -> None:
    path = table(tmp_path / "ml4q.csv", rows(), without=("lyrics",))
    with pytest.raises(DataError, match="add a column `lyrics`"):
        read_labelled(path)
