"""Enriching with audio features: each source in turn, in batches that are on disk when done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from segue.errors import DataError, ServiceError
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
