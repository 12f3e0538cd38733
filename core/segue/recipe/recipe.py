"""A recipe: what somebody wants a playlist to be. Sources, filters, size, score, order, writing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from graphlib import CycleError, TopologicalSorter
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field, field_validator

from segue.errors import RecipeError
from segue.models.learners import SCORE_OF
from segue.names import name_key
from segue.recipe.sections import SequenceSettings, Where
from segue.recipe.sources import (
    FromPlaylist,
    FromRecipe,
    OfGenre,
    Source,
    recipes_named,
    replaced,
    single_sources,
)
from segue.recipe.types import (
    Count,
    Description,
    Name,
    PlaylistId,
    ScoreWeight,
    Seconds,
    Section,
    Seeds,
    Share,
    SourceValue,
    option,
    weights_by_name,
)
from segue.recipe.values import PLAYLIST

GENRE = "genre"
"""The score that weighs genres by their names."""


class WritePolicy(Section):
    """What a refresh may do to the playlist on the account."""

    mode: Literal["replace", "append", "rotate"] = option(
        "replace", "make the list anew, add at the end, or exchange the oldest"
    )
    rotate: Count = option(10, "how many tracks mode = rotate exchanges")
    playlist_id: PlaylistId | None = option(None, "write to this existing playlist, by id or link")
    adopt: bool = option(False, "take over a playlist that Segue did not create")
    public: bool = option(False, "show a newly created playlist on your profile")
    description: Description = option("", "the playlist's description")
    min_tracks: Annotated[int, Field(ge=0, le=10_000)] = option(
        5, "refuse to leave fewer tracks than this"
    )
    max_shrink: Share = option(0.5, "refuse to take away more than this share of the last version")
    respect_edits: bool = option(True, "keep what you add by hand, leave out what you remove")


_LONGEST_ID = 40

Sort = Literal[
    "added", "title", "artist", "album", "release", "tempo", "duration", "plays", "popularity",
    "source",
]  # fmt: skip
"""What a list may be sorted by; "source" is the order in which the sources give their tracks."""


class Recipe(Section):
    """What somebody wants a playlist to be.

    `id` is stable while `name` may change. Of `length` (tracks) and `duration` (seconds) at most
    one is set; with neither, everything that passes the filter is taken. `score` weighs the
    scorers by name; `seeds` are what its models start from: "title - artist", a track's URI, or
    "playlist:" and a name. `freshness` (0..1) is how strongly tracks of earlier periods' versions
    step back. `missing` says what becomes of a recipe that names what cannot be found.
    """

    name: Name = Field(description="the playlist's name on your account")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = option(
        "", "stays the same when the name changes; made from the name by default"
    )
    source: SourceValue = Field(alias="from", description="where the tracks come from")
    where: Where = Field(default_factory=Where, description="which of them")
    seeds: Seeds = option((), "songs or playlists that models start from")
    length: Count | None = option(None, "how many tracks")
    duration: Seconds | None = option(None, "how long it plays, instead of length")
    max_per_artist: Count | None = option(None, "at most this many by one artist")
    max_per_album: Count | None = option(None, "at most this many from one album")
    max_per_genre: Count | None = option(None, "at most this many of one main genre")
    many_genres: bool = option(
        False, "as many main genres as there are: the best of each in turn, then the next best"
    )
    unique_recordings: bool = option(True, "one recording once, even when it is on two albums")
    freshness: Share = option(
        0.25, "how far tracks of earlier versions step back: 0 not at all, 1 wholly"
    )
    missing: Literal["fail", "skip"] = option(
        "fail",
        "where a source, seed or track cannot be found: fail leaves the playlist as it is, "
        "skip goes on without",
    )
    score: dict[str, ScoreWeight] = Field(
        default_factory=dict,
        description="what makes a track come first, by weight; a negative one turns it round",
    )
    sort: Sort | None = option(None, "sort the list by this, instead of the order of [sequence]")
    descending: bool = option(False, "sort the other way round, the latest or longest first")
    sequence: SequenceSettings = Field(default_factory=SequenceSettings, description="the order")
    write: WritePolicy = Field(default_factory=WritePolicy, description="the writing")

    @field_validator("score", mode="before")
    @classmethod
    def _by_the_learners_name(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        named = {SCORE_OF.get(name, name): weight for name, weight in given.items()}
        if isinstance(named.get(GENRE), str | list | tuple):
            named[GENRE] = weights_by_name(named[GENRE])
        return named

    @field_validator("score")
    @classmethod
    def _names_where_they_belong(cls, read: dict[str, ScoreWeight]) -> dict[str, ScoreWeight]:
        for name, weight in read.items():
            if (name == GENRE) != isinstance(weight, dict):
                wanted = (
                    'genres by name, like { "deep house" = 1.0 }' if name == GENRE else "a number"
                )
                raise ValueError(f"{name} takes {wanted}")
        return read

    @property
    def duration_ms(self) -> int | None:
        """How long it is to play, in milliseconds."""
        return None if self.duration is None else round(self.duration * 1000)

    @property
    def flows(self) -> bool:
        """Whether the sequencer orders it."""
        return self.sort is None and self.sequence.method != "none"

    @property
    def playlists_named(self) -> tuple[str, ...]:
        """The playlists it names in sources, filters and seeds: by name, id or link."""
        sources = (s.reference for s in single_sources(self.source) if isinstance(s, FromPlaylist))
        parts = self.where.every()
        filters = (name for part in parts for name in (*part.in_playlist, *part.not_in_playlist))
        seeds = (s.removeprefix(PLAYLIST).strip() for s in self.seeds if s.startswith(PLAYLIST))
        return tuple(dict.fromkeys((*sources, *filters, *seeds)))

    @property
    def genres_weighed(self) -> tuple[str, ...]:
        """The names of the genres that its score weighs."""
        weights = self.score.get(GENRE)
        return tuple(weights) if isinstance(weights, Mapping) else ()

    @property
    def uses_genres(self) -> bool:
        """Whether genres bear on what is chosen."""
        sources = single_sources(self.source)
        filtered = any(part.genre or part.not_genre for part in self.where.every())
        drawn = any(isinstance(source, OfGenre) for source in sources)
        weighed = GENRE in self.score or self.many_genres
        return filtered or drawn or weighed or self.max_per_genre is not None

    def settled(self) -> Recipe:
        """The recipe with its id, and the defaults that depend on what else it says."""
        write = self.write
        if self.length is not None and "min_tracks" not in write.model_fields_set:
            # The default guard must not stand in the way of a playlist that is meant to be short.
            fewest = min(write.min_tracks, self.length)
            write = write.model_copy(update={"min_tracks": fewest})
        values = {name: getattr(self, name) for name in Recipe.model_fields}
        own = {"id": self.id or recipe_id_for(self.name), "write": write}
        return Recipe.model_construct(**values | own)


def recipe_id_for(name: str) -> str:
    """The id of a recipe that was given none, made from its name: "Slow Sunday" → "slow-sunday".

    A name that loses something on the way to plain letters gets a short hash, so that two
    different names do not meet in one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    slug = "-".join(words)
    lossless = re.fullmatch(r"[A-Za-z0-9 _.,'&!-]+", name) is not None
    if lossless and 0 < len(slug) <= _LONGEST_ID:
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = slug[: _LONGEST_ID - 9].strip("-")
    return f"{head}-{digest}" if head else digest


