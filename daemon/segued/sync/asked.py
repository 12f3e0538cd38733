"""What recipes name by words: seeds; and beyond the account, within the share that all of that
has, artists, searches, top tracks and others' playlists. Each is asked again after a week; an
answer with nothing in it, or with much less than the last, is asked for once more before it
counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from segue.errors import (
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segue.music.track import Artist, Track, normalised_artist, song_key
from segue.names import is_spotifys, playlist_id_in, spotify_id
from segue.playlists.gather.collected import library_names, seed_id
from segue.playlists.inventory import READ_BY_NO_APP, Inventory
from segue.playlists.library import Asked, asked_key
from segue.recipe.values import search_words, title_and_artist
from segued.inventory.reading import found_seeds
from segued.run import Run
from segued.spotify.client import SpotifyClient
from segued.store.library import ACCOUNT, SEEDS, SEEDS_ABSENT, Share
from segued.sync.tracks import ASK_AGAIN, ASKED_AGAIN, Absent, is_thin, put_tracks
from segued.sync.wanted import Wanted

_SAVED_EVERY = 10
_PAGES = 3
"""How many pages of ten a search is followed for."""


class Asking:
    """One sync's questions beyond the account, each counted against the share."""

    def __init__(self, run: Run, wanted: Wanted) -> None:
        self._run, self._wanted, self._now = run, wanted, run.now
        self._library, self._store = run.state.library, run.state.discover
        self._share = Share(self._store, run.settings.discover.calls_a_day, run.now)
        self._unsaved = 0
        self._failed: dict[str, str] = {}
        self._outage: UnavailableError | None = None

    def ask(self) -> None:
        """Ask what is due, in the order it is named."""
        names = dict.fromkeys((*self._wanted.artists, *self._wanted.top_of))
        self._each("artist", names, self._name)
        self._each("search", self._wanted.searches, self._search)
        self._each("top-of-artist", self._wanted.top_of, self._top_of)
        self._each("playlist", self._others(), self._playlist)

    def _each(self, kind: str, names: Iterable[str], read: Callable[[str], None]) -> None:
        """Read each of these. One that fails costs itself alone, and is not asked for again in this
        sync; a refusal ends its kind, as an outage that is met a second time does."""
        for name in names:
            key = f"{kind} {name}"
            if key in self._failed:
                continue
            try:
                read(name)
            except RateLimitedError:
                raise
            except ServiceError as error:
                self._failed[key] = str(error)
                met = isinstance(error, UnavailableError) and self._outage is not None
                if isinstance(error, UnavailableError):
                    self._outage = self._outage or error
                if met or isinstance(error, ForbiddenError):
                    return

    def save(self) -> None:
        """Have everything that was read on the disk: tracks before what names them."""
        self._library.commit()
        self._store.commit()
        self._unsaved = 0

    def missing(self) -> dict[str, str]:
        """What is named and cannot be had, or was not believed, with why."""
        kinds = ("artist", "search", "top-of-artist", "playlist")
        keys = (self._wanted.artists, self._wanted.searches, self._wanted.top_of, self._others())
        asked = self._store.asked()
        found = {
            f"{kind} {name}": asked[key]
            for kind, names in zip(kinds, keys, strict=True)
            for name in names
            if (key := asked_key(kind, name)) in asked
        }
        why = {name: each.why or _doubt(each) for name, each in found.items()}
        return {name: text for name, text in why.items() if text} | self._failed

    @property
    def unfinished(self) -> bool:
        """Whether the next sync has something to ask again."""
        doubted = any(each.doubted is not None for each in self._store.asked().values())
        return doubted or bool(self._failed)

    def spend(self) -> SpotifyClient:
        """The client for one request, which is counted. Raises where none is left."""
        if self._unsaved >= _SAVED_EVERY:
            self.save()
        self._share.spend()
        self._unsaved += 1
        return self._run.client()

    def _is_known(self, key: str) -> bool:
        known = self._store.asked().get(key)
        if known is None or known.doubted is not None:
            return False
        return known.asked_at <= self._now < known.asked_at + ASK_AGAIN

    def _put(self, key: str, ids: Iterable[str], *, name: str = "", why: str = "") -> None:
        found = Asked(tuple(dict.fromkeys(ids)), self._now, name, why)
        known, few = self._store.asked().get(key), len(found.ids)
        before = known.ids if known is not None else ()
        doubted = known.doubted if known is not None else None
        if why != READ_BY_NO_APP and is_thin(few, len(before)) and doubted != few:
            found = replace(known if known is not None and before else found, doubted=few)
        self._store.put_asked(key, found)

    def _name(self, name: str) -> None:
        """Find the artist that a name means: of the library, else by Spotify's search."""
        key = asked_key("artist", name)
        if spotify_id(name, "artist") or self._is_known(key):
            return
        wanted = normalised_artist(name)
        ids = Counter(a.id for a in self._artists() if a.id and normalised_artist(a.name) == wanted)
        found = [i for i, _ in ids.most_common(1)]
        if not found:
            answers = self.spend().search_artists(f'artist:"{name}"')
            found = [a.id for a in answers if a.id and normalised_artist(a.name) == wanted]
        why = "" if found else f"Spotify's search finds no artist called “{name}”"
        self._put(key, found[:1], why=why)

    def _artists(self) -> Iterator[Artist]:
        return (a for track in self._library.tracks().values() for a in track.artists)

    def _artist_id(self, name: str) -> str | None:
        known = self._store.asked().get(asked_key("artist", name))
        return spotify_id(name, "artist") or next(iter(known.ids if known else ()), None)

    def _named(self) -> Iterator[str]:
        """The ids of the artists whose catalogues are drawn on."""
        yield from filter(None, map(self._artist_id, self._wanted.artists))

    def _found(self, words: str) -> list[Track]:
        """What a search finds, its first pages."""
        found: list[Track] = []
        for page in range(_PAGES):
            tracks = self.spend().search_tracks(words, page * 10)
            found += tracks
            if len(tracks) < 10:
                break
        put_tracks(self._library, found)
        return found

    def _search(self, words: str) -> None:
        key = asked_key("search", words)
        if not self._is_known(key):
            found = self._found(words)
            why = "" if found else f"Spotify's search finds nothing for “{words}”"
            self._put(key, (track.id for track in found), why=why)

    def _top_of(self, name: str) -> None:
        """What a search for an artist puts first; Spotify keeps its own list to itself."""
        key, artist_id = asked_key("top-of-artist", name), self._artist_id(name)
        if self._is_known(key):
            return
        if artist_id is None:
            self._put(key, (), why=f"Spotify's search finds no artist called “{name}”")
            return
        called = next((a.name for a in self._artists() if a.id == artist_id), name)
        tracks = self._found(f'artist:"{called}"')
        ids = [t.id for t in tracks if any(a.id == artist_id for a in t.artists)]
        self._put(key, ids, why="" if ids else f"Spotify's search finds no track by “{name}”")

    def _others(self) -> list[str]:
        """The ids of named playlists that the account does not list."""
        listed = {summary.id for summary in self._run.state.playlists.summaries()}
        ids = (playlist_id_in(each) for each in sorted(self._wanted.references))
        return [each for each in dict.fromkeys(ids) if each is not None and each not in listed]

    def _playlist(self, playlist_id: str) -> None:
        """Read a public playlist of others, where Spotify lets this app."""
        key = asked_key("playlist", playlist_id)
        if self._is_known(key):
            return
        if is_spotifys(playlist_id):
            self._put(key, (), why=READ_BY_NO_APP)
            return
        try:
            found = self.spend().read_playlist(playlist_id)
        except ForbiddenError:
            self._put(key, (), why=_NOT_YOURS)
            return
        except NotFoundError:
            self._put(key, (), why="Spotify has no such playlist, or it is private")
            return
        account = self._library.cursor(ACCOUNT)
        if account is not None and found.summary.owner_id == account["id"]:
            self._put(key, (), why="you deleted it, though Spotify still answers for it")
            return
        tracks = [entry.track for entry in found.entries if entry.track is not None]
        if not found.complete or not tracks:
            self._put(key, (), name=found.summary.name, why=_NOT_YOURS)
            return
        put_tracks(self._library, tracks)
        self._put(key, (track.id for track in tracks), name=found.summary.name)


