"""Needs: what has to be known of a recipe's candidates before it can be built well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.music.features import FEATURE_NAMES, UNKNOWN
from segue.playlists.filter.apply import asks_about_lyrics, features_asked
from segue.playlists.filter.lyrics import Like, likes_of
from segue.playlists.gather.candidates import Candidates
from segue.playlists.gather.collected import starting_tracks
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import asks_models
from segue.recipe.recipe import Recipe
from segue.recipe.sections import LikeText, LikeTrack, Where
from segue.recipe.source_text import single_sources
from segue.recipe.sources import OfGenre, TheseTracks


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """What a recipe lacks, as track ids in the order of its sources, without deciding anything.

    Each is looked through when it is asked for. Of `found`, the recipe's candidates, those are
    asked for that the rest of the filter lets through.
    """

    recipe: Recipe
    inventory: Inventory
    found: Candidates

    @property
    def candidates(self) -> tuple[str, ...]:
        """All that the recipe can choose from, whatever is known of them."""
        return self.found.possible

    @property
    def tracks(self) -> tuple[str, ...]:
        """Those the recipe names that were not read from Spotify yet."""
        named = (
            track_id
            for source in single_sources(self.recipe.source)
            if isinstance(source, TheseTracks)
            for track_id in source.track_ids
        )
        return tuple(i for i in dict.fromkeys(named) if i not in self.inventory.tracks)

    @property
    def filtered(self) -> bool:
        """Whether the filter asks for features: then `features` decide who is in, else they only
        bear on the order."""
        return bool(features_asked(self.recipe.where))

    @property
    def features(self) -> tuple[str, ...]:
        """Candidates that lack an audio feature the recipe uses, after seeds that do."""
        sorted_by = frozenset({"tempo"} if self.recipe.sort == "tempo" else ())
        asked = features_asked(self.recipe.where) | sorted_by
        used = frozenset(FEATURE_NAMES) if self.recipe.flows else asked
        if not used:
            return ()
        known = self.inventory.features
        return tuple(
            track_id
            for track_id in dict.fromkeys(
                (*_starts(self.recipe, self.inventory), *self.found.possible)
            )
            if not used.isdisjoint(known.get(track_id, UNKNOWN).missing())
        )

    @property
    def lyrics(self) -> tuple[str, ...]:
        """Candidates of whose lyrics something is unknown that the filter asks about, after the
        tracks whose lyrics others should be close to."""
        return _lyrics(self.recipe.where, self.found.possible, self.inventory)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that lyrics are compared with and that are to be encoded."""
        known = self.inventory.lyric_space.texts
        return tuple(text for text in texts_in(self.recipe.where) if text not in known)

    @property
    def genres(self) -> tuple[str, ...]:
        """Tracks whose genres are asked about and unknown."""
        return _genres(self.recipe, self.found.possible, self.inventory)

    @property
    def nothing(self) -> bool:
        """Whether the recipe can be built from what is known."""
        return not (self.tracks or self.features or self.lyrics or self.texts or self.genres)


def _genres(recipe: Recipe, candidates: Sequence[str], inventory: Inventory) -> tuple[str, ...]:
    """The tracks whose genres the recipe asks about and that are unknown: all that are known,
    where its source is a genre."""
    if any(isinstance(source, OfGenre) for source in single_sources(recipe.source)):
        return tuple(i for i in inventory.tracks if i not in inventory.genres)
    if not recipe.uses_genres:
        return ()
    return tuple(i for i in candidates if i in inventory.tracks and i not in inventory.genres)


def _starts(recipe: Recipe, inventory: Inventory) -> tuple[str, ...]:
    """The tracks that a recipe's models start from, where it names any."""
    if not recipe.seeds or not asks_models(recipe):
        return ()
    start = starting_tracks(recipe.seeds, inventory)
    return tuple(i for i in (*start.seeds, *start.playlist) if i in inventory.tracks)


def texts_in(where: Where) -> tuple[str, ...]:
    """The texts a filter compares lyrics with, each once."""
    here = (like.text for like in _likes(where) if isinstance(like, LikeText))
    return tuple(dict.fromkeys(here))


def _likes(where: Where) -> list[Like]:
    return [like for part in where.every() for like in likes_of(part)]


def _lyrics(where: Where, candidates: Sequence[str], inventory: Inventory) -> tuple[str, ...]:
    """The tracks whose lyrics the filter needs and that are unknown, targets first."""
    if not asks_about_lyrics(where):
        return ()
    likes = _likes(where)
    targets = [like.track for like in likes if isinstance(like, LikeTrack)]
    words, space = inventory.lyrics, inventory.lyric_space
    return tuple(
        track_id
        for track_id in dict.fromkeys((*targets, *candidates))
        if track_id in inventory.tracks
        and (
            track_id not in words
            or (likes and not words[track_id].instrumental and track_id not in space.rows)
        )
    )
