"""How a job ends: asked to, at the next good moment and at the latest soon, or with an error, and
what kind of ending that is for its schedule."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Callable

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
from segued.schedule.policy import Result, Step

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
