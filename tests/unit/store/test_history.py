"""The imported history on disk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from segue.errors import NewerSchemaError, StoreError
from segue.playlists.listening import Listening
from segued.store.files.atomic import last_good
from segued.store.history import History, HistoryStore, parsed


def history(*moments: float) -> History:
    n = len(moments)
    listening = Listening(
        ("é1", "t2"),
        np.arange(n, dtype=np.int32) % 2,
        np.array(moments, dtype=np.float64),
        np.full(n, 200_000, dtype=np.int32),
        np.zeros(n, dtype=np.int8),
    )
    return History(listening, ("Où va", "Two"), ("Zaz", ""))


def test_a_history_is_read_back_as_it_was_put(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    assert store.get() is None
    store.put(history(10.0, 20.5))
    kept = HistoryStore(tmp_path / "history.npz").get()
    assert kept is not None
    assert (kept.titles, kept.artists) == (("Où va", "Two"), ("Zaz", ""))
    assert kept.listening.track_ids == ("é1", "t2")
    assert kept.listening.played_at.tolist() == [10.0, 20.5]
    assert (tmp_path / "history.npz").stat().st_mode & 0o777 == 0o600


def test_an_empty_history_is_one_too(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    store.put(history())
    kept = store.get()
    assert kept is not None
    assert len(kept.listening) == 0


def test_a_broken_history_is_restored_and_said(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    store.put(history(1.0))
    store.put(history(1.0, 2.0))
    path = tmp_path / "history.npz"
    path.write_bytes(path.read_bytes()[:200])
    kept = store.get()
    assert kept is not None
    assert len(kept.listening) == 1
    assert store.warning is not None


def damaged(whole: bytes) -> Iterator[bytes]:
    chance = random.Random(7)
    yield from (whole[:end] for end in chance.sample(range(len(whole)), 60))
    for place in range(len(whole)):
        yield (
            whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :]
        )


def test_whatever_is_damaged_is_restored_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.npz"
    store = HistoryStore(path)
    store.put(history(1.0))
    store.put(history(1.0, 2.0))
    whole, before = path.read_bytes(), last_good(path).read_bytes()
    refused: list[bytes] = []
    for data in damaged(whole):
        try:
            kept = parsed(data)
        except ValueError:
            refused.append(data)
        else:  # a bit nobody reads, such as of a date in the archive
            assert kept.listening.played_at.tolist() == [1.0, 2.0]
    assert len(refused) > len(whole) // 2
    for data in random.Random(1).sample(refused, 20):
        path.write_bytes(data)
        last_good(path).write_bytes(before)
        restored = HistoryStore(path)
        found = restored.get()
        assert found is not None
        assert found.listening.played_at.tolist() == [1.0]
        assert restored.warning is not None
        path.write_bytes(data)
        last_good(path).unlink()
        with pytest.raises(StoreError, match=r"history\.npz"):
            HistoryStore(path).get()


def test_a_track_without_a_title_is_kept(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    listening = history(1.0).listening
    store.put(History(replace(listening, track_ids=("a",)), ("",), ("",)))
    kept = store.get()
    assert kept is not None
    assert kept.titles == ("",)


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    store.put(history(1.0))
    for ids in (("a\n", "b"), ("a",), ()):
        with pytest.raises(StoreError):
            store.put(
                History(replace(history(1.0, 2.0).listening, track_ids=ids), ("x", "y"), ("", ""))
            )
    kept = store.get()
    assert kept is not None
    assert kept.listening.track_ids == ("é1", "t2")


def test_what_is_no_history_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "history.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(StoreError, match=r"history\.npz"):
        HistoryStore(tmp_path / "history.npz").get()


def test_a_newer_history_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "history.npz", schema=np.array([99]))
    with pytest.raises(NewerSchemaError):
        HistoryStore(tmp_path / "history.npz").get()


def test_old_plays_can_be_forgotten(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history.npz")
    store.put(history(1.0, 2.0, 3.0))
    assert store.drop_before(datetime.fromtimestamp(2.5, UTC)) == 2
    kept = store.get()
    assert kept is not None
    assert kept.listening.played_at.tolist() == [3.0]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_of_the_first_schema_is_read_with_reasons_unknown(tmp_path: Path) -> None:
    path = tmp_path / "history.npz"
    store = HistoryStore(path)
    store.put(history(1.0, 2.0))
    with np.load(path) as arrays:
        first = {
            name: arrays[name] for name in arrays if name not in ("started", "ended", "shuffled")
        }
    first["schema"] = np.array([1], dtype=np.int32)
    np.savez_compressed(path, **first)
    kept = HistoryStore(path).get()
    assert kept is not None
    assert kept.listening.ended.tolist() == [-1, -1]
    assert kept.listening.shuffled.tolist() == [-1, -1]
