"""Runs a job in a process of its own, listens to it, and ends it when it has to end; messages are
sent by such a process too."""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segued.notify import Message
from segued.schedule.policy import Outcome
from segued.worker.messages import (
    Progress,
    Request,
    close,
    death,
    end,
    environment_of_jobs,
    for_all,
    listen,
    start,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """The job that runs now; `names` are the ids of recipes, for a refresh."""

    kind: str
    process_id: int
    progress: Progress | None = None
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The job, and the stage it is at where that is known."""
        return self.kind if self.progress is None else f"{self.kind} ({self.progress.stage})"


class Children:
    """Starts jobs, one at a time, and can end the one that runs from another thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environment_of_jobs(environ)
        self._lock = threading.RLock()  # a signal may come while it is held
        self._process: subprocess.Popen[bytes] | None = None
        self._why_ended = ""
        self._stopped = False
        self.running: Running | None = None

    def run(self, request: Request, most_seconds: float, too_long: str = "") -> Outcome:
        """Run one job to its end; whatever becomes of its process is an outcome.

        `too_long` is why one failed that was ended after `most_seconds`.
        """
        with self._lock:
            if self._stopped:
                return for_all(request, "stopped", "stopped", "the service is ending")
            self._why_ended = ""
            try:
                process = self._process = start(request, self._environ)
            except OSError as error:  # no memory for another process, or too many of them
                text = f"its process could not be started ({error.strerror})"
                return for_all(request, "died", "failed", text)
            self.running = Running(request.kind, process.pid, names=request.names)
        alarm = threading.Timer(
            most_seconds, self._end, (process, too_long or _too_long(most_seconds))
        )
        alarm.daemon = True
        alarm.start()
        try:
            return self._listen(process, request)
        finally:
            alarm.cancel()
            close(process)
            with self._lock:
                self._process = None
                self.running = None

    def stop(self) -> None:
        """End the job that runs, if any, and start no other; returns when it has ended."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            self._end(process, "the service is ending")

    def give_up(self) -> None:
        """Kill what runs and start nothing more, without a wait: for a signal's handler."""
        self._stopped = True  # no lock: the handler may interrupt whoever would hold it
        process = self._process
        if process is not None:
            process.kill()

    def _listen(self, process: subprocess.Popen[bytes], request: Request) -> Outcome:
        def tell(progress: Progress) -> None:
            self.running = Running(request.kind, process.pid, progress, request.names)

        outcome = listen(process, request, tell)
        if outcome is not None:
            return outcome if self._stopped else _ended_externally(outcome, self._why_ended)
        if self._stopped:
            return for_all(request, "stopped", "stopped", "ended with the service")
        why = self._why_ended or death(process.returncode)
        return for_all(request, "died", "failed", why)

    def _end(self, process: subprocess.Popen[bytes], why: str) -> None:
        self._why_ended = why
        end(process)


def _ended_externally(outcome: Outcome, why: str) -> Outcome:
    """A job that was ended while the service goes on has failed; else it would begin at once."""
    text = why or "its process was ended from outside"
    results = (
        replace(result, step="died", status="failed", text=text)
        if result.step == "stopped"
        else result
        for result in outcome.results
    )
    return Outcome(tuple(results), outcome.exit_code)


def _too_long(seconds: float) -> str:
    return (
        f"its process took longer than {seconds:.0f} s, the job_time of [service] in the "
        "configuration, and was ended"
    )


SEND_SECONDS = 60.0
_MEMORY_MIB = 1024


class Messenger:
    """Sends messages through Apprise, one at a time."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._children = Children(environ)

    def end(self) -> None:
        """Give up what is being sent and send no more. Safe to call from a signal's handler."""
        self._children.give_up()

    def send(self, addresses: Sequence[str], title: str, text: str) -> bool:
        """Send a message to Apprise addresses, given by reference; whether any of them took it."""
        message = Message(tuple(addresses), title, text)
        request = Request(
            "message", (), "", "", "", memory_mib=_MEMORY_MIB, log_level=logging.ERROR,
            message=message,
        )  # fmt: skip
        too_long = f"it took more than {SEND_SECONDS:.0f} s"
        (result,) = self._children.run(request, SEND_SECONDS, too_long).results
        sent = result.step == "done"
        if result.text:
            what = "a message was not sent to all" if sent else "a message was not sent"
            log.warning("%s: %s", what, result.text)
        return sent
