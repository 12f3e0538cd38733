"""Enriching with tags of artists, which their tracks share: each source in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from segue.errors import DataError, ServiceError
from segue.music.track import Track
from segued.config.secrets import read_secret
from segued.enrich.sources import (
    LookupOutcome,
    Opening,
    Provider,
    SourceFailures,
    in_order,
    opening_for,
)
from segued.providers.tags.services import LastFm, ListenBrainz, MusicBrainz, interval_at
from segued.providers.tags.source import Tagged, TagSource
from segued.run import Run
from segued.store.tracks.features import GenreNames, KnownTags, Miss, TagStore
from segued.web.transport import Limits

FAILURES_IN_A_ROW = 3
TRACKS_AN_ARTIST = 3
"""By so many tracks an artist is looked for at one source."""

MISS = timedelta(days=120)
NAMES_KEPT = timedelta(days=180)
"""So long the names of genres are good."""

COMMIT_EVERY = 20
"""How many artists are written to disk together: the most that an interruption repeats."""


def _musicbrainz(opening: Opening) -> TagSource:
    section = opening.settings.tags
    interval = max(section.interval_seconds, interval_at(section.musicbrainz_url))
    limits = Limits(interval, section.timeout_seconds)
    source = opening.services.open("musicbrainz", section.musicbrainz_url, limits)
    return MusicBrainz(source, recordings=section.recordings)


def _listenbrainz(opening: Opening) -> TagSource:
    section = opening.settings.tags
    return ListenBrainz(
        opening.services.open("listenbrainz", section.listenbrainz_url, Limits.of(section))
    )


def _lastfm(opening: Opening) -> TagSource | None:
    section = opening.settings.tags
    if not section.lastfm_key:
        return None
    limits = Limits.of(section)
    key = read_secret(section.lastfm_key, opening.run.environ).reveal()
    return LastFm(key, opening.services.open("lastfm", section.lastfm_url, limits))


TAG_PROVIDERS: Mapping[str, Provider[TagSource]] = {
    "musicbrainz": Provider(_musicbrainz),
    "listenbrainz": Provider(_listenbrainz),
    "lastfm": Provider(_lastfm),
}


@contextmanager
def tag_sources(run: Run) -> Iterator[tuple[TagSource, ...]]:
    """The sources of `[tags] sources` that can be asked here, in that order."""
    with opening_for(run) as found:
        yield in_order(TAG_PROVIDERS, run.settings.tags.sources, found)


def enrich_tags(
    run: Run,
    tracks: Sequence[Track],
    sources: Sequence[TagSource],
    out_of_time: Callable[[], bool],
) -> LookupOutcome:
    """Ask the sources, in their order, for the artists of these tracks that have no tags yet.

    An artist's tags serve all its tracks; one that a source does not have, or nobody tagged
    there, is looked for at the next. A source that fails is left.
    """
    store, clock, progress = run.state.tags, run.clock, run.progress
    failures = SourceFailures(FAILURES_IN_A_ROW)
    outcome = LookupOutcome(failures=failures.by_source)
    artists = {track.artist_key for track in tracks if track.artists}
    outcome.asked = len(artists)
    failed: set[str] = set()
    for source in sources:
        todo = open_artists(tracks, source.name, store, clock())
        stage = f"genres from {source.name}"
        found = missing = 0
        for done, (artist, songs) in enumerate(todo.items()):
            if out_of_time():
                outcome.out_of_time = True
                break
            progress(stage, done, len(todo))
            if done % COMMIT_EVERY == 0:
                store.commit()
            if artist in store.artist_keys():  # credited beside one that was asked about
                found += 1
                continue
            try:
                known = _ask(source, artist, songs, store, clock)
            except (ServiceError, DataError) as error:
                failures.note(source.name, error)
                failed.add(artist)
                if failures.given_up(source.name):
                    failed.update([*todo][done:])
                    break
                continue
            failures.answered(source.name)
            found, missing = found + known, missing + (not known)
        if todo:
            store.commit()
            outcome.found[source.name], outcome.missing[source.name] = found, missing
            progress(stage, len(todo), len(todo))
    known_now = store.artist_keys()
    outcome.known = sum(artist in known_now for artist in artists)
    outcome.waiting = sum(artist not in known_now for artist in failed)
    return outcome


def open_artists(
    tracks: Sequence[Track], source: str, store: TagStore, now: datetime
) -> Mapping[str, tuple[Track, ...]]:
    """The first artists without tags that this source was not asked about lately, by artist key
    in the order of the tracks, each with the tracks to look for it by."""
    known, missed = store.artist_keys(), store.missed(source, now)
    found: dict[str, tuple[Track, ...]] = {}
    for track in tracks:
        key = track.artist_key
        if not key or key in known or key in missed:
            continue
        songs = found.get(key, ())
        if len(songs) < TRACKS_AN_ARTIST and all(track.title != song.title for song in songs):
            found[key] = (*songs, track)
    return found


def refresh_genre_names(
    names: Callable[[], tuple[str, ...]], store: TagStore, now: datetime
) -> None:
    """List the names of genres again where they are old. A failure leaves the old ones."""
    listed = store.genre_names()
    if listed is not None and abs(now - listed.fetched_at) < NAMES_KEPT:
        return
    store.put_genre_names(GenreNames(names(), "musicbrainz", now))
    store.commit()


def _ask(
    source: TagSource,
    artist: str,
    songs: Sequence[Track],
    store: TagStore,
    clock: Callable[[], datetime],
) -> bool:
    """Look for one artist by its songs; whether it has tags now."""
    for song in songs:
        answer = source.find(song, store.artist_keys())
        if answer is not None:
            _keep(song, answer, source.name, store, clock())
        if answer is not None and artist in answer.artists:
            break
    if artist in store.artist_keys():
        return True
    now = clock()
    store.put_misses([artist], Miss(source.name, now, now + MISS))
    return False


def _keep(track: Track, answer: Tagged, source: str, store: TagStore, now: datetime) -> None:
    artists = {key: KnownTags(tags, source, now) for key, tags in answer.artists.items() if tags}
    own = {track.id: KnownTags(answer.track, source, now)} if answer.track else {}
    store.put(artists, own)


def artists_of(tracks: Sequence[Track], most: int) -> tuple[Track, ...]:
    """The tracks of the first `most` artists."""
    return tuple(_of_first(tracks, most))


def _of_first(tracks: Sequence[Track], most: int) -> Iterator[Track]:
    seen: set[str] = set()
    for track in tracks:
        if track.artist_key in seen or len(seen) < most:
            seen.add(track.artist_key)
            yield track
