"""A job in a process of its own: what is said to it and by it, one JSON object a line; its start
and its end.

The service writes one `Request` and keeps the pipe open; the job writes progress and, as its last
line, its outcome. No secret is in either, nor in the process's arguments: a job reads the login
from the state itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import orjson
from pydantic import TypeAdapter

from segue.progress import Progress as OnProgress
from segued.config.schema import Kind
from segued.config.secrets import Redacting, printable, quiet_libraries
from segued.notify import Message
from segued.schedule.policy import Outcome, Result

LogStyle = Literal["text", "json", "journal"]

JobKind = Kind | Literal["undo", "release"]
"""What the service does by the clock, and what is only done by hand."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a job is to do. `names` are recipe ids, for a refresh, an undo (which brings back
    `version`, or the latest that differs) or a release; `reason` goes into the history.

    `config_text` is the configuration as it was checked, `config_source` its file and `sets` what
    was set besides, as KEY=VALUE. A job `by_hand` runs whether due or not, a learning `again` even
    where nothing changed; `now` is the time by its caller's clock, None for this machine's.
    A "message" is sent, and needs nothing else.
    """

    kind: JobKind | Literal["message"]
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
    version: str | None = None


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


log = logging.getLogger(__name__)

STOP_SECONDS = 9.0
"""A job that was asked to end is killed after this; it leaves by itself two seconds before."""

# The hub's library writes to stderr by itself, past our log and its priorities. Threads that wait
# for each other's small sums must not keep a core busy.
_FOR_JOBS = {
    "HF_HUB_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
# A job must not speak for the service to systemd.
_NOT_FOR_JOBS = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})


def environment_of_jobs(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that a job's process is given."""
    kept = {name: value for name, value in environ.items() if name not in _NOT_FOR_JOBS}
    return _FOR_JOBS | kept


def start(request: Request, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the process of a job, which waits for its request. Raises OSError."""
    return subprocess.Popen(
        [sys.executable, "-m", "segued.worker.child", request.kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        start_new_session=True,  # a Ctrl-C in a terminal is its parent's to handle
        close_fds=True,
    )


def listen(
    process: subprocess.Popen[bytes], request: Request, tell: Callable[[Progress], None]
) -> Outcome | None:
    """Hand over the request and listen until the process has ended; None where it said nothing."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(write_request(request))
        process.stdin.flush()
    outcome: Outcome | None = None
    for line in process.stdout:
        try:
            message = read_line(line)
        except ValueError:
            log.warning("a job wrote a line that is not understood; it was passed over")
            continue
        outcome = message.outcome or outcome
        if message.progress is not None:
            tell(message.progress)
    process.wait()
    with contextlib.suppress(ProcessLookupError):  # what a killed job had started itself
        os.killpg(process.pid, signal.SIGKILL)
    return outcome


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a job to end, and kill it where it does not; returns when it is gone or killed."""
    process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while process.poll() is None:
        if time.monotonic() > deadline:
            log.warning("a job did not end by itself and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return
        time.sleep(0.02)


def close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes to a process."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def run_job(request: Request, environ: Mapping[str, str], progress: OnProgress) -> Outcome:
    """Run one job to its end in a process of its own; an interruption ends it first."""
    process = start(request, environment_of_jobs(environ))
    try:
        outcome = listen(process, request, lambda at: progress(at.stage, at.done, at.total))
    except BaseException:
        end(process)
        raise
    finally:
        close(process)
    return outcome or for_all(request, "died", "failed", death(process.returncode))


def for_all(request: Request, step: str, status: str, text: str) -> Outcome:
    """One ending for everything that was asked."""
    names = request.names or (request.kind,)
    results = tuple(
        Result(name, "stopped" if step == "stopped" else "died", status, text, exit_code=1)
        for name in names
    )
    return Outcome(results, 1)


def death(code: int) -> str:
    """How a process ended that said nothing, from its exit code."""
    if code >= 0:
        return f"its process ended without a word (exit code {code}); the log may say why"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; perhaps memory ran out" if -code == signal.SIGKILL else ""
    return f"its process was killed ({name}){hint}"


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
