"""Songs that services name beside the user's: asked for once a week, then looked for on Spotify.

Beside the user's latest likes and top tracks a few songs each are asked for, others each week. What
the user has, in whatever version, is left out; the rest becomes a track that can be played by its
id, its ISRC, or its title and artist, within the share that everything beyond the account has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from segue.errors import ForbiddenError, NotFoundError, RateLimitedError, ServiceError
from segue.music.track import Track, plain_isrc, same_recording, song_key
from segue.playlists.gather.outside import newness
from segue.playlists.library import Suggestion, Suggestions
from segue.recipe.sources import Engine
from segued.config.secrets import read_secret
from segued.providers.similar import LastFm, ListenBrainz, ReccoBeats, SimilarSource
from segued.run import Run
from segued.spotify.client import SpotifyClient
from segued.store.library import Share, ShareSpentError
from segued.store.state import State
from segued.sync.asked import Asking
from segued.sync.tracks import ASK_AGAIN, put_tracks
from segued.sync.wanted import Wanted
from segued.web.source import Services, Source
from segued.web.transport import Limits

SEEDS = 20
"""Beside so many tracks a service is asked each week."""
NAMED = 10
"""So many songs it names beside one of them."""
MOST_KEPT = 400
"""So many of the songs a service named are kept, the latest."""
MOST_FAILED_LOOKS = 5
"""After so many looks in a row that failed, no more songs are looked for in a sync."""
FAILURES = 2
"""After so many failures in a row a service is left for the rest of a sync."""
LOOKED_FOR_AGAIN = timedelta(hours=1)
"""So long after a look that failed a song is looked for again."""
SPENT_ON_SIMILAR = "spent on similar songs"
"""The cursor of the requests to Spotify that similar songs took within 24 hours."""


@dataclass(frozen=True, slots=True)
class SimilarRead:
    """How many songs were named that were not known, how many found on Spotify, and why a service
    could not be asked, by its source's name."""

    named: int = 0
    found: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)


def _reccobeats(run: Run, services: Services) -> SimilarSource:
    section = run.settings.features
    return ReccoBeats(services.open(ReccoBeats.name, section.reccobeats_url, Limits.of(section)))


def _listenbrainz(run: Run, services: Services) -> SimilarSource:
    section, limits = run.settings.tags, Limits.of(run.settings.tags)
    labs = services.open(f"{ListenBrainz.name} labs", run.settings.discover.labs_url, limits)
    own = services.open(ListenBrainz.name, section.listenbrainz_url, limits)
    return ListenBrainz(own, labs)


def _lastfm(run: Run, services: Services) -> SimilarSource:
    return LastFm(*last_fm(run, services))


def last_fm(run: Run, services: Services) -> tuple[str, Source]:
    """The key, and Last.fm opened. Raises ForbiddenError where there is no key."""
    section = run.settings.tags
    if not section.lastfm_key:
        raise ForbiddenError("Last.fm is asked with a key; set [tags] lastfm_key")
    key = read_secret(section.lastfm_key, run.environ).reveal()
    return key, services.open(LastFm.name, section.lastfm_url, Limits.of(section))


OPENED: Mapping[Engine, Callable[[Run, Services], SimilarSource]] = {
    "reccobeats": _reccobeats,
    "listenbrainz": _listenbrainz,
    "lastfm": _lastfm,
}
"""How each engine is opened."""


def read_similar(run: Run, wanted: Wanted) -> SimilarRead:
    """Ask the services that recipes draw on, and look for what they name as far as the share goes.

    A service that fails is named, and the others go on. Raises ServiceError where Spotify refuses;
    what was read until then is on the disk.
    """
    if not wanted.engines:
        return SimilarRead()
    store = run.state.discover
    failed: dict[str, str] = {}
    named = 0
    for engine in wanted.engines:
        known = store.suggested().get(engine)
        if known is None or abs(run.now - known.asked_at) >= ASK_AGAIN:
            before = known or Suggestions(run.now)
            try:
                with Services(run.state.budget, run.clock) as services:
                    found = _asked(OPENED[engine](run, services), run, before)
            except ServiceError as error:
                failed[f"similar:{engine}"] = str(error)
            else:
                store.put_suggested(engine, found)
                named += len({*map(_key, found.songs)} - {*map(_key, before.songs)})
            store.commit()
    looking = _Looking(run, wanted)
    try:
        with suppress(ShareSpentError):
            looking.all()
    finally:
        looking.save()
    return SimilarRead(named, looking.found, failed)


def _asked(service: SimilarSource, run: Run, before: Suggestions) -> Suggestions:
    """What a service is known to name, with what it names beside some more tracks.

    A track that it failed at stays to be asked about. Raises what the service raises where it
    fails `FAILURES` times in a row, or at all of them.
    """
    tracks = run.state.library.tracks()
    seeds = _seeds(run.state, before.seeds)
    rows: dict[str, tuple[Suggestion, ...]] = {}
    failures = 0
    for place, seed in enumerate(seeds, 1):
        try:
            rows[seed] = service.beside(tracks[seed], NAMED)
            failures = 0
        except ServiceError:
            failures += 1
            if failures >= FAILURES or (place == len(seeds) and not rows):
                raise
    looked_for = {_key(song): song for song in before.songs}
    new = {_key(song): song for song in _by_place(rows.values())}
    songs = [looked_for.pop(key, song) for key, song in new.items()]
    kept = tuple([*songs, *looked_for.values()][:MOST_KEPT])
    return Suggestions(run.now, kept, (*before.seeds, *rows)[-MOST_KEPT:])


