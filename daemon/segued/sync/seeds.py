"""Seeds that recipes name by title and artist: those not in the library are searched for, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from segue.music.track import Track, normalised_artist, normalised_title
from segue.playlists.gather.starting_tracks import library_names, seed_id
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe
from segue.recipe.values import PLAYLIST, search_words, title_and_artist
from segued.inventory.reading import found_seeds
from segued.spotify.client import SpotifyClient
from segued.store.library import SEEDS
from segued.store.state import State
from segued.sync.absent import Absent
from segued.sync.tracks import put_tracks

ABSENT = "seeds not found"
_URI = "spotify:track:"


def named_seeds(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes that are told by title and artist, each once."""
    every = (seed for recipe in recipes for seed in recipe.seeds)
    return tuple(dict.fromkeys(s for s in every if not s.startswith((PLAYLIST, _URI))))


def seed_ids(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes that are told by id, as ids."""
    every = (seed for recipe in recipes for seed in recipe.seeds)
    return tuple(dict.fromkeys(s.removeprefix(_URI) for s in every if s.startswith(_URI)))


def read_seeds(
    client: SpotifyClient, state: State, seeds: Iterable[str], now: datetime
) -> tuple[int, Mapping[str, str]]:
    """Search for seeds that are not in the library; how many were found, and which were not.

    One request a seed. One that two syncs did not find is searched for again after a week.
    """
    seeds = tuple(seeds)
    if not seeds:
        return 0, {}
    tracks = state.library.tracks()
    library = Inventory("", tracks=tracks, seeds=found_seeds(state))
    names = library_names(tracks)
    absent = Absent(state.library, ABSENT)
    known = dict(state.library.cursor(SEEDS) or {})
    found = 0
    for seed in seeds:
        if seed_id(seed, library, names) is not None:
            absent.found(seed)
            continue
        if absent.rests(seed, now):
            continue
        track = _match(seed, client.search_tracks(search_words(seed)))
        if track is None:
            absent.refused(seed, now)
        else:
            absent.found(seed)
            put_tracks(state.library, [track])
            known[seed] = {"id": track.id, "at": now.isoformat()}
            state.library.set_cursor(SEEDS, known)
            found += 1
        state.library.commit()
    missing = [seed for seed in seeds if seed in absent]
    return found, dict.fromkeys(missing, "Spotify's search finds no track of this title and artist")


def _match(seed: str, answers: Iterable[Track]) -> Track | None:
    """The first answer of the title and artist that the seed names; others are other songs."""
    wanted = {
        (normalised_title(title), normalised_artist(artist))
        for title, artist in title_and_artist(seed)
    }
    for track in answers:
        title = normalised_title(track.title)
        if any((title, normalised_artist(artist.name)) in wanted for artist in track.artists):
            return track
    return None
