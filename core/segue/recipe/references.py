"""Which recipes draw on which: the order they are built in, and what a reference means; what a
playlist's table comes to in each of its variants; trials of new songs: how many a list holds, what
lets one stay, and where it goes then; and how a list is written, or archived year by year."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from graphlib import CycleError, TopologicalSorter
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from segue.errors import RecipeError
from segue.names import LONGEST_ID, name_key
from segue.recipe.source_text import recipes_named, replaced
from segue.recipe.sources import FromRecipe, Source
from segue.recipe.types import Count, Cover, Description, PlaylistId, Section, Share, option
from segue.recipe.values import LABELS, PLAYLIST, Label, named_in, read_seconds

if TYPE_CHECKING:
    from segue.recipe.recipe import Recipe


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


Table = Mapping[str, Any]
Place = tuple[str | int, ...]


def forms_of(table: Table) -> Iterator[tuple[Place, Table, Table]]:
    """A playlist's table as it is written, and that of each of its variants: where it stands, what
    it says itself, and the whole of what then holds."""
    yield (), {}, table
    variants, experiment = table.get("when"), table.get("experiment")
    listed = variants if isinstance(variants, list) else []
    parts: dict[Place, object] = {("when", number): part for number, part in enumerate(listed)}
    if isinstance(experiment, dict):
        parts |= {("experiment", key): experiment.get(key) for key in LABELS}
    other = {"length": "duration", "duration": "length"}
    for place, part in parts.items():
        if isinstance(part, dict):
            said = {key: value for key, value in part.items() if key not in ("on", "month")}
            gone = {"experiment", *(other[size] for size in other if size in said)}
            yield place, part, {k: v for k, v in table.items() if k not in gone} | said


def experiment_mistakes(table: Table) -> Iterator[tuple[Place, str, str]]:
    """Why the experiment of a playlist's table compares nothing: where in it, why, what to do."""
    section = table.get("experiment")
    if not isinstance(section, dict):
        return
    of, a, b = (section.get(key) for key in ("of", *LABELS))
    if of and b:
        yield ("experiment", "b"), "of says already what variant B is.", "Keep one of the two."
    elif not of and a and a == b:
        hint = 'Say of = "order", or what B has otherwise, like b = { length = 20 }.'
        yield ("experiment",), "its two variants are the same.", hint
    if of == "length" and not {"length", "duration"} & set(table):
        yield ("experiment", "of"), "the recipe has no length to halve.", "Give it one."
    if of == "score" and not table.get("score"):
        yield ("experiment", "of"), "the recipe weighs no score.", "Give it [playlist.score]."
    if of == "order" and "sort" in table:
        yield (
            ("experiment", "of"),
            "sort puts the list in order: there is no other.",
            "Take sort out.",
        )


def drawn(recipe_id: str, key: str, period: str) -> Label:
    """The variant of a period: a coin by the recipe, the experiment's `key` and the period."""
    digest = blake2b(f"{recipe_id}\n{key}\n{period}".encode(), digest_size=1).digest()
    return LABELS[digest[0] & 1]


LIKED = "liked"
_KEEP = re.compile(r"(liked|played again)(?:\s+within\s+(.+))?", re.IGNORECASE)
_USUAL_SECONDS = 21 * 86_400.0


@dataclass(frozen=True, slots=True)
class KeepIf:
    """What lets a song stay: that it is liked, or played again too, and within how many seconds."""

    again: bool
    seconds: float

    @property
    def span(self) -> timedelta:
        """How long a trial lasts."""
        return timedelta(seconds=self.seconds)


def read_keep_if(text: str) -> KeepIf:
    """Read "liked" or "played again", each with or without "within 21 days"."""
    found = _KEEP.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is neither "liked" nor "played again within 21 days"')
    seconds = read_seconds(found[2]) if found[2] else _USUAL_SECONDS
    return KeepIf(found[1].casefold() != LIKED, seconds)


def _keep_if(text: str) -> str:
    read_keep_if(text)
    return text


def _graduate(text: str) -> str:
    if text not in ("", LIKED) and not text.removeprefix(PLAYLIST).strip():
        raise ValueError(f'{text!r} names no playlist; write "playlist:NAME", or "liked"')
    if text not in ("", LIKED) and not text.startswith(PLAYLIST):
        raise ValueError(f'{text!r} is neither "liked" nor "playlist:NAME"')
    return text


