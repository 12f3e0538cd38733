"""A recipe: what somebody wants a playlist to be. Sources, filters, size, score, order, writing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Literal, get_type_hints

from pydantic import Field, PrivateAttr, create_model

from segue.names import month_words, recipe_id_for, spotify_id
from segue.recipe.references import Discover, WritePolicy, archived
from segue.recipe.sections import SequenceSettings, Where
from segue.recipe.source_text import single_sources
from segue.recipe.sources import FromPlaylist, OfGenre
from segue.recipe.types import (
    GENRE,
    LIKE_SOUND,
    Count,
    Months,
    Name,
    ScoreWeights,
    Seconds,
    Section,
    Seeds,
    Share,
    SourceValue,
    WeekTimes,
    option,
)
from segue.recipe.values import LABELS, PLAYLIST, Label, named_in

Sort = Literal[
    "added", "title", "artist", "album", "release", "tempo", "duration", "plays", "popularity",
    "source",
]  # fmt: skip
"""What a list may be sorted by; "source" is the order in which the sources give their tracks."""


class When(Section):
    """When a variant holds: at one of `on`, in one of the months."""

    on: WeekTimes = option((), 'in these days and hours, like "sat-sun" or "22:00-05:00"')
    month: Months = option((), 'in these months, like "jun-aug"')

    def holds(self, moment: datetime) -> bool:
        """Whether it is its time, by the clock on the wall."""
        in_month = not self.month or moment.month in self.month
        return in_month and (not self.on or any(time.holds(moment) for time in self.on))

    @property
    def text(self) -> str:
        """Its times, as they are read."""
        return " in ".join(
            filter(None, (", ".join(time.text for time in self.on), month_words(self.month)))
        )


class Recipe(Section):
    """What somebody wants a playlist to be.

    `id` is stable while `name` may change. Of `length` (tracks) and `duration` (seconds) at most
    one is set; with neither, everything that passes the filter is taken. `score` weighs the
    scorers by name; `seeds` are what its models start from: "title - artist", a track's URI, or
    "playlist:" and a name. `freshness` (0..1) is how strongly tracks of earlier periods' versions
    step back, by half where nobody got to them. `missing` says what becomes of a recipe that names
    what cannot be found.
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
    score: ScoreWeights = Field(
        default_factory=dict,
        description="what makes a track come first, by weight; a negative one turns it round",
    )
    sort: Sort | None = option(None, "sort the list by this, instead of the order of [sequence]")
    descending: bool = option(False, "sort the other way round, the latest or longest first")
    sequence: SequenceSettings = Field(default_factory=SequenceSettings, description="the order")
    write: WritePolicy = Field(default_factory=WritePolicy, description="the writing")
    when: tuple[Variant, ...] = Field(
        default=(), strict=False, description="variants; the first whose time it is holds"
    )
    discover: Discover | None = option(None, "new songs on trial, of those the sources give")
    experiment: Experiment = Field(
        default_factory=lambda: Experiment(), description="two variants, one of them in each period"
    )
    _base: Recipe | None = PrivateAttr(None)
    _variant: str = PrivateAttr("")

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
    def sound_texts(self) -> tuple[str, ...]:
        """The texts that its score compares the sound of tracks with."""
        weights = self.score.get(LIKE_SOUND)
        named = weights if isinstance(weights, Mapping) else {}
        return tuple(text for text in named if spotify_id(text, "track") is None)

    @property
    def uses_genres(self) -> bool:
        """Whether genres bear on what is chosen."""
        sources = single_sources(self.source)
        filtered = any(part.genre or part.not_genre for part in self.where.every())
        drawn = any(isinstance(source, OfGenre) for source in sources)
        weighed = GENRE in self.score or self.many_genres
        weighed = weighed or "top_genre" in named_in(f"{self.name} {self.write.description}")
        return filtered or drawn or weighed or self.max_per_genre is not None

    @property
    def base(self) -> Recipe:
        """The recipe as it is written, whichever of its variants this is."""
        return self._base or self

    @property
    def variant(self) -> str:
        """The times of the variant that this is; empty where it is none."""
        return self._variant

    @property
    def forms(self) -> tuple[Recipe, ...]:
        """The recipe, and each of its variants."""
        tried = LABELS if self.experiment.differs else ()
        return (self, *(self._as(v) for v in self.when), *(self.tried(label) for label in tried))

    def at(self, moment: datetime) -> Recipe:
        """What holds at a moment on the clock on the wall: the first variant whose time it is, else
        the recipe itself."""
        holding = next((variant for variant in self.when if variant.holds(moment)), None)
        return self if holding is None else self._as(holding)

    def tried(self, label: Label) -> Recipe:
        """The recipe as a period has it that has this variant of its experiment."""
        return self._as(self.experiment.variant(label, self))

    def _as(self, variant: Variant) -> Recipe:
        """The recipe with what a variant says in the place of what it says itself."""
        said = [name for name in VARIED if name in variant.model_fields_set]
        changes = {name: getattr(variant, name) for name in said}
        for size, other in (("length", "duration"), ("duration", "length")):
            if size in changes:
                changes.setdefault(other, None)
        varied = self.model_copy(update=changes)
        varied._base = self.base  # noqa: SLF001 - it is one of its own
        varied._variant = variant.text or self._variant  # noqa: SLF001
        return varied

    def settled(self) -> Recipe:
        """The recipe with its id, and the defaults that depend on what else it says."""
        write = self.write
        lengths = [form.length for form in self.forms if form.length is not None]
        if lengths and "min_tracks" not in write.model_fields_set:
            # The default guard must not stand in the way of a playlist that is meant to be short.
            write = write.model_copy(update={"min_tracks": min(write.min_tracks, *lengths)})
        values = {name: getattr(self, name) for name in Recipe.model_fields}
        if write.mode == "archive":
            values |= archived(self.model_fields_set)
            if "min_tracks" not in write.model_fields_set:
                write = write.model_copy(update={"min_tracks": 1})  # it takes nothing away
        own = {"id": self.id or recipe_id_for(self.name), "write": write}
        return Recipe.model_construct(**values | own)

    def dated(self, moment: datetime) -> Recipe:
        """An archive as that of a moment's year or month on the clock on the wall, under an id of
        its own: so each has its own playlist. Any other recipe is as it is."""
        own = self.write.archive_id(self.id, moment)
        return self if own == self.id else self.model_copy(update={"id": own})

    def is_earlier_archive(self, known_id: str | None) -> bool:
        """Whether `known_id` is that of the same archive in a later year or month; this one is
        `dated`."""
        base = self.id.rpartition("-")[0] if self.write.per == "year" else self.id[:-8]
        return known_id is not None and (
            self.write.is_archive_id(known_id, base) and self.id < known_id
        )


