"""The `[[playlist]]` section: a recipe, and when the service makes it anew."""

from __future__ import annotations

from segue.recipe.recipe import Recipe
from segue.recipe.section import option
from segue.recipe.types import Seconds
from segued.config.base import Timezone


class PlaylistSection(Recipe):
    """One playlist that Segue keeps."""

    schedule: str | None = option(None, 'crontab, "@daily" or "every 45 minutes"')
    on: list[str] | None = option(None, "times of the week, instead of schedule")
    timezone: Timezone | None = option(None, "the schedule's timezone")
    jitter: Seconds | None = option(None, "the service starts up to this much later than due")
    catch_up: bool = option(True, "make up, once, for runs missed while nothing was running")