class Discover(Section):
    """New songs on trial: those heard again or liked stay, the others leave for a year."""

    new: Count = option(10, "how many new songs are on trial at once")
    keep_if: Annotated[str, AfterValidator(_keep_if)] = option(
        "played again within 21 days",
        'what lets a song stay, within how long; with "liked", only that does',
    )
    graduate: Annotated[str, AfterValidator(_graduate)] = option(
        "",
        'where a song goes that stays: "liked", "playlist:NAME"; by default it stays in the list',
    )

    @property
    def rule(self) -> KeepIf:
        """What lets a song stay."""
        return read_keep_if(self.keep_if)


Outcome = Literal["trying", "kept", "left"]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A song that a list brought in: by which engine, and since when (UTC) it is on trial.

    `ended_at` is when it stayed or left; `graduated` whether it went where songs go that stay.
    """

    track_id: str
    brought_by: str
    since: datetime
    outcome: Outcome = "trying"
    ended_at: datetime | None = None
    graduated: bool = False


class WritePolicy(Section):
    """What a refresh may do to the playlist on the account."""

    mode: Literal["replace", "append", "rotate", "archive"] = option(
        "replace",
        "make the list anew, add at the end, exchange the oldest, or add at the end of a list that "
        "each year has of its own",
    )
    per: Literal["year", "month"] = option("year", "how long mode = archive adds to one list")
    rotate: Count = option(10, "how many tracks mode = rotate exchanges")
    playlist_id: PlaylistId | None = option(None, "write to this existing playlist, by id or link")
    adopt: bool = option(False, "take over a playlist that Segue did not create")
    public: bool = option(False, "show a newly created playlist on your profile")
    description: Description = option("", "the playlist's description")
    cover: Cover | None = option(None, "the cover: flow draws it from the list, or an image's file")
    min_tracks: Annotated[int, Field(ge=0, le=10_000)] = option(
        5, "refuse to leave fewer tracks than this"
    )
    max_shrink: Share = option(0.5, "refuse to take away more than this share of the last version")
    respect_edits: bool = option(True, "keep what you add by hand, leave out what you remove")

    @property
    def grows(self) -> bool:
        """Whether tracks are only ever added, at the end."""
        return self.mode in ("append", "archive")

    def archive_id(self, recipe_id: str, moment: datetime) -> str:
        """The id under which an archive is known in the year or month of a moment on the clock on
        the wall; any other recipe keeps its own."""
        if self.mode != "archive":
            return recipe_id
        when = f"{moment:%Y}" if self.per == "year" else f"{moment:%Y-%m}"
        return f"{recipe_id[: LONGEST_ID - len(when) - 1]}-{when}"

    def is_archive_id(self, known_id: str, recipe_id: str) -> bool:
        """Whether an id is one that an archive has in some year or month."""
        when = r"\d{4}" if self.per == "year" else r"\d{4}-\d\d"
        head = re.escape(recipe_id[: LONGEST_ID - (5 if self.per == "year" else 8)])
        return self.mode == "archive" and re.fullmatch(f"{head}-{when}", known_id) is not None


def archived(said: Collection[str]) -> dict[str, object]:
    """What an archive has where its recipe says nothing: all as it stands in its source today."""
    ordered = {"sort", "sequence", "score"}.intersection(said)
    sort = {} if ordered else {"sort": "source"}
    return sort | ({} if "freshness" in said else {"freshness": 0.0})


def archive_mistakes(table: Table) -> Iterator[tuple[Place, str, str]]:
    """Why an archive cannot begin a list of its own each year: where in it, why, what to do."""
    write = table.get("write")
    if not isinstance(write, dict) or write.get("mode") != "archive":
        return
    name, per = table.get("name"), write.get("per", "year")
    wanted = ("year", "month") if per == "month" else ("year",)
    named = named_in(name) if isinstance(name, str) else ()
    if isinstance(name, str) and "date" not in named and not set(wanted) <= set(named):
        signs = "-".join(f"{{{each}}}" for each in wanted)
        hint = f'Write it like name = "{name.strip()} {signs}".'
        yield ("name",), f"each {per} begins a playlist, and all would have this name.", hint
    if "playlist_id" in write:
        hint = "Take it out; mode = append adds to one playlist for good."
        yield ("write", "playlist_id"), "an archive makes its own playlists.", hint