def in_building_order(recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """Order recipes so that each comes after those it draws on, else as they were given.

    A recipe that names another's playlist comes after it too, where that makes no circle.

    In the answer every `FromRecipe` refers by id, whether it was written with a name or an id.
    Raises RecipeError for a reference to no recipe, to several of one name, or around a cycle,
    which it names.
    """
    resolved = {
        recipe.id: recipe.model_copy(
            update={
                "source": replaced(recipe.source, partial(_by_id, recipe=recipe, recipes=recipes))
            }
        )
        for recipe in recipes
    }
    draws = {recipe.id: recipes_named(recipe.source) for recipe in resolved.values()}
    names = {name_key(recipe.name): recipe.id for recipe in recipes}
    also = {recipe.id: _by_playlist(recipe, names) for recipe in recipes}
    try:
        sorter = _sorter({identity: (*draws[identity], *also[identity]) for identity in draws})
    except CycleError:  # what a name means is left to what the account has
        sorter = _sorted_or_refused(draws, resolved)
    place = {recipe.id: index for index, recipe in enumerate(recipes)}
    order: list[Recipe] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        order.extend(resolved[identity] for identity in ready)
        sorter.done(*ready)
    return tuple(order)


def _by_playlist(recipe: Recipe, names: Mapping[str, str]) -> tuple[str, ...]:
    """The other recipes whose playlists a recipe names as any playlist."""
    found = (names.get(name_key(name)) for name in recipe.playlists_named)
    return tuple(each for each in found if each is not None and each != recipe.id)


def _sorter(draws: Mapping[str, tuple[str, ...]]) -> TopologicalSorter[str]:
    sorter = TopologicalSorter(draws)
    sorter.prepare()
    return sorter


def _sorted_or_refused(
    draws: Mapping[str, tuple[str, ...]], resolved: Mapping[str, Recipe]
) -> TopologicalSorter[str]:
    try:
        return _sorter(draws)
    except CycleError as error:
        names = [resolved[identity].name for identity in reversed(error.args[1])]
        raise RecipeError(
            f"recipes draw on each other in a circle: {' → '.join(names)} "
            "(each draws on the next); take one `recipe:` source out"
        ) from error


def _by_id(source: Source, recipe: Recipe, recipes: Sequence[Recipe]) -> Source:
    if not isinstance(source, FromRecipe):
        return source
    wanted = source.reference
    found = [other for other in recipes if other.id == wanted]
    found = found or [other for other in recipes if other.name == wanted]
    found = found or [other for other in recipes if name_key(other.name) == name_key(wanted)]
    if len(found) == 1:
        return FromRecipe(found[0].id)
    if found:
        raise RecipeError(
            f"“{recipe.name}” draws on the recipe “{wanted}”, of which there are several"
        )
    known = ", ".join(f"“{other.name}”" for other in recipes if other.id != recipe.id) or "none"
    raise RecipeError(
        f"“{recipe.name}” draws on the recipe “{wanted}”, which does not exist; others: {known}"
    )


def seed_for(recipe_id: str, period_start: datetime) -> int:
    """The seed of a recipe's refresh in a period, the same on every machine.

    It is 0 to 2⁵³ − 1, so that every JSON reader keeps it exactly.
    """
    text = f"{recipe_id}\n{int(period_start.timestamp())}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 11
