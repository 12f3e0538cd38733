"""Runs a job in a process of its own, listens to it, and ends it when it has to end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from segued.worker.messages import Outcome, Progress, Request, Result, read_line, write_request

log = logging.getLogger(__name__)

STOP_SECONDS = 9.0
"""A job that was asked to end is killed after this; it leaves by itself two seconds before."""


@dataclass(frozen=True, slots=True)
class Running:
    """The job that runs now."""

    kind: str
    process_id: int
    progress: Progress | None = None


class Children:
    """Starts jobs, one at a time, and can end the one that runs from another thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = _FOR_JOBS | {
            name: value for name, value in environ.items() if name not in _NOT_FOR_JOBS
        }
        self._lock = threading.RLock()  # a signal may come while it is held
        self._process: subprocess.Popen[bytes] | None = None
        self._why_ended = ""
        self._stopped = False
        self.running: Running | None = None

    def run(self, request: Request, most_seconds: float) -> Outcome:
        """Run one job to its end; whatever becomes of its process is an outcome."""
        with self._lock:
            if self._stopped:
                return _for_all(request, "stopped", "stopped", "the service is ending")
            self._why_ended = ""
            try:
                process = self._process = self._start(request)
            except OSError as error:  # no memory for another process, or too many of them
                text = f"its process could not be started ({error.strerror})"
                return _for_all(request, "died", "failed", text)
            self.running = Running(request.kind, process.pid)
        alarm = threading.Timer(most_seconds, self._end, (process, _too_long(most_seconds)))
        alarm.daemon = True
        alarm.start()
        try:
            return self._listen(process, request)
        finally:
            alarm.cancel()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
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

    def _start(self, request: Request) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "segued.worker.child", request.kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environ,
            start_new_session=True,  # a Ctrl-C in a terminal is the service's to handle
            close_fds=True,
        )

    def _listen(self, process: subprocess.Popen[bytes], request: Request) -> Outcome:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(write_request(request))
            process.stdin.flush()
        outcome: Outcome | None = None
        for line in process.stdout:
            try:
                said = read_line(line)
            except ValueError:
                log.warning("a job wrote a line that is not understood; it was passed over")
                continue
            outcome = said.outcome or outcome
            if said.progress is not None:
                self.running = Running(request.kind, process.pid, said.progress)
        code = process.wait()
        with contextlib.suppress(ProcessLookupError):  # what a killed job had started itself
            os.killpg(process.pid, signal.SIGKILL)
        if outcome is not None:
            return outcome if self._stopped else _not_by_us(outcome, self._why_ended)
        if self._stopped:
            return _for_all(request, "stopped", "stopped", "ended with the service")
        return _for_all(request, "died", "failed", self._why_ended or _death(code))

    def _end(self, process: subprocess.Popen[bytes], why: str) -> None:
        self._why_ended = why
        process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while process.poll() is None:
            if time.monotonic() > deadline:
                log.warning("a job did not end by itself and is killed")
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return
            time.sleep(0.02)


def _not_by_us(outcome: Outcome, why: str) -> Outcome:
    """A job that was ended while the service goes on has failed; else it would begin at once."""
    text = why or "its process was told to end"
    results = (
        replace(one, step="died", status="failed", text=text) if one.step == "stopped" else one
        for one in outcome.results
    )
    return Outcome(tuple(results), outcome.exit_code)


# The hub's library writes to stderr by itself, past our log and its priorities.
_FOR_JOBS = {"HF_HUB_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
# A job must not speak for the service to systemd.
_NOT_FOR_JOBS = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})


def _for_all(request: Request, step: str, status: str, text: str) -> Outcome:
    names = request.names or (request.kind,)
    results = tuple(
        Result(name, "stopped" if step == "stopped" else "died", status, text, exit_code=1)
        for name in names
    )
    return Outcome(results, 1)


def _too_long(seconds: float) -> str:
    return (
        f"its process took longer than {seconds:.0f} s, the job_time of [service] in the "
        "configuration, and was ended"
    )


def _death(code: int) -> str:
    if code >= 0:
        return f"its process ended without a word (exit code {code}); the log may say why"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; perhaps memory ran out" if -code == signal.SIGKILL else ""
    return f"its process was killed ({name}){hint}"
