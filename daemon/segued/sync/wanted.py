"""What a sync has to read: what the recipes draw on, beside what is always kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segue.names import name_key
from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.sources import (
    SavedAlbums,
    TheseTracks,
    TopRange,
    TopTracks,
    single_sources,
)
from segue.spotify_ids import playlist_id_in
from segued.sync.seeds import named_seeds, seed_ids


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
