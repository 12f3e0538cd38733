"""The sections on the service: what it does by itself, and whom it notifies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from segue.recipe.types import Seconds, Section, option
from segued.config.schedule.rules import read_schedule

Event = Literal["changed", "failed", "refused", "login", "recovered"]
EVENTS: tuple[Event, ...] = ("changed", "failed", "refused", "login", "recovered")


def _schedule(value: str) -> str:
    if value:
        read_schedule(value)
    return value


ScheduleText = Annotated[str, AfterValidator(_schedule)]


class ServiceSection(Section):
    """How the service works."""

    watch: bool = option(False, "read this file again by itself when it changes")
    log: Literal["auto", "text", "json"] = option(
        "auto", "auto gives priorities to systemd's journal and plain text elsewhere"
    )
    status_port: Annotated[int, Field(ge=0, le=65535)] = option(
        0, "serve /healthz and /metrics on this port of 127.0.0.1; 0 does not"
    )
    job_time: Seconds = option(3600.0, "a job that takes longer is ended and counts as failed")
    job_memory_mib: Annotated[int, Field(ge=512, le=1_048_576)] = option(
        6144, "how much memory a job may take"
    )


class SchedulesSection(Section):
    """When the service does what belongs to no single playlist. Empty text: by hand only."""

    sync: ScheduleText = option("every 30 minutes", "when the account is read")
    enrich: ScheduleText = option("every 3 hours", "when features and lyrics are looked up")
    enrich_time: Seconds = option(600.0, "how long one such look-up goes on at most")
    learn: ScheduleText = option(
        "@daily", "when it is looked whether to learn anew, as [learn] every says"
    )


class NotifySection(Section):
    """Who is notified of what."""

    apprise_urls: list[str] = Field(
        default_factory=list,
        description='Apprise URLs, best as "env:NAME", "file:PATH" or "credential:NAME"',
    )
    events: list[Event] = Field(
        default=["failed", "refused", "login", "recovered"],
        description=f"which events are sent, of {', '.join(EVENTS)}",
    )
    most_an_hour: Annotated[int, Field(ge=1, le=1000)] = option(6, "the most messages in an hour")
