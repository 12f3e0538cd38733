"""The whole configuration, checked: its recipes and schedules, what it has the service do by the
clock, and its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from segue.errors import UsageError
from segue.exchange import Format
from segue.models.learners import SCORE_OF
from segue.names import name_key, nearest
from segue.playlists.score.score import SCORES
from segue.recipe.recipe import Recipe
from segue.recipe.references import LIKED
from segue.recipe.sections import PLAIN_NAMES
from segue.recipe.source_text import single_sources
from segue.recipe.sources import NewReleases
from segue.recipe.types import Seconds, Section, option
from segued.config.schedule.rules import Schedule, day_start, read_schedule
from segued.config.schedule.zone import LOCAL, read_timezone
from segued.config.sections import (
    COVER_SCOPE,
    FOLLOW_SCOPE,
    SAVE_SCOPE,
    CoverageSection,
    DiscoverSection,
    EnrichSection,
    FeaturesSection,
    LearnSection,
    LyricsSection,
    NeverSection,
    ScrobblesSection,
    SoundSection,
    SpotifySection,
    SyncSection,
    TagsSection,
    Timezone,
)
from segued.config.service import EarsSection, NotifySection, SchedulesSection, ServiceSection


class Settings(Section):
    """The whole configuration."""

    timezone: Timezone = Field(
        LOCAL,
        description="the timezone of schedules and days; local is this machine's",
        validate_default=True,
    )
    spotify: SpotifySection = Field(default_factory=SpotifySection, description="Spotify")
    sync: SyncSection = Field(default_factory=SyncSection, description="reading the account")
    features: FeaturesSection = Field(
        default_factory=FeaturesSection, description="audio features of tracks"
    )
    lyrics: LyricsSection = Field(default_factory=LyricsSection, description="lyrics of tracks")
    sound: SoundSection = Field(
        default_factory=SoundSection, description="the sound of your own files"
    )
    tags: TagsSection = Field(default_factory=TagsSection, description="genres of tracks")
    scrobbles: ScrobblesSection = Field(
        default_factory=ScrobblesSection, description="plays from where you scrobble"
    )
    never: NeverSection = Field(
        default_factory=NeverSection, description="what stays out of every playlist"
    )
    discover: DiscoverSection = Field(
        default_factory=DiscoverSection, description="new music from beyond the account"
    )
    enrich: EnrichSection = Field(
        default_factory=EnrichSection, description="how much is looked up at once"
    )
    coverage: CoverageSection = Field(
        default_factory=CoverageSection, description="that every liked song returns in time"
    )
    learn: LearnSection = Field(
        default_factory=LearnSection, description="what is learned from your library"
    )
    service: ServiceSection = Field(default_factory=ServiceSection, description="the service")
    schedules_of: SchedulesSection = Field(
        default_factory=SchedulesSection,
        alias="schedules",
        description="what the service does beside playlists",
    )
    ears: EarsSection = Field(default_factory=EarsSection, description="plays as they happen")
    notify: NotifySection = Field(
        default_factory=NotifySection, description="who is notified of what"
    )
    playlist: list[PlaylistSection] = Field(
        default_factory=list, description="the playlists that Segue keeps"
    )

    @cached_property
    def playlists(self) -> tuple[Recipe, ...]:
        """The recipes, in the order they are written."""
        return tuple(section.settled() for section in self.playlist)

    @cached_property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedule of every recipe that has one, by recipe id."""
        pairs = zip(self.playlists, self.playlist, strict=True)
        found = ((recipe.id, self._schedule(section)) for recipe, section in pairs)
        return {recipe_id: schedule for recipe_id, schedule in found if schedule is not None}

    @cached_property
    def looks_for_releases(self) -> bool:
        """Whether a recipe draws on new releases."""
        sources = (form.source for recipe in self.playlists for form in recipe.forms)
        return any(isinstance(leaf, NewReleases) for s in sources for leaf in single_sources(s))

    @property
    def more_scopes(self) -> tuple[str, ...]:
        """What a login is to allow beyond what Segue always needs."""
        covers = any(each.write.cover is not None for each in self.playlists)
        follows = self.looks_for_releases and "followed" in self.discover.artists
        likes = any(each.discover and each.discover.graduate == LIKED for each in self.playlists)
        wanted = {COVER_SCOPE: covers, FOLLOW_SCOPE: follows, SAVE_SCOPE: likes}
        return tuple(filter(wanted.get, wanted))

    @cached_property
    def exports(self) -> Mapping[str, ExportSection]:
        """Where each recipe that says so is exported to, by recipe id."""
        pairs = zip(self.playlists, self.playlist, strict=True)
        return {recipe.id: each.export for recipe, each in pairs if each.export is not None}

    def period_start(self, recipe_id: str, now: datetime) -> datetime:
        """When the period of a recipe's schedule that `now` lies in began (UTC).

        Without a schedule the period is the calendar day in the recipe's timezone.
        """
        if recipe_id in self.schedules:
            return self.schedules[recipe_id].period_start(now)
        return day_start(now, self.zone_of(recipe_id))

    def zone_of(self, recipe_id: str) -> tzinfo:
        """The timezone of a recipe's days and hours."""
        pairs = zip(self.playlists, self.playlist, strict=True)
        zone = next((s.timezone for r, s in pairs if r.id == recipe_id), None)
        return read_timezone(zone or self.timezone)

    def _schedule(self, section: PlaylistSection) -> Schedule | None:
        words = section.on if section.on is not None else section.schedule
        return None if words is None else read_schedule(words, section.timezone or self.timezone)


