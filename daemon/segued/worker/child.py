"""The process of one job: `python -m segued.worker.child KIND`, a request on stdin, lines out.

The argument is only there for people who list processes; the request says what is to be done. It
ends when asked to, at the next good moment and at the latest soon, or with an error, which says
what comes next for its schedule.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from segue.errors import (
    AuthorisationError,
    ConfigError,
    DataError,
    ForbiddenError,
    GuardError,
    LockedError,
    MalformedAnswerError,
    NewerSchemaError,
    NotFoundError,
    RateLimitedError,
    RecipeError,
    SegueError,
    StoreError,
    UnavailableError,
    UsageError,
)
from segue.progress import Stopped
from segued.notify import Message, send
from segued.schedule.policy import Outcome, Result, Step
from segued.worker.messages import Line, Progress, Request, begin_logging, read_request
from segued.worker.messages import write_line as as_bytes

LEAVE_SECONDS = 7.0
"""So long a write that has begun may go on; then it is left, and the next run puts it right."""


class StopSwitch:
    """SIGTERM ends the process at once, or, while a job works, between two steps of it.

    A step that takes longer than `leave_seconds` is left in the middle: the journal of writes
    says what was begun, and the next run finishes or restores it.
    """

    def __init__(self, leave_seconds: float = LEAVE_SECONDS) -> None:
        self._leave_seconds = leave_seconds
        self._asked = False
        self._over = False
        self.working = False

    def install(self) -> None:
        """Take over the signals of this process."""
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def check(self) -> None:
        """A good moment to end. Raises Stopped where that was asked for."""
        if self._asked:
            raise Stopped

    def over(self) -> None:
        """The job is over: writing down how it went is short, and nothing interrupts it."""
        self._over = True
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _on_term(self, *_: object) -> None:
        if self._asked or self._over:
            return
        self._asked = True
        if not self.working:
            raise Stopped
        signal.setitimer(signal.ITIMER_REAL, self._leave_seconds)


def _on_alarm(*_: object) -> None:
    raise Stopped


def end_with_parent(read: Callable[[], bytes]) -> None:
    """Ask this process to end when the pipe from the service closes: the service is gone."""

    def watch() -> None:
        while read():
            pass
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGTERM)

    thread = threading.Thread(target=watch, name="parent", daemon=True)
    # A signal that this thread were given would not end what the main one waits for.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


_MIB = 1024 * 1024


def limit(memory_mib: int | None) -> None:
    """Bound this process: its memory, and no core dump, since one would hold the login.

    RLIMIT_DATA counts private memory, not what torch only reserves or maps from files.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mib is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = memory_mib * _MIB
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


# The first that fits counts, so that a class stands before its parents.
_STEPS: tuple[tuple[type[SegueError], Step], ...] = (
    (LockedError, "lock"),
    (AuthorisationError, "login"),
    (ForbiddenError, "forbidden"),
    (RateLimitedError, "retry_at"),
    (UnavailableError, "back_off"),
    (MalformedAnswerError, "back_off"),
    (NotFoundError, "back_off"),
    (GuardError, "guard"),
    (RecipeError, "recipe"),
    (UsageError, "recipe"),
    (ConfigError, "recipe"),
    (DataError, "recipe"),
    (NewerSchemaError, "bug"),
    (StoreError, "back_off"),
)


def step_of(error: SegueError) -> Step:
    """What kind of ending an error is."""
    return next((step for kind, step in _STEPS if isinstance(error, kind)), "bug")


def failed(name: str, error: SegueError) -> Result:
    """The result of what ended with an error."""
    return Result(
        name=name,
        step=step_of(error),
        status="refused" if isinstance(error, GuardError) else "failed",
        text=str(error),
        retry_at=error.retry_at if isinstance(error, RateLimitedError) else None,
        exit_code=error.exit_code,
    )


_TELL_SECONDS = 0.2


def main() -> int:
    """Do one job and end with its exit code."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get between the lines
    switch = StopSwitch()
    switch.install()
    request = read_request(sys.stdin.buffer.readline())
    end_with_parent(lambda: os.read(0, 1))
    limit(request.memory_mib)
    begin_logging(request.log, request.log_level)

    def say(line: Line) -> None:
        with contextlib.suppress(BrokenPipeError):  # whoever listened is gone; so is this soon
            os.write(out, as_bytes(line))

    outcome = _outcome(request, _clock_of(request), switch, say)
    say(Line(outcome=outcome))
    return outcome.exit_code


def _clock_of(request: Request) -> Callable[[], datetime]:
    """This machine's clock, or the caller's going on from where it was."""
    began, given = time.monotonic(), request.now
    if given is None:
        return lambda: datetime.now(UTC)
    return lambda: given + timedelta(seconds=time.monotonic() - began)


def _outcome(
    request: Request, clock: Callable[[], datetime], switch: StopSwitch, say: Callable[[Line], None]
) -> Outcome:
    if request.message is not None:
        return _send(request.message)
    from segued.worker.jobs import run  # a message needs none of what jobs do

    return run(request, os.environ, clock, switch, _Telling(switch, say))


def _send(message: Message) -> Outcome:
    sent = send(message, os.environ)
    text = "; ".join(sent.troubles)
    if not sent.taken:
        return Outcome((Result("message", "died", "failed", text, exit_code=1),), 1)
    return Outcome((Result("message", "done", "sent", text),))


class _Telling:
    """Progress as lines, a few a second; each call is a good moment to end."""

    def __init__(self, switch: StopSwitch, say: Callable[[Line], None]) -> None:
        self._switch = switch
        self._say = say
        self._told: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Tell how far a stage is. Raises Stopped where the job is to end."""
        self._switch.check()
        now = time.monotonic()
        if now - self._told.get(stage, 0.0) >= _TELL_SECONDS:
            self._told[stage] = now
            self._say(Line(progress=Progress(stage, done, total)))


if __name__ == "__main__":
    sys.exit(main())
