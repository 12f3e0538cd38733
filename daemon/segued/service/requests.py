"""From what is to be run to the request a job's process is given."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from segued.config.schedule.timetable import Kind
from segued.service.configuration import Configuration
from segued.worker.logs import style_for
from segued.worker.messages import Request

LOCK_WAIT_SECONDS = 30.0


def request_for(
    kind: Kind,
    names: tuple[str, ...],
    reason: str,
    configuration: Configuration,
    environ: Mapping[str, str],
) -> Request:
    """The request for a job, by the configuration in force; `names` are ids of recipes."""
    settings = configuration.settings
    return Request(
        kind=kind,
        names=names,
        reason=reason,
        config_text=configuration.text,
        config_source=str(configuration.file),
        wait_seconds=LOCK_WAIT_SECONDS,
        most_seconds=settings.schedules_of.enrich_time if kind == "enrich" else None,
        memory_mib=settings.service.job_memory_mib,
        log=style_for(settings.service.log, environ),
        log_level=logging.getLogger().level,
    )