def _doubt(known: Asked) -> str:
    """What is said of an answer that is not believed yet; nothing where there was none."""
    if known.doubted is None:
        return ""
    return f"it came with {known.doubted} where {len(known.ids)} were known; {ASKED_AGAIN}"


_NOT_YOURS = (
    "Spotify lets an app in Development Mode read only playlists that its user owns or edits; copy "
    "it to one of your own"
)


def read_seeds(run: Run, seeds: Iterable[str]) -> tuple[int, Mapping[str, str]]:
    """Search for seeds that are not in the library; how many were found, and which were not.

    One request a seed. One that two syncs did not find is searched for again after a week.
    """
    if not (seeds := tuple(seeds)):
        return 0, {}
    state, now = run.state, run.now
    tracks = state.library.tracks()
    library = Inventory("", tracks=tracks, seeds=found_seeds(state))
    names = library_names(tracks)
    absent = Absent(state.library, SEEDS_ABSENT)
    known = dict(state.library.cursor(SEEDS) or {})
    found = 0
    for seed in seeds:
        if seed_id(seed, library, names) is not None:
            absent.found(seed)
            continue
        if absent.rests(seed, now):
            continue
        track = _match(seed, run.client().search_tracks(search_words(seed)))
        if track is None:
            absent.refused(seed, now)
        else:
            absent.found(seed)
            put_tracks(state.library, [track])
            known[seed] = {"id": track.id, "at": now.isoformat()}
            state.library.set_cursor(SEEDS, known)
            found += 1
        state.library.commit()
    why = "Spotify's search finds no track of this title and artist"
    return found, {seed: why for seed in seeds if seed in absent}


def _match(seed: str, answers: Iterable[Track]) -> Track | None:
    """The first answer of the title and artist that the seed names; others are other songs."""
    wanted = {song_key(title, artist) for title, artist in title_and_artist(seed)}
    return next(
        (
            track
            for track in answers
            if any(song_key(track.title, artist.name) in wanted for artist in track.artists)
        ),
        None,
    )
