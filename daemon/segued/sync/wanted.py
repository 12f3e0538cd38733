"""What a sync has to read: what the recipes draw on, beside what is always kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segue.names import name_key
from segue.playlists.library import PlaylistSummary, TopRange
from segue.playlists.recipe import (
    FromPlaylist,
    Recipe,
    SavedAlbums,
    Source,
    SourceSet,
    TheseTracks,
    TopTracks,
    Where,
)
from segue.playlists.references import playlist_id_in
from segue.playlists.seed_tracks import PLAYLIST
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
    sources = [leaf for recipe in every for leaf in _leaves(recipe.source)]
    tracks = [each for leaf in sources if isinstance(leaf, TheseTracks) for each in leaf.track_ids]
    lists = [
        seed.removeprefix(PLAYLIST)
        for recipe in every
        for seed in recipe.seeds
        if seed.startswith(PLAYLIST)
    ]
    named = [leaf.reference for leaf in sources if isinstance(leaf, FromPlaylist)]
    filtered = [name for recipe in every for name in _filtered(recipe.where)]
    return Wanted(
        albums=any(isinstance(leaf, SavedAlbums) for leaf in sources),
        top=frozenset(leaf.range for leaf in sources if isinstance(leaf, TopTracks)),
        references=frozenset((*named, *filtered, *lists)),
        track_ids=tuple(dict.fromkeys((*tracks, *seed_ids(every), *_pinned(every)))),
        seeds=named_seeds(every),
    )


def _pinned(recipes: Iterable[Recipe]) -> Iterable[str]:
    """The tracks that an order or a filter names by id: where unknown, the recipe would fail."""
    for recipe in recipes:
        order = recipe.sequence
        yield from (track_id for track_id in (order.first, order.last) if track_id)
        yield from (*order.at, *(track_id for pair in order.apart for track_id in pair))
        yield from _compared_with(recipe.where)


def _compared_with(where: Where) -> Iterable[str]:
    if where.like_track is not None:
        yield where.like_track.track_id
    for inner in (*where.any_of, *where.none_of):
        yield from _compared_with(inner)


def _leaves(source: Source) -> tuple[Source, ...]:
    if not isinstance(source, SourceSet):
        return (source,)
    inner = (*source.any_of, *source.all_of, *source.minus)
    return tuple(leaf for member in inner for leaf in _leaves(member))


def _filtered(where: Where) -> tuple[str, ...]:
    inner = tuple(name for each in (*where.any_of, *where.none_of) for name in _filtered(each))
    return (*where.in_playlists, *where.not_in_playlists, *inner)