class ExportSection(Section):
    """Where a playlist is written as a file after each refresh, for other players."""

    folder: Annotated[str, Field(min_length=1)] = Field(description="the folder to write to")
    formats: list[Format] = option(["m3u8"], "in which formats: m3u8, jspf, xspf, csv")


class PlaylistSection(Recipe):
    """One playlist that Segue keeps."""

    schedule: str | None = option(None, 'crontab, "@daily" or "every 45 minutes"')
    on: list[str] | None = option(None, "times of the week, instead of schedule")
    timezone: Timezone | None = option(None, "the schedule's timezone")
    jitter: Seconds | None = option(None, "the service starts up to this much later than due")
    catch_up: bool = option(True, "make up, once, for runs missed while nothing was running")
    export: ExportSection | None = option(None, "files for other players")
    coverage: bool = option(True, "take part in the plan of [coverage]")


def select_recipes(recipes: Sequence[Recipe], names: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes of these names or ids, in the order of the configuration; all for no name.

    Names are compared without case. Raises UsageError naming those there are.
    """
    if not recipes:
        raise UsageError(
            "the configuration describes no playlist yet; add a [[playlist]] with `name` and"
            " `from`, or let `segue init` write some to begin with"
        )
    if not names:
        return tuple(recipes)
    chosen = {_one(recipes, name).id for name in names}
    return tuple(recipe for recipe in recipes if recipe.id in chosen)


def _one(recipes: Sequence[Recipe], name: str) -> Recipe:
    wanted = name_key(name)
    for recipe in recipes:
        if wanted in (recipe.id, name_key(recipe.name)):
            return recipe
    known = {key: recipe.name for recipe in recipes for key in (recipe.name, recipe.id)}
    near = nearest(name, known, 0.5)
    if near is not None:
        hint = f'did you mean "{known[near]}"?'
    else:
        hint = "there are " + ", ".join(f'"{recipe.name}"' for recipe in recipes)
    raise UsageError(f'the configuration describes no playlist called "{name}"; {hint}')


def json_schema() -> dict[str, Any]:
    """The schema of `config.toml`, with every key's meaning and default."""
    schema = Settings.model_json_schema(by_alias=True)
    score = schema["$defs"]["PlaylistSection"]["properties"]["score"]
    score["propertyNames"] = {"enum": list(dict.fromkeys((*SCORES, *SCORE_OF)))}
    sequence = schema["$defs"]["SequenceSettings"]["properties"]
    sequence.update({plain: sequence[key] for plain, key in PLAIN_NAMES.items()})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Segue's configuration",
    }


Kind = Literal["sync", "enrich", "learn", "refresh"]

_STANDING: tuple[Kind, ...] = ("sync", "enrich", "learn")
"""The kinds with a schedule of their own in `[schedules]`; a new one is a name here."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One schedule: what it starts, and how.

    `key` names it for good: the kind, or "refresh:" and the recipe's id. `jitter_seconds` is how
    much later than due a run may begin; `catch_up` says whether a run that was missed is made up.
    """

    key: str
    kind: Kind
    name: str
    schedule: Schedule
    recipe_id: str | None = None
    jitter_seconds: float = 0.0
    catch_up: bool = True

    @property
    def needs_login(self) -> bool:
        """Whether a run that goes well proves that the login is good."""
        return self.kind in ("sync", "refresh")

    @property
    def words(self) -> str:
        """The schedule as written, with its timezone: another text is another schedule."""
        return f"{self.schedule.text} ({self.schedule.zone})"


def playlist_key(recipe_id: str) -> str:
    """The key of a playlist's schedule."""
    return f"refresh:{recipe_id}"


def timetable(settings: Settings) -> Mapping[str, Timed]:
    """Every schedule of a configuration, by key: playlists first, in their order."""
    found: dict[str, Timed] = {}
    for recipe, section in zip(settings.playlists, settings.playlist, strict=True):
        schedule = settings.schedules.get(recipe.id)
        if schedule is not None:
            key = playlist_key(recipe.id)
            found[key] = Timed(
                key,
                "refresh",
                recipe.name,
                schedule,
                recipe.id,
                section.jitter or 0.0,
                section.catch_up,
            )
    for kind in _STANDING:
        text: str = getattr(settings.schedules_of, kind)
        if text and (kind != "learn" or settings.learn.enabled):
            found[kind] = Timed(kind, kind, kind, read_schedule(text, settings.timezone))
    return found
