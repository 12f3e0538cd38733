"""The configuration a service works by: read again when asked, kept when the new one is wrong.

The request a job's process is given follows from it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from segued.config.load import check, read_text
from segued.config.schema import Settings
from segued.worker.logs import style_for
from segued.worker.messages import JobKind, Request


class Configuration:
    """The text of the configuration as it was last found right, and its settings.

    Jobs are given this text, so that a file that is being edited is not theirs to trip over.
    """

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        """Raises ConfigError."""
        self.file = file
        self._environ = environ
        self._seen = self._signature()
        self.text = read_text(file)
        self.settings: Settings = check(self.text, str(file), environ).settings

    def reload(self) -> bool:
        """Read the file again; whether it says something new.

        Raises ConfigError where it is wrong now; what was known stays in force.
        """
        self._seen = self._signature()
        text = read_text(self.file)
        settings = check(text, str(self.file), self._environ).settings
        if text == self.text:
            return False
        self.text, self.settings = text, settings
        return True

    def changed(self) -> bool:
        """Whether the file was written since it was last read."""
        return self._signature() != self._seen

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


LOCK_WAIT_SECONDS = 30.0


def request_for(
    kind: JobKind,
    names: tuple[str, ...],
    reason: str,
    configuration: Configuration,
    environ: Mapping[str, str],
) -> Request:
    """The request for a job that is due, by the configuration in force; `names` are ids of
    recipes."""
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
