"""What the service and a job's process say to each other: one JSON object a line.

The service writes one `Request` and keeps the pipe open; the job writes progress and, as its last
line, its outcome. No secret is in either, nor in the process's arguments: a job reads the login
from the state itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from segued.config.schedule.timetable import Kind
from segued.notify import Message
from segued.schedule.policy import Outcome

LogStyle = Literal["text", "json", "journal"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a job is to do. `names` are recipe ids, for a refresh; `reason` goes into the history.

    `config_text` is the configuration as it was checked, `config_source` its file and `sets` what
    was set besides, as KEY=VALUE. A job `by_hand` runs whether due or not, a learning `again` even
    where nothing changed; `now` is the time by its caller's clock, None for this machine's.
    A "message" is sent, and needs nothing else.
    """

    kind: Kind | Literal["message"]
    names: tuple[str, ...]
    reason: str
    config_text: str
    config_source: str
    wait_seconds: float = 30.0
    most_seconds: float | None = None
    memory_mib: int | None = None
    log: LogStyle = "text"
    log_level: int = 20
    sets: tuple[str, ...] = ()
    by_hand: bool = False
    again: bool = False
    seed: int | None = None
    now: datetime | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage of a job is."""

    stage: str
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a job writes: progress, or at its end the outcome."""

    progress: Progress | None = None
    outcome: Outcome | None = None


_REQUEST = TypeAdapter(Request)
_LINE = TypeAdapter(Line)


def write_request(request: Request) -> bytes:
    """A request as a line."""
    return _REQUEST.dump_json(request) + b"\n"


def read_request(line: bytes) -> Request:
    """A request from its line. Raises ValueError."""
    return _REQUEST.validate_json(line)


def write_line(line: Line) -> bytes:
    """A job's line."""
    return _LINE.dump_json(line, exclude_none=True) + b"\n"


def read_line(line: bytes) -> Line:
    """A job's line. Raises ValueError."""
    return _LINE.validate_json(line)
