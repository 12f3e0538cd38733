"""The `[learn]` section: what is learned from the user's own library, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from segue.models.learners import LEARNERS
from segue.recipe.types import Seconds, Section, option

if TYPE_CHECKING:
    LearnerName = str
else:
    LearnerName = Literal[tuple(LEARNERS)]

WEEK_SECONDS = 7 * 86400.0


class LearnSection(Section):
    """What is learned. Nothing leaves the machine."""

    enabled: bool = option(False, "learn from your library; without, recipes use plain facts only")
    learners: list[LearnerName] = Field(
        default=list(LEARNERS), description="which learners are trained"
    )
    forced: list[LearnerName] = Field(
        default_factory=list,
        description="used even where they do no better than their baseline on your library",
    )
    every: Seconds = option(WEEK_SECONDS, "how often it is learned anew, where anything changed")
    effort: Annotated[float, Field(gt=0, le=1)] = option(
        1.0, "a smaller part of the training trades some quality for time"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = option(
        "auto", "where torch runs; auto is a GPU if there is one"
    )
    memory_mib: Annotated[int, Field(ge=512)] = option(4096, "how much memory learning may take")
