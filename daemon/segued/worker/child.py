"""The process of one job: `python -m segued.worker.child KIND`, a request on stdin, lines out.

The argument is only there for people who list processes; the request says what is to be done.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from segued.notify import Message, send
from segued.schedule.policy import Outcome, Result
from segued.worker.ending import StopSwitch, end_with_parent, limit
from segued.worker.messages import Line, Progress, Request, begin_logging, read_request
from segued.worker.messages import write_line as as_bytes

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
