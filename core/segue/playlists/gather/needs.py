"""Needs: what has to be known of which tracks before a recipe can be built well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.music.features import FEATURE_NAMES, UNKNOWN
from segue.playlists.filter.apply import asks_about_lyrics, features_asked
from segue.playlists.filter.lyrics import Like, likes_of
from segue.playlists.gather.candidates import Candidates
from segue.playlists.gather.starting_tracks import starting_tracks
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import asks_models
from segue.recipe.recipe import Recipe
from segue.recipe.sources import TheseTracks, single_sources
from segue.recipe.where import LikeText, LikeTrack, Where


@dataclass(frozen=True, slots=True)
class Needs:
    """What a recipe lacks, as track ids in the order of its sources.

    `tracks` are named by the recipe and not read from Spotify yet. `features` are candidates that
    lack an audio feature the recipe uses, after seeds that do; `filtered` is True where its filter
    asks for features, so that every one of these decides who is in, and False where they only
    bear on the order.
    `lyrics` are candidates of whose lyrics something is unknown that the filter asks about, after
    the tracks whose lyrics others should be close to; `texts` are those that are to be encoded.
    `candidates` are all that the recipe can choose from, whatever is known of them.
    """

    tracks: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    filtered: bool = False
    lyrics: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the recipe can be built from what is known."""
        return not (self.tracks or self.features or self.lyrics or self.texts)


def needs(recipe: Recipe, inventory: Inventory, found: Candidates) -> Needs:
    """Say what a recipe lacks, without deciding anything.

    Of `found`, its candidates, those are asked for that the rest of the filter lets through.
    """
    asked = features_asked(recipe.where)
    used = asked if recipe.sequence.method == "none" else frozenset(FEATURE_NAMES)
    named = [
        track_id
        for source in single_sources(recipe.source)
        if isinstance(source, TheseTracks)
        for track_id in source.track_ids
    ]
    return Needs(
        tracks=tuple(i for i in dict.fromkeys(named) if i not in inventory.tracks),
        features=tuple(
            track_id
            for track_id in dict.fromkeys((*_starts(recipe, inventory), *found.possible))
            if not used.isdisjoint(inventory.features.get(track_id, UNKNOWN).missing())
        ),
        filtered=bool(asked),
        lyrics=_lyrics(recipe.where, found.possible, inventory),
        texts=tuple(i for i in texts_in(recipe.where) if i not in inventory.lyric_space.texts),
        candidates=found.possible,
    )


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
