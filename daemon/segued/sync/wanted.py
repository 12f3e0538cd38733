"""What a sync has to read: what the recipes draw on, and the seeds they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segue.music.track import Track, normalised_artist, normalised_title
from segue.names import name_key, playlist_id_in
from segue.playlists.gather.starting_tracks import library_names, seed_id
from segue.playlists.inventory import Inventory
from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.sources import (
    SavedAlbums,
    TheseTracks,
    TopRange,
    TopTracks,
    single_sources,
)
from segue.recipe.values import PLAYLIST, search_words, title_and_artist
from segued.inventory.reading import found_seeds
from segued.run import Run
from segued.store.library import SEEDS, SEEDS_ABSENT
from segued.sync.tracks import Absent, put_tracks


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sync reads beside likes, plays and the user's own playlists.

    `references` are the playlists recipes name, by name, id or link: followed ones are read only
    if they are among them. `seeds` are songs named by title and artist.
    """

    albums: bool = False
    top: frozenset[TopRange] = frozenset()
    references: frozenset[str] = frozenset()
    track_ids: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()

    def names(self, playlist: PlaylistSummary) -> bool:
        """Whether a recipe names this playlist."""
        name = name_key(playlist.name)
        return any(
            playlist_id_in(reference) == playlist.id or name_key(reference) == name
            for reference in self.references
        )


def wanted_by(recipes: Iterable[Recipe]) -> Wanted:
    """What these recipes need of an account."""
    every = tuple(recipes)
    sources = [leaf for recipe in every for leaf in single_sources(recipe.source)]
    tracks = [each for leaf in sources if isinstance(leaf, TheseTracks) for each in leaf.track_ids]
    return Wanted(
        albums=any(isinstance(leaf, SavedAlbums) for leaf in sources),
        top=frozenset(leaf.range for leaf in sources if isinstance(leaf, TopTracks)),
        references=frozenset(name for recipe in every for name in recipe.playlists_named),
        track_ids=tuple(dict.fromkeys((*tracks, *seed_ids(every), *_pinned(every)))),
        seeds=named_seeds(every),
    )


def _pinned(recipes: Iterable[Recipe]) -> Iterable[str]:
    """The tracks that an order or a filter names by id: where unknown, the recipe would fail."""
    for recipe in recipes:
        order = recipe.sequence
        yield from (track_id for track_id in (order.first, order.last) if track_id)
        yield from (*order.at, *(track_id for pair in order.apart for track_id in pair))
        likes = (part.like_track for part in recipe.where.every())
        yield from (like.track for like in likes if like is not None)


_URI = "spotify:track:"


def named_seeds(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes named by title and artist, each once."""
    every = (seed for recipe in recipes for seed in recipe.seeds)
    return tuple(dict.fromkeys(s for s in every if not s.startswith((PLAYLIST, _URI))))


def seed_ids(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes named by id, as ids."""
    every = (seed for recipe in recipes for seed in recipe.seeds)
    return tuple(dict.fromkeys(s.removeprefix(_URI) for s in every if s.startswith(_URI)))


def read_seeds(run: Run, seeds: Iterable[str]) -> tuple[int, Mapping[str, str]]:
    """Search for seeds that are not in the library; how many were found, and which were not.

    One request a seed. One that two syncs did not find is searched for again after a week.
    """
    seeds = tuple(seeds)
    if not seeds:
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