VARIED = (
    *("source", "where", "seeds", "length", "duration", "max_per_artist", "max_per_album"),
    *("max_per_genre", "many_genres", "unique_recordings", "freshness", "score"),
    *("sort", "descending", "sequence"),
)
"""What a variant may say in the place of its recipe."""


if TYPE_CHECKING:

    class Variant(When):
        """What holds at its times in the place of what its recipe says."""

else:
    _types = get_type_hints(
        Recipe, localns={"Variant": object, "Experiment": object}, include_extras=True
    )
    Variant = create_model(
        "Variant",
        __base__=When,
        **{
            name: (
                _types[name] | None,
                Field(default=None, alias=info.alias, description=info.description),
            )
            for name, info in Recipe.model_fields.items()
            if name in VARIED
        },
    )


class Experiment(Section):
    """Two variants of a recipe: which one a period gets is a coin, kept hidden until the verdict.

    A is the recipe as it is, unless `a` says otherwise. B is what `b` says, or with `of` the
    simplest rival: no order but the score's, no score but chance, half the length.
    """

    of: Literal["order", "score", "length"] | None = option(
        None,
        "compare the recipe's order, score or length with none, or with half of it; in its place "
        "the tables a and b may say what either has otherwise, as [[playlist.when]] does",
    )
    a: Variant = Field(default_factory=Variant, description="what variant A has otherwise")
    b: Variant = Field(default_factory=Variant, description="what variant B has otherwise")

    @property
    def differs(self) -> bool:
        """Whether there is anything to compare."""
        return self.of is not None or self.a != self.b

    def variant(self, label: Label, recipe: Recipe) -> Variant:
        """What a variant of a recipe has otherwise."""
        if label == "a" or self.of is None:
            return self.a if label == "a" else self.b
        rivals: dict[str, dict[str, object]] = {
            "order": {"sequence": recipe.sequence.model_copy(update={"method": "none"})},
            "score": {"score": {}},
            "length": {"length": max((recipe.length or 2) // 2, 1)}
            if recipe.duration is None
            else {"duration": recipe.duration / 2},
        }
        return Variant().model_copy(update=rivals[self.of])


Recipe.model_rebuild()


def seed_for(recipe_id: str, period_start: datetime) -> int:
    """The seed of a recipe's refresh in a period, the same on every machine.

    It is 0 to 2⁵³ − 1, so that every JSON reader keeps it exactly.
    """
    text = f"{recipe_id}\n{int(period_start.timestamp())}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 11
