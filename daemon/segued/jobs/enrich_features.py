"""Enriching with audio features: each source in turn, in batches that are on disk when done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from segue.errors import ForbiddenError, RateLimitedError, ServiceError
from segue.music.track import Track
from segued.jobs.planning import Progress
from segued.providers.features import FeatureSource, Found, ask_again_at, filled
from segued.store.features import FeatureStore, KnownFeatures, Miss

FAILURES_IN_A_ROW = 2
"""So many failed batches one after another end a source for this run."""


@dataclass(slots=True)
class FeaturesOutcome:
    """What was found. `found` and `missing` count by source; `stopped` says by source why it was
    left; `waiting` counts tracks nobody could be asked about; `out_of_time` that time ran out."""

    asked: int = 0
    known: int = 0
    found: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    waiting: int = 0
    out_of_time: bool = False


def enrich_features(
    tracks: Sequence[Track],
    sources: Sequence[FeatureSource],
    store: FeatureStore,
    *,
    clock: Callable[[], datetime],
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> FeaturesOutcome:
    """Ask the sources, in their order, for what is not known of these tracks.

    A source is asked for a track unless it is fully known, or the source said lately that it does
    not have it. Every batch is committed before the next is asked, so that a cut repeats at most
    one. A source that fails is left; what it was not asked about is neither found nor missing.
    """
    outcome = FeaturesOutcome(asked=len(tracks))
    failed: set[str] = set()
    for source in sources:
        open_tracks = _open(tracks, source, store, clock())
        done = 0
        failures = 0
        for batch in _batches(open_tracks, source.batch_size):
            if out_of_time():
                outcome.out_of_time = True
                break
            progress(f"features from {source.name}", done, len(open_tracks))
            try:
                found = source.fetch(batch)
            except ServiceError as error:
                outcome.stopped[source.name] = str(error)
                failed.update(track.id for track in batch)
                failures += 1
                if failures >= FAILURES_IN_A_ROW or _for_good(error):
                    failed.update(track.id for track in open_tracks[done:])
                    break
                done += len(batch)
                continue
            failures = 0
            _keep(batch, found, source.name, store, clock())
            store.commit()
            done += len(batch)
            _count(outcome, source.name, len(found), len(batch))
        progress(f"features from {source.name}", done, len(open_tracks))
    known = store.features()
    outcome.known = sum(track.id in known for track in tracks)
    outcome.waiting = sum(track.id in failed and track.id not in known for track in tracks)
    return outcome


def _open(
    tracks: Sequence[Track], source: FeatureSource, store: FeatureStore, now: datetime
) -> list[Track]:
    """The tracks this source has something to say about and was not asked about lately."""
    known, misses = store.known(), store.misses()
    return [
        track
        for track in tracks
        if not (track.id in known and _enough(known[track.id], source.name))
        and not (
            (miss := misses.get((source.name, track.id))) is not None and miss.ask_again_at > now
        )
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
        answers[track.id] = replace(
            before,
            values=filled(before.values, answer.values),
            source=f"{before.source}+{source}",
            estimated=tuple(dict.fromkeys((*before.estimated, *answer.estimated))),
        )
    store.put(answers)
    for track in batch:
        if track.id not in answers:
            store.put_misses([track.id], Miss(source, now, ask_again_at(track, now)))


def _batches(tracks: Sequence[Track], size: int) -> Iterator[Sequence[Track]]:
    for start in range(0, len(tracks), size):
        yield tracks[start : start + size]


def _for_good(error: ServiceError) -> bool:
    """Whether asking the same source again in this run is useless."""
    return isinstance(error, (ForbiddenError, RateLimitedError))


def _count(outcome: FeaturesOutcome, source: str, found: int, asked: int) -> None:
    outcome.found[source] = outcome.found.get(source, 0) + found
    outcome.missing[source] = outcome.missing.get(source, 0) + asked - found