def _by_place(rows: Iterable[tuple[Suggestion, ...]]) -> list[Suggestion]:
    """The songs of several lists, each once: those named most often first, then by place."""
    places: dict[tuple[str, str], list[int]] = {}
    first: dict[tuple[str, str], Suggestion] = {}
    for row in rows:
        for place, song in enumerate(row):
            places.setdefault(_key(song), []).append(place)
            first.setdefault(_key(song), song)
    return [first[key] for key in sorted(places, key=lambda k: (-len(places[k]), min(places[k])))]


def _key(song: Suggestion) -> tuple[str, str]:
    return song_key(song.title, song.artist)


def _seeds(state: State, asked: tuple[str, ...]) -> list[str]:
    """The tracks to be asked about next: of the latest likes and the top tracks by turns, those
    that were not asked about yet, else longest ago."""
    liked = [saved.track_id for saved in state.library.liked()]
    turns = chain.from_iterable(zip_longest(liked, *state.library.top().values()))
    known, last = state.library.tracks(), {track_id: at for at, track_id in enumerate(asked)}
    ids = [i for i in dict.fromkeys(turns) if i is not None and i in known]
    return sorted(ids, key=lambda i: last.get(i, -1))[:SEEDS]


class _Looking(Asking):
    """One sync's looks on Spotify for what services named."""

    def __init__(self, run: Run, wanted: Wanted) -> None:
        super().__init__(run, wanted)
        self.found = 0
        known = self._store.suggested()
        self._songs = {e: list(known[e].songs) for e in wanted.engines if e in known}
        self._part = _part(run, wanted)

    def all(self) -> None:
        """Look for what was not looked for yet, the likeliest of each service by turns."""
        open_songs = [
            [(engine, place) for place, song in enumerate(songs) if song.looked_at is None]
            for engine, songs in self._songs.items()
        ]
        if not any(open_songs):
            return
        is_new, failures = newness(self._run.inventory()), 0
        for engine, place in filter(None, chain.from_iterable(zip_longest(*open_songs))):
            song = self._songs[engine][place]
            try:
                found = self._look(song) if is_new(song.song) else ""
            except (RateLimitedError, ForbiddenError):
                raise
            except ServiceError:  # this one is looked for again; the others do not wait for it
                failures += 1
                if failures >= MOST_FAILED_LOOKS:
                    raise
                continue
            failures = 0
            self.found += bool(found)
            self._songs[engine][place] = replace(song, track_id=found, looked_at=self._now)

    def save(self) -> None:
        """See `Asking.save`."""
        known = self._store.suggested()
        for engine, songs in self._songs.items():
            if (before := known[engine]).songs != tuple(songs):
                self._store.put_suggested(engine, replace(before, songs=tuple(songs)))
        super().save()

    def _look(self, song: Suggestion) -> str:
        """The id of the song on Spotify where it can be played, else nothing."""
        for answers in self._answers(song):
            able = [each for each in answers if each.playable is not False]
            track = next((each for each in able if _is(song, each)), None)
            if track is not None:
                put_tracks(self._library, [track])
                return track.id
        return ""

    def _answers(self, song: Suggestion) -> Iterator[Iterable[Track]]:
        """What Spotify has by the song's id, its ISRC, its title and artist: three requests at
        most."""
        if song.spotify_id:
            with suppress(NotFoundError):
                yield [self._ask().track(song.spotify_id)]
        if song.isrc:
            yield self._ask().search_tracks(f"isrc:{song.isrc}")
        if song.title and song.artist:
            yield self._ask().search_tracks(f'track:"{song.title}" artist:"{song.artist}"')

    def _ask(self) -> SpotifyClient:
        """The client for one request, which counts as one for similar songs too."""
        self._part.spend()
        return self.spend()


def _is(song: Suggestion, track: Track) -> bool:
    """Whether a track of Spotify's is the song: by its id or ISRC, else by title, artist and, where
    the service says one, duration."""
    if song.spotify_id == track.id:
        return True
    if song.isrc and track.isrc and song.isrc == plain_isrc(track.isrc):
        return True
    timed = song if song.duration_ms else replace(song, duration_ms=track.duration_ms)
    return same_recording(timed.song, track)


def _part(run: Run, wanted: Wanted) -> Share:
    """What similar songs may take of the share: new releases leave them a third."""
    most = run.settings.discover.calls_a_day
    part = max(1, most // 3) if wanted.releases else most
    return Share(run.state.discover, part, run.now, SPENT_ON_SIMILAR)


def next_named(run: Run, wanted: Wanted) -> Iterator[datetime]:
    """When the next sync has something to ask or to look for."""
    known = run.state.discover.suggested()
    whole = Share(run.state.discover, run.settings.discover.calls_a_day, run.now)
    free_at = max(whole.free_at(), _part(run, wanted).free_at())
    for engine in wanted.engines:
        if engine not in known:
            yield run.now
            continue
        yield known[engine].asked_at + ASK_AGAIN
        if any(song.looked_at is None for song in known[engine].songs):
            yield free_at if free_at > run.now else run.now + LOOKED_FOR_AGAIN
