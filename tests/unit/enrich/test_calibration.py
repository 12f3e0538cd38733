"""How far estimates are off, and the corrections that hold up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from segue.music.features import AudioFeatures
from segue.music.measures import Calibration, Estimate
from segued.enrich.features import LEAST_COMPARED, calibrated
from segued.store.tracks.features import FeatureStore, KnownFeatures

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def told(key: int, mode: int, tempo: float) -> AudioFeatures:
    return AudioFeatures(key=key, mode=mode, tempo=tempo)


def energies(pairs: list[tuple[float, float]]) -> list[Estimate]:
    return [Estimate(AudioFeatures(energy=a), AudioFeatures(energy=b)) for a, b in pairs]


def test_keys_and_tempos_are_counted_as_same_related_and_an_octave_off() -> None:
    estimated = told(0, 1, 120.0)
    others = [told(0, 1, 121.0), told(9, 0, 60.5), told(6, 0, 240.0), told(7, 1, 90.0)]
    errors = calibrated([Estimate(estimated, each) for each in others], NOW, 0).errors
    assert errors == {"key_same": 0.25, "key_related": 0.5, "tempo_same": 0.25, "tempo_octave": 0.5}


def test_estimates_that_are_all_too_high_are_corrected_on_tracks_not_seen() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(400)
    pairs = energies([(min(1.0, t**0.5 + rng.normal(0, 0.02)), t) for t in truth])
    found = calibrated(pairs[:200], NOW, 0)
    assert found.compared == 200
    assert found.errors["energy_mae"] > 0.1
    left = [
        abs(found.corrected(pair.values, ["energy"]).energy - pair.reference.energy)
        for pair in pairs[200:]
    ]
    assert np.mean(left) < 0.05
    ys = [y for _, y in found.curves["energy"]]
    assert ys == sorted(ys)


def test_estimates_that_are_right_are_left_as_they_are() -> None:
    rng = np.random.default_rng(2)
    pairs = energies([(t + rng.normal(0, 0.02), t) for t in rng.random(200)])
    assert calibrated(pairs, NOW, 0).curves == {}


def test_too_few_tracks_correct_nothing_and_still_say_how_far_off_they_are() -> None:
    pairs = energies([(0.9, 0.1)] * (LEAST_COMPARED - 1))
    found = calibrated(pairs, NOW, 0)
    assert found.curves == {}
    assert found.errors["energy_mae"] == pytest.approx(0.8)


def test_a_confidence_becomes_how_often_such_keys_are_right() -> None:
    rng = np.random.default_rng(3)
    pairs = []
    for _ in range(600):
        sure = rng.random()
        right = rng.random() < 0.3 + 0.5 * sure
        values = AudioFeatures(key=0, mode=1, key_confidence=sure**3)
        pairs.append(Estimate(values, AudioFeatures(key=0 if right else 6, mode=1)))
    found = calibrated(pairs, NOW, 0)
    low, high = (
        found.corrected(AudioFeatures(key=0, mode=1, key_confidence=c), ["key"]).key_confidence
        for c in (0.001, 0.8)
    )
    assert low == pytest.approx(0.33, abs=0.12)
    assert high == pytest.approx(0.77, abs=0.12)


def test_only_what_was_estimated_is_corrected_and_what_is_kept_stays_as_it_came(
    tmp_path: Path,
) -> None:
    store = FeatureStore(tmp_path / "features.json")
    values = AudioFeatures(energy=0.8, key=3, mode=1)
    store.put(
        {
            "own": KnownFeatures(values, "audio", NOW, ("energy",)),
            "told": KnownFeatures(values, "reccobeats", NOW),
        }
    )
    store.put_estimates({"told": Estimate(AudioFeatures(energy=0.7), values)})
    curves = {"energy": ((0.0, 0.0), (1.0, 0.5)), "key_confidence": ((0.0, 0.1), (1.0, 0.2))}
    store.put_calibration(Calibration(40, {"energy_mae": 0.1}, curves, NOW))
    store.commit()
    again = FeatureStore(tmp_path / "features.json")
    assert again.features()["own"].energy == pytest.approx(0.4)
    assert again.features()["own"].key_confidence == 1
    assert again.features()["told"].energy == 0.8
    assert again.known()["own"].values.energy == 0.8
    assert again.estimates()["told"].values.energy == 0.7
    assert again.calibration() == Calibration(40, {"energy_mae": 0.1}, curves, NOW)
