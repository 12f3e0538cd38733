"""Audio features on disk."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import StoreError
from segue.music.features import AudioFeatures
from segued.store.files.format import unsigned
from segued.store.tracks.features import FeatureStore, KnownFeatures, Miss

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "features.json"


def test_an_unknown_feature_is_still_unknown_after_reading_it_back(path: Path) -> None:
    store = FeatureStore(path)
    values = AudioFeatures(energy=0.25, key=3, mode=1, tempo=120.5)
    store.put({"t1": KnownFeatures(values, "reccobeats", NOW, ("key",))})
    store.commit()
    known = FeatureStore(path).known()["t1"]
    assert (known.values.energy, known.values.tempo, known.values.key) == (0.25, 120.5, 3)
    assert math.isnan(known.values.valence)
    assert (known.source, known.fetched_at, known.estimated) == ("reccobeats", NOW, ("key",))


def test_a_source_that_found_a_track_no_longer_misses_it_and_others_still_do(path: Path) -> None:
    store = FeatureStore(path)
    for source in ("reccobeats", "table"):
        store.put_misses(["t1", "t2"], Miss(source, NOW, NOW + timedelta(days=30)))
    store.put({"t1": KnownFeatures(AudioFeatures(energy=0.5), "table", NOW)})
    assert set(store.misses()) == {("reccobeats", "t1"), ("reccobeats", "t2"), ("table", "t2")}


def test_forgetting_a_source_forgets_what_it_found_and_missed(path: Path) -> None:
    store = FeatureStore(path)
    values = AudioFeatures(energy=0.5)
    for track_id, source in (("t1", "table"), ("t2", "reccobeats"), ("t3", "table+reccobeats")):
        store.put({track_id: KnownFeatures(values, source, NOW)})
    store.put_misses(["t4"], Miss("table", NOW, NOW + timedelta(days=30)))
    store.put_misses(["t4"], Miss("reccobeats", NOW, NOW + timedelta(days=30)))
    store.forget("table")
    assert set(store.known()) == {"t2"}
    assert set(store.misses()) == {("reccobeats", "t4")}


def test_a_wrong_document_is_named_by_file_and_track(path: Path) -> None:
    store = FeatureStore(path)
    store.put({"t1": KnownFeatures(AudioFeatures(energy=0.5), "table", NOW)})
    store.commit()
    path.write_bytes(unsigned(path.read_bytes()).replace(b"0.5", b'"loud"'))
    with pytest.raises(StoreError, match=r"features\.json.*features t1.*energy"):
        FeatureStore(path).features()["t1"]


def test_how_sure_a_feature_is_comes_back_and_is_whole_where_nobody_said(path: Path) -> None:
    store = FeatureStore(path)
    values = AudioFeatures(key=3, mode=1, tempo=120.5, key_confidence=0.25)
    store.put({"t1": KnownFeatures(values, "audio", NOW, ("key", "mode", "tempo"))})
    store.commit()
    assert b"tempo_confidence" not in path.read_bytes()
    known = FeatureStore(path).features()["t1"]
    assert (known.key_confidence, known.tempo_confidence) == (0.25, 1.0)
