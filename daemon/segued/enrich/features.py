"""Enriching with audio features: each source in turn, in batches that are on disk when done; and
how far estimates from own files are off, by what others say of the same tracks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, ServiceError
from segue.metrics import mean_interval
from segue.music.features import AudioFeatures
from segue.music.keys import camelot_compatible
from segue.music.measures import Calibration, Estimate
from segue.music.track import Track
from segued.enrich.sources import LookupOutcome, SourceFailures
from segued.providers.features.source import (
    FeatureSource,
    Found,
    ReccoBeats,
    ask_again_at,
    filled,
)
from segued.run import Run
from segued.store.tracks.features import FeatureStore, KnownFeatures, KnownPopularity, Miss
from segued.web.source import in_order

if TYPE_CHECKING:
    from segued.providers.audio.files import AudioFiles

POPULARITY_HOLDS = timedelta(days=60)
"""How long it is not asked again how popular a track is."""

FAILURES_IN_A_ROW = 2
"""After this many failed batches in a row a source is left for this run."""


def enrich_features(
    run: Run,
    tracks: Sequence[Track],
    sources: Sequence[FeatureSource],
    out_of_time: Callable[[], bool],
) -> LookupOutcome:
    """Ask the sources, in their order, for what is not known of these tracks.

    A source is asked for a track unless it is fully known, or the source said lately that it does
    not have it. Batches are asked for side by side, as many as the source takes, and committed in
    their order: a cut repeats at most those under way. A source that fails is left; what it was not
    asked about is neither found nor missing.
    """
    store, clock, progress = run.state.features, run.clock, run.progress
    failures = SourceFailures(FAILURES_IN_A_ROW)
    outcome = LookupOutcome(asked=len(tracks), failures=failures.by_source)
    failed: set[str] = set()
    for source in sources:
        stage = f"features from {source.name}"
        todo = open_tracks(tracks, source.name, store, clock())
        done = 0
        batches = _in_time(_batches(todo, source.batch_size), out_of_time, outcome)
        for batch, answer in in_order(source.fetch, batches, source.at_once):
            progress(stage, done, len(todo))
            done += len(batch)
            try:
                found = answer()
            except (ServiceError, DataError) as error:
                failures.note(source.name, error)
                failed.update(track.id for track in batch)
                if failures.given_up(source.name):
                    failed.update(track.id for track in todo[done:])
                    break
                continue
            failures.answered(source.name)
            _keep(batch, found, source.name, store, clock())
            store.commit()
            _count(outcome, source.name, len(found), len(batch))
        if todo:
            progress(stage, done, len(todo))
    known = store.known()
    outcome.known = sum(track.id in known for track in tracks)
    outcome.waiting = sum(track.id in failed and track.id not in known for track in tracks)
    return outcome


def enrich_popularity(
    run: Run,
    tracks: Sequence[Track],
    sources: Sequence[FeatureSource],
    out_of_time: Callable[[], bool],
) -> None:
    """Ask ReccoBeats, where it is a source, how popular these tracks are, as far as that is unknown
    or old; each batch is on disk when it is done. Raises a ServiceError where it cannot be asked.
    """
    source = next((each for each in sources if isinstance(each, ReccoBeats)), None)
    if source is None:
        return
    store, now = run.state.features, run.clock()
    known = store.popularity()
    todo = [
        track
        for track in tracks
        if track.id not in known or abs(now - known[track.id].fetched_at) > POPULARITY_HOLDS
    ]
    for batch in _batches(todo, source.batch_size):
        if out_of_time():
            return
        found = source.popularity(batch)
        store.put_popularity(
            {track.id: KnownPopularity(found.get(track.id), source.name, now) for track in batch}
        )
        store.commit()


def open_tracks(
    tracks: Sequence[Track], source: str, store: FeatureStore, now: datetime
) -> list[Track]:
    """The tracks this source may have something to say about and was not asked about lately."""
    known, missed = store.known(), store.missed(source, now)
    return [
        track
        for track in tracks
        if track.id not in missed and not (track.id in known and _enough(known[track.id], source))
    ]


def _enough(known: KnownFeatures, source: str) -> bool:
    """Whether asking this source can add nothing: all is known, or it has answered before."""
    return not known.values.missing() or source in known.source.split("+")


def _keep(
    batch: Sequence[Track],
    found: Mapping[str, Found],
    source: str,
    store: FeatureStore,
    now: datetime,
) -> None:
    known = store.known()
    answers: dict[str, KnownFeatures] = {}
    for track in batch:
        answer = found.get(track.id)
        if answer is None:
            continue
        before = known.get(track.id)
        if before is None:
            answers[track.id] = KnownFeatures(answer.values, source, now, answer.estimated)
            continue
        new = set(before.values.missing()) | ({"mode"} if not before.values.has_key else set())
        answers[track.id] = replace(
            before,
            values=filled(before.values, answer.values),
            source=f"{before.source}+{source}",
            estimated=(*before.estimated, *(name for name in answer.estimated if name in new)),
        )
    store.put(answers)
    missed: dict[datetime, list[str]] = {}
    for track in batch:
        if track.id not in answers:
            missed.setdefault(ask_again_at(track, now), []).append(track.id)
    for moment, track_ids in missed.items():
        store.put_misses(track_ids, Miss(source, now, moment))


def _in_time(
    batches: Iterable[Sequence[Track]], out_of_time: Callable[[], bool], outcome: LookupOutcome
) -> Iterator[Sequence[Track]]:
    """The batches, until time has run out."""
    for batch in batches:
        if out_of_time():
            outcome.out_of_time = True
            return
        yield batch


def _batches(tracks: Sequence[Track], size: int) -> Iterator[Sequence[Track]]:
    for start in range(0, len(tracks), size):
        yield tracks[start : start + size]


def _count(outcome: LookupOutcome, source: str, found: int, asked: int) -> None:
    outcome.found[source] = outcome.found.get(source, 0) + found
    outcome.missing[source] = outcome.missing.get(source, 0) + asked - found


COMPARED = 200
"""So many files at most are analysed only to compare their estimates with what others say."""
LEAST_COMPARED = 30
_FOLDS = 5
_NEAR = 0.04
"""Two tempi are the same within four per cent, as beat tracking is judged (MIREX)."""


def compare_estimates(
    run: Run, tracks: Sequence[Track], source: AudioFiles, out_of_time: Callable[[], bool]
) -> None:
    """Analyse files of tracks of which others told everything, at most `COMPARED` in all, and find
    how far the estimates are off. Each batch is on disk when it is done."""
    store = run.state.features
    known, compared = store.known(), store.estimates()
    todo = [
        track
        for track in tracks
        if track.id not in compared
        and track.id in known
        and not (known[track.id].estimated or known[track.id].values.missing())
        and source.has(track)
    ][: max(0, COMPARED - len(compared))]
    for batch in _batches(todo, source.batch_size):
        if out_of_time():
            break
        found = source.fetch(batch)
        store.put_estimates(
            {i: Estimate(each.values, known[i].values) for i, each in found.items()}
        )
        store.commit()
    pairs = tuple(store.estimates().values())
    before = store.calibration()
    if pairs and (before is None or before.compared != len(pairs)):
        store.put_calibration(calibrated(pairs, run.clock(), run.seed or 0))
        store.commit()


def calibrated(pairs: Sequence[Estimate], now: datetime, seed: int) -> Calibration:
    """How far estimates are off, and the corrections that hold up.

    A correction is an isotonic regression: of energy on the reference, of a confidence on whether
    key or tempo were right. It is used where on tracks it was not fitted on (five folds) the error
    falls by more than chance explains: the 95 % interval of the fall, over tracks, lies above 0.
    Errors are mean absolute ones, squared ones of confidences (Brier score).
    """
    ours, reference = [each.values for each in pairs], [each.reference for each in pairs]
    errors: dict[str, float] = {}
    curves: dict[str, tuple[tuple[float, float], ...]] = {}
    for name in ("energy", "loudness"):
        x, y = _columns(ours, reference, name)
        if x.size:
            errors[f"{name}_mae"] = float(np.abs(x - y).mean())
    keyed = [(a, b) for a, b in zip(ours, reference, strict=True) if a.has_key and b.has_key]
    timed = [(a, b) for a, b in zip(ours, reference, strict=True) if a.has_tempo and b.has_tempo]
    same = np.array([(a.key, a.mode) == (b.key, b.mode) for a, b in keyed], dtype=np.float64)
    if keyed:
        mixes = [bool(camelot_compatible(a.key, a.mode, b.key, b.mode)) for a, b in keyed]
        errors["key_same"] = float(same.mean())
        errors["key_related"] = float(np.mean(mixes) - same.mean())
    apart = np.array([math.log2(a.tempo / b.tempo) for a, b in timed])
    folded = np.abs(apart - np.round(apart)) <= math.log2(1 + _NEAR)
    if timed:
        right = folded & (np.round(apart) == 0)
        errors["tempo_same"] = float(right.mean())
        errors["tempo_octave"] = float((folded & ~right).mean())
    for name, x, y, power in (
        ("energy", *_columns(ours, reference, "energy"), 1),
        ("key_confidence", np.array([a.key_confidence for a, _ in keyed]), same, 2),
        ("tempo_confidence", np.array([a.tempo_confidence for a, _ in timed]), folded * 1.0, 2),
    ):
        curve = _curve_that_holds(x, y, power, seed) if x.size >= LEAST_COMPARED else ()
        if curve:
            curves[name] = curve
    return Calibration(len(pairs), errors, curves, now)


def _columns(
    ours: Sequence[AudioFeatures], reference: Sequence[AudioFeatures], name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One feature where both sides know it: (n,) each."""
    x, y = (np.array([getattr(each, name) for each in side]) for side in (ours, reference))
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def _curve_that_holds(
    x: NDArray[np.float64], y: NDArray[np.float64], power: int, seed: int
) -> tuple[tuple[float, float], ...]:
    """The points of a rising curve from x to y, none where it does not hold up."""
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(seed)
    fold = rng.permutation(x.size) % _FOLDS
    held_out = np.empty_like(x)
    for part in range(_FOLDS):
        fitted = IsotonicRegression(out_of_bounds="clip").fit(x[fold != part], y[fold != part])
        held_out[fold == part] = fitted.predict(x[fold == part])
    fall = np.abs(x - y) ** power - np.abs(held_out - y) ** power
    low, _ = mean_interval(fall, rng=rng)
    if not low > 0:
        return ()
    fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    points = zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True)
    return tuple((round(a, 4), round(b, 4)) for a, b in points)
