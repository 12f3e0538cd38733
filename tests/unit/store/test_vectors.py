"""Matrices of vectors on disk."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from segue.errors import NewerSchemaError, UsageError
from segued.store.files.format import unsealed
from segued.store.tracks import lyrics as module
from segued.store.tracks.lyrics import Vectors, VectorStore


def rows(*ids: str, value: float = 1.0, dim: int = 4) -> Vectors:
    return Vectors(ids, np.full((len(ids), dim), value, dtype=np.float32))


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "vectors")


def test_what_was_put_comes_back_from_a_new_store(store: VectorStore, tmp_path: Path) -> None:
    store.put("lyrics", "mini-1", rows("a", "b", value=0.5))
    found = VectorStore(tmp_path / "vectors").get("lyrics", "mini-1")
    assert found is not None
    assert found.track_ids == ("a", "b")
    assert found.matrix.dtype == np.float32
    assert (found.matrix == 0.5).all()


def test_a_later_row_replaces_the_earlier_of_the_same_track(store: VectorStore) -> None:
    store.put("lyrics", "mini-1", rows("a", "b", value=1))
    store.put("lyrics", "mini-1", rows("b", "c", value=2))
    found = store.get("lyrics", "mini-1")
    assert found is not None
    assert dict(zip(found.track_ids, found.matrix[:, 0], strict=True)) == {"a": 1, "b": 2, "c": 2}


def test_a_full_tail_is_merged_and_nothing_is_lost(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TAIL_ROWS", 3)
    for i in range(10):
        store.put("lyrics", "mini-1", rows(f"t{i}", value=i))
    found = store.get("lyrics", "mini-1")
    assert found is not None
    assert [float(found.matrix[found.rows()[f"t{i}"], 0]) for i in range(10)] == list(range(10))


def test_two_encoders_never_share_a_matrix(store: VectorStore) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    store.put("lyrics", "bert-2", rows("a", dim=8))
    assert store.keys("lyrics") == ("bert-2", "mini-1")
    found = store.get("lyrics", "bert-2")
    assert found is not None
    assert found.matrix.shape == (1, 8)


def test_rows_of_another_length_are_refused(store: VectorStore) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    with pytest.raises(UsageError, match="4 and 5 values"):
        store.put("lyrics", "mini-1", rows("b", dim=5))


def test_a_broken_file_is_restored_from_its_last_good_copy_and_said(
    store: VectorStore, tmp_path: Path
) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    store.put("lyrics", "mini-1", rows("b"))
    (path,) = (tmp_path / "vectors").glob("*.tail.safetensors")
    path.write_bytes(path.read_bytes()[:40])
    found = store.get("lyrics", "mini-1")
    assert found is not None
    assert found.track_ids == ("a",)
    assert "restored" in store.warnings[0]


@pytest.mark.parametrize("harm", [b"", b"no vectors", None])
def test_a_broken_file_without_a_good_copy_costs_its_rows_and_no_command(
    store: VectorStore, tmp_path: Path, harm: bytes | None
) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    (path,) = (tmp_path / "vectors").glob("*.tail.safetensors")
    path.write_bytes(path.read_bytes()[:-1] if harm is None else harm)
    assert store.get("lyrics", "mini-1") is None
    assert "will be made again" in store.warnings[0]
    store.put("lyrics", "mini-1", rows("b"))
    found = store.get("lyrics", "mini-1")
    assert found is not None
    assert found.track_ids == ("b",)


@pytest.mark.parametrize("seed", range(5))
def test_one_flipped_bit_anywhere_is_noticed(store: VectorStore, tmp_path: Path, seed: int) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    store.put("lyrics", "mini-1", rows("b"))
    (path,) = (tmp_path / "vectors").glob("*.tail.safetensors")
    whole = path.read_bytes()
    for bit in random.Random(seed).sample(range(8 * len(whole)), 20):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        found = VectorStore(tmp_path / "vectors").get("lyrics", "mini-1")
        assert found is not None
        assert found.track_ids == ("a",), bit
        assert (found.matrix == 1).all()


def test_vectors_of_before_there_were_checksums_are_read(
    store: VectorStore, tmp_path: Path
) -> None:
    store.put("lyrics", "mini-1", rows("a"))
    (path,) = (tmp_path / "vectors").glob("*.tail.safetensors")
    path.write_bytes(unsealed(path.read_bytes()))
    found = store.get("lyrics", "mini-1")
    assert found is not None
    assert found.track_ids == ("a",)


def test_a_file_of_a_newer_segue_is_refused(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(module, "SCHEMA", 2)
        store.put("lyrics", "mini-1", rows("a"))
    with pytest.raises(NewerSchemaError, match="newer Segue"):
        store.get("lyrics", "mini-1")
