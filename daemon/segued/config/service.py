"""The sections of the service: its page and jobs, its schedules, and who is notified."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from segue.recipe.types import Seconds, Section, option
from segue.recipe.values import Mistake, refuse
from segued.config.schedule.rules import read_schedule
from segued.config.secrets import ip

Event = Literal["changed", "failed", "refused", "login", "recovered"]
EVENTS: tuple[Event, ...] = ("changed", "failed", "refused", "login", "recovered")


def _schedule(value: str) -> str:
    if value:
        read_schedule(value)
    return value


IpAddress = Annotated[str, AfterValidator(ip)]
ScheduleText = Annotated[str, AfterValidator(_schedule)]


class ServiceSection(Section):
    """How the service works."""

    watch: bool = option(False, "read this file again by itself when it changes")
    log: Literal["auto", "text", "json"] = option(
        "auto", "auto gives priorities to systemd's journal and plain text elsewhere"
    )
    status_port: Annotated[int, Field(ge=0, le=65535)] = option(
        0, "serve the page, /healthz and /metrics on this port; 0 does not"
    )
    listen: IpAddress = option(
        "127.0.0.1", "the address they are served on; one that others see needs a password"
    )
    page_password: str = option(
        "", 'the password of the page, best as "env:NAME", "file:PATH" or "credential:NAME"'
    )
    page_hosts: list[str] = Field(
        default_factory=list,
        description="names that browsers may call the page by, such as that of a reverse proxy",
    )
    job_time: Seconds = option(3600.0, "a job that takes longer is ended and counts as failed")
    job_memory_mib: Annotated[int, Field(ge=512, le=1_048_576)] = option(
        6144, "how much memory a job may take"
    )

    @model_validator(mode="after")
    def _password_beyond_this_machine(self) -> Self:
        if not ipaddress.ip_address(self.listen).is_loopback and not self.page_password:
            raise refuse(
                Mistake(
                    ("listen",),
                    f"{self.listen} is seen by other machines, and there is no page_password.",
                    'Set page_password = "file:PATH", or listen = "127.0.0.1".',
                )
            )
        return self


class EarsSection(Section):
    """Plays as they happen, from Spotify's own headless player on this machine."""

    soloist: str = option(
        "", "the address that Soloist's --ws names, or the data folder where it wrote it"
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
