"""Everything the service does by the clock, as one table: a line for each schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segued.config.schedule.rules import Schedule, read_schedule
from segued.config.schema import Settings

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
