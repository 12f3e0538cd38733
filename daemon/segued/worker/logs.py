"""Logs of the service and its jobs: for people, for systemd's journal, or as JSON."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import orjson

from segued.config.secrets import Redacting, printable, quiet_libraries
from segued.worker.messages import LogStyle

# sd-daemon(3): a line that begins with <n> has the syslog priority n.
_PRIORITIES = (
    (logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6)
)  # fmt: skip


class JournalFormatter(Redacting):
    """Every line begins with its priority, those of a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with `<n>` before each line."""
        found = (number for level, number in _PRIORITIES if record.levelno >= level)
        priority = next(found, 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what a call gives as `extra={"segue": {…}}` becomes keys of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object, secrets taken out of every text."""
        extra = getattr(record, "segue", {})
        document = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **extra,
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        clean = {
            key: printable(value) if isinstance(value, str) else value
            for key, value in document.items()
        }
        return orjson.dumps(clean, default=str).decode()


def style_for(wanted: Literal["auto", "text", "json"], environ: Mapping[str, str]) -> LogStyle:
    """How logs are written: under systemd, which sets JOURNAL_STREAM, "auto" is its journal."""
    if wanted == "auto":
        return "journal" if "JOURNAL_STREAM" in environ else "text"
    return wanted


def begin_logging(style: LogStyle, level: int) -> None:
    """Send logs to stderr in one style."""
    handler = logging.StreamHandler(sys.stderr)
    formatters: dict[LogStyle, logging.Formatter] = {
        "text": Redacting("%(asctime)s %(levelname)s %(message)s"),
        "journal": JournalFormatter("%(message)s"),
        "json": JsonFormatter(),
    }
    handler.setFormatter(formatters[style])
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(level)
    quiet_libraries(level)
    # It warns of a run that is still going on when the next is due; ours is then owed.
    logging.getLogger("apscheduler").setLevel(max(level, logging.ERROR))
